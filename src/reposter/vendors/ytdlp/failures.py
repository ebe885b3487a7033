"""The one table from yt-dlp's failures to our situations; the only place that reads yt-dlp's messages."""

from __future__ import annotations

import contextlib
import errno
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from reposter.kit.errors import AppError, StorageExhausted, VendorUnavailable, Verdict
from reposter.vendors.ytdlp.errors import (
    AddressBlocked,
    Challenged,
    DownloadCut,
    FileRefused,
    LinkRefused,
    LoginNeeded,
    NoCleanVersion,
    PhotoPost,
    RateLimited,
    SiteChanged,
    SourceEmpty,
    SourceGone,
    SourcePrivate,
    VideoGone,
    VideoWithheld,
    YtdlpError,
)

WAIT_SECONDS_MIN, WAIT_SECONDS_MAX = 1.0, 86_400.0
DETAIL_CHARACTERS_MAX = 300


class Stage(StrEnum):
    """What was being fetched: an account's list, a post's page, or the file itself."""

    LISTING = "listing"
    PAGE = "page"
    FILE = "file"


@dataclass(frozen=True)
class Failure:
    """What the child could see of a failure. `kinds` are the class names of the whole chain of exceptions."""

    stage: Stage
    kinds: frozenset[str] = frozenset()
    text: str = ""
    http_status: int | None = None
    site_code: int | None = None
    errno: int | None = None
    retry_after: str | None = None


@dataclass(frozen=True)
class Row:
    """Matches when everything that it names matches; `text` is a part of the message in lower case."""

    becomes: type[AppError]
    stages: frozenset[Stage] = frozenset(Stage)
    site_codes: frozenset[int] = frozenset()
    http: frozenset[int] = frozenset()
    errnos: frozenset[int] = frozenset()
    kinds: frozenset[str] = frozenset()
    text: str = ""

    def matches(self, failure: Failure) -> bool:
        return (
            failure.stage in self.stages
            and (not self.site_codes or failure.site_code in self.site_codes)
            and (not self.http or failure.http_status in self.http)
            and (not self.errnos or failure.errno in self.errnos)
            and (not self.kinds or bool(failure.kinds & self.kinds))
            and self.text in failure.text.lower()
        )


def _codes(becomes: type[AppError], *codes: int, stages: frozenset[Stage] = frozenset(Stage)) -> Row:
    return Row(becomes, site_codes=frozenset(codes), stages=stages)


def _http(becomes: type[AppError], *statuses: int, stages: frozenset[Stage] = frozenset(Stage)) -> Row:
    return Row(becomes, http=frozenset(statuses), stages=stages)


def _text(becomes: type[AppError], text: str, *, stages: frozenset[Stage] = frozenset(Stage)) -> Row:
    return Row(becomes, text=text, stages=stages)


def _kinds(becomes: type[AppError], *kinds: str, stages: frozenset[Stage] = frozenset(Stage)) -> Row:
    return Row(becomes, kinds=frozenset(kinds), stages=stages)


LISTING, PAGE, FILE = frozenset({Stage.LISTING}), frozenset({Stage.PAGE}), frozenset({Stage.FILE})

# First match wins. Site codes are those of TikTok's web pages (names from the public TikTokApi project's table);
# yt-dlp reads 10204 as a blocked address, that table as "does not exist": both are possible, so it is tried again.
TABLE: tuple[Row, ...] = (
    Row(StorageExhausted, errnos=frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})),
    _codes(SourcePrivate, 10222, stages=LISTING),  # USER_PRIVATE
    _codes(SourceGone, 10202, 10221, stages=LISTING),  # USER_NOT_EXIST, USER_BAN
    _codes(LoginNeeded, 10102, 10213, 10214, 10216, 10222, 10223),  # NOT_LOGIN, LOW_AGE, PRIVATE, USER_FTC
    _codes(Challenged, 10000, 10113, 10114),  # VERIFY_CODE, SHARK_SLIDE, SHARK_BLOCK
    _codes(VendorUnavailable, 10101, 10111),  # SERVER_ERROR_NOT_500, NET_ERROR
    _codes(VideoGone, 10202, 10215, 10218, 10219, 10220, 10221),  # author gone, ABNORMAL, UNSHELVE (music)
    _codes(VideoWithheld, 10204, 10217, 10227, 10228, 10229, 10230, 10231),  # NOT_EXIST, review, RISK, GEOFENCE
    _http(RateLimited, 429),
    _http(SourceGone, 404, 410, stages=LISTING),
    _http(VideoGone, 404, 410, stages=PAGE),
    _http(FileRefused, 401, 403, 404, 410, stages=FILE),
    _http(AddressBlocked, 403),
    _http(LoginNeeded, 401),
    _http(VideoWithheld, 451),
    _http(DownloadCut, 416),
    _http(VendorUnavailable, 407, 408, 425, *(status.value for status in HTTPStatus if status.value >= 500)),
    _kinds(VendorUnavailable, "CertificateVerifyError", "SSLError", "ProxyError", "NoSupportingHandlers"),
    _kinds(DownloadCut, "IncompleteRead", "ContentTooShortError"),
    _kinds(DownloadCut, "TransportError", stages=FILE),
    _kinds(VendorUnavailable, "TransportError", "UnsupportedRequest"),
    _kinds(VideoWithheld, "GeoRestrictedError"),
    _kinds(PhotoPost, "UserNotLive"),
    _kinds(LinkRefused, "UnsupportedError"),
    _text(LinkRefused, "no suitable extractor"),
    _text(LinkRefused, "is not a valid url"),
    _text(SourcePrivate, "account is private"),
    _text(SourcePrivate, "likely either private", stages=LISTING),
    _text(SourceEmpty, "does not have any videos posted"),
    _text(LoginNeeded, "requiring login"),
    _text(LoginNeeded, "log in for access"),
    _text(LoginNeeded, "log into an account"),
    _text(VideoWithheld, "ip address is blocked"),
    _text(VideoWithheld, "video not available, status code"),
    _text(Challenged, "challenge"),
    _text(SiteChanged, "unable to extract secondary user id"),
    _text(SiteChanged, "unable to extract aweme detail"),
    _text(SiteChanged, "unable to find video in feed"),
    _text(SiteChanged, "keeps sending the same page"),
    _text(SiteChanged, "unexpected response from webpage"),
    _text(SiteChanged, "universal data for rehydration"),
    _text(NoCleanVersion, "requested format is not available"),
    _text(NoCleanVersion, "no video formats found"),
    _text(PhotoPost, "livestream has ended"),
    _text(DownloadCut, "did not get any data blocks", stages=FILE),
    _text(DownloadCut, "content too short", stages=FILE),
    _text(DownloadCut, "giving up", stages=FILE),
    _kinds(SiteChanged, "JSONDecodeError", "RegexNotFoundError"),
)


def classify(failure: Failure) -> AppError:
    """The situation that `failure` means for us; what no row knows counts as a change of the site."""
    row = matching_row(failure)
    kind = row.becomes if row else SiteChanged
    asked = _wait_seconds(failure.retry_after)
    facts: dict[str, Any] = {  # JSON
        "stage": failure.stage.value,
        "http_status": failure.http_status,
        "site_code": failure.site_code,
        "asked_wait_seconds": asked,
        "detail": _without_queries(failure.text)[:DETAIL_CHARACTERS_MAX],
    }
    if issubclass(kind, YtdlpError):
        wait = asked or kind.wait_seconds if kind.verdict is Verdict.RETRY_LATER else None
        return kind(kind.sentence, hint=kind.remedy, retry_after_seconds=wait, **facts)
    if kind is StorageExhausted:
        return StorageExhausted("The disk is full.", hint="Free some space; work goes on by itself.", **facts)
    sentence, hint = _network_words(failure)
    return kind(sentence, hint=hint, retry_after_seconds=asked, **facts)


def matching_row(failure: Failure) -> Row | None:
    return next((row for row in TABLE if row.matches(failure)), None)


def _network_words(failure: Failure) -> tuple[str, str]:
    if failure.kinds & {"CertificateVerifyError", "SSLError"}:
        return (
            "The connection to TikTok is not trusted: its certificate could not be checked.",
            "If your network has its own certificate authority, name its file in the setting `ca_file`.",
        )
    if failure.http_status == 407 or failure.kinds & {"ProxyError", "NoSupportingHandlers", "UnsupportedRequest"}:
        return "The proxy cannot be used.", "Check the setting `proxy`, for example http://127.0.0.1:3128."
    return "TikTok cannot be reached at the moment.", "Nothing to do if it passes; else check the network."


def _wait_seconds(retry_after: str | None) -> float | None:
    """Retry-After in seconds or as a date (RFC 9110 §10.2.3), within limits; None where it says nothing."""
    if not retry_after:
        return None
    seconds: float | None = None
    with contextlib.suppress(ValueError):
        seconds = float(retry_after)
    if seconds is None:
        with contextlib.suppress(ValueError):
            seconds = (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds()
    if seconds is None or seconds != seconds:  # noqa: PLR0124  # NaN
        return None
    return min(max(seconds, WAIT_SECONDS_MIN), WAIT_SECONDS_MAX)


def _without_queries(text: str) -> str:
    """Links to files carry tokens in their query; those stay out of logs."""
    return re.sub(r"(https?://[^\s?'\"]+)\?[^\s'\"]*", r"\1?…", text)
