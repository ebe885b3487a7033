"""Every failure that yt-dlp can report has one row in our table."""

from __future__ import annotations

import ast
import errno
import inspect
from email.utils import format_datetime

import pytest
import yt_dlp.extractor.tiktok
import yt_dlp.networking.exceptions as network
import yt_dlp.utils

from reposter.kit.clock import utc_now
from reposter.kit.errors import AppError, StorageExhausted, VendorUnavailable, Verdict, all_errors
from reposter.vendors.ytdlp import errors
from reposter.vendors.ytdlp.errors import YtdlpError
from reposter.vendors.ytdlp.failures import TABLE, Failure, Stage, classify, matching_row

# Raised by extractors that our list does not allow (douyin, live, sound, effect) or caught inside the extractor.
UNREACHABLE = ("Fresh cookies", "No working app info")


def failure(stage: Stage, error: BaseException | None = None, **facts) -> Failure:
    kinds = frozenset(kind.__name__ for kind in type(error).__mro__) if error else frozenset()
    return Failure(stage=stage, kinds=kinds, text=facts.pop("text", str(error or "")), **facts)


def messages_of_the_extractor() -> list[str]:
    """Every message that TikTok's extractors raise, read from the installed yt-dlp."""
    found = []
    for node in ast.walk(ast.parse(inspect.getsource(yt_dlp.extractor.tiktok))):
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["message"]:
            found.append("".join(_constants(node.value)))  # raised later, alone or with an ending
        elif isinstance(node, ast.Call) and node.args:
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in ("ExtractorError", "raise_login_required"):
                found.append("".join(_constants(node.args[0])))
    return [message for message in found if message and not message.startswith((".", *UNREACHABLE))]


def _constants(node: ast.AST) -> list[str]:
    return [part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def test_the_extractor_still_raises_messages_that_can_be_read():
    assert len(messages_of_the_extractor()) >= 15


@pytest.mark.parametrize("message", messages_of_the_extractor())
def test_every_message_of_the_extractor_has_a_row(message):
    stage = Stage.LISTING if "account" in message or "user" in message else Stage.PAGE
    assert matching_row(failure(stage, text=message)), message


@pytest.mark.parametrize(
    "kind",
    [kind for _, kind in inspect.getmembers(network, inspect.isclass)
     if issubclass(kind, network.RequestError) and kind not in (network.RequestError, network.HTTPError)],
)  # fmt: skip
@pytest.mark.parametrize("stage", Stage)
def test_every_network_error_of_yt_dlp_has_a_row(kind, stage):
    kinds = frozenset(base.__name__ for base in kind.__mro__)
    assert matching_row(Failure(stage=stage, kinds=kinds))


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("status", [401, 403, 404, 407, 408, 410, 416, 425, 429, 451, 500, 502, 503, 504])
def test_every_http_status_that_is_worth_telling_apart_has_a_row(stage, status):
    assert matching_row(Failure(stage=stage, http_status=status))


def test_every_situation_is_reached_by_a_row_or_raised_by_the_child():
    raised_elsewhere = {errors.FileTooLarge}  # by the progress hook
    reached = {row.becomes for row in TABLE} | raised_elsewhere
    assert set(YtdlpError.__subclasses__()) <= reached


def test_every_row_can_be_the_first_that_matches():
    shadowed = []
    for row in TABLE:
        examples = [
            Failure(stage, kinds=row.kinds, text=row.text, http_status=http, site_code=code, errno=number)
            for stage in row.stages
            for http in row.http or {None}
            for code in row.site_codes or {None}
            for number in row.errnos or {None}
        ]
        if not any(matching_row(example) is row for example in examples):
            shadowed.append(row)
    assert not shadowed


def test_every_situation_has_its_own_code_a_sentence_and_a_remedy():
    kinds = YtdlpError.__subclasses__()
    assert len({kind.code for kind in all_errors()}) == len(all_errors())
    assert all(kind.sentence.endswith(".") and kind.remedy for kind in kinds)
    assert all(kind.sentence != YtdlpError.sentence for kind in kinds)


EXPECTED = [
    (Stage.LISTING, {"site_code": 10222}, errors.SourcePrivate),
    (Stage.LISTING, {"site_code": 10221}, errors.SourceGone),
    (Stage.LISTING, {"http_status": 404}, errors.SourceGone),
    (Stage.PAGE, {"site_code": 10222}, errors.LoginNeeded),
    (Stage.PAGE, {"site_code": 10204, "text": "Your IP address is blocked"}, errors.VideoWithheld),
    (Stage.PAGE, {"http_status": 404}, errors.VideoGone),
    (Stage.PAGE, {"http_status": 403}, errors.AddressBlocked),
    (Stage.PAGE, {"http_status": 429}, errors.RateLimited),
    (Stage.PAGE, {"text": "Unable to solve JS challenge"}, errors.Challenged),
    (Stage.PAGE, {"text": "Unexpected response from webpage request"}, errors.SiteChanged),
    (Stage.PAGE, {"text": "something never seen"}, errors.SiteChanged),
    (Stage.FILE, {"http_status": 403}, errors.FileRefused),
    (Stage.FILE, {"http_status": 503}, VendorUnavailable),
    (Stage.FILE, {"text": "Did not get any data blocks"}, errors.DownloadCut),
    (Stage.FILE, {"errno": errno.ENOSPC}, StorageExhausted),
]


@pytest.mark.parametrize(("stage", "facts", "kind"), EXPECTED)
def test_a_failure_becomes_the_situation_it_means(stage, facts, kind):
    assert type(classify(failure(stage, **facts))) is kind


def test_a_code_of_the_site_outweighs_the_words_around_it():
    private = failure(Stage.LISTING, site_code=10222, text="Unable to extract secondary user ID")
    assert type(classify(private)) is errors.SourcePrivate


def test_only_situations_that_pass_by_themselves_are_tried_again():
    permanent = {errors.SourceGone, errors.VideoGone, errors.PhotoPost, errors.LinkRefused, errors.NoCleanVersion}
    person = {errors.SourcePrivate, errors.LoginNeeded}
    assert {kind for kind in permanent if kind.verdict is not Verdict.PERMANENT} == set()
    assert {kind for kind in person if kind.verdict is not Verdict.NEEDS_PERSON} == set()
    assert classify(failure(Stage.PAGE, text="?")).verdict is Verdict.RETRY_LATER


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("30", 30), ("-5", 1), ("1e9", 86_400), ("nan", 600), ("soon", 600), ("", 600), (None, 600),
     ("Wed, 21 Oct 2015 07:28:00 GMT", 1), ("inf", 86_400)],
)  # fmt: skip
def test_the_wait_is_what_the_site_asks_within_reason(header, seconds):
    assert classify(Failure(Stage.PAGE, http_status=429, retry_after=header)).retry_after_seconds == seconds


def test_the_wait_may_be_given_as_a_date():
    error = classify(Failure(Stage.PAGE, http_status=429, retry_after=format_datetime(utc_now(), usegmt=True)))
    assert error.retry_after_seconds == 1


def test_tokens_in_links_stay_out_of_what_is_logged():
    text = "giving up: https://v16-webapp-prime.tiktok.com/video/x/?tk=secret&expire=1 failed"
    assert "secret" not in str(classify(failure(Stage.FILE, text=text)).to_dict())


def test_a_situation_crosses_the_border_of_the_child_as_itself():
    error = classify(failure(Stage.PAGE, http_status=429, retry_after="7"))
    again = AppError.from_dict(error.to_dict())
    assert type(again) is errors.RateLimited
    assert (again.message, again.hint, again.retry_after_seconds) == (error.message, error.hint, 7)
