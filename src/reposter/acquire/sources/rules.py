"""Read what a person typed or pasted as a TikTok source or a video link; pure.

Nothing that was typed is ever opened: names are checked letter by letter and the address is built anew from them.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NoReturn
from urllib.parse import SplitResult, unquote, urlsplit

from reposter.acquire.sources.errors import NotATikTokSource
from reposter.vocabulary.source import SITE, USERNAME, SourceKind, SourceName, VideoLink

__all__ = ["SourceKind", "SourceName", "VideoLink", "guess_kind", "listing_url", "parse_link", "parse_source"]

SITE_HOSTS = frozenset({"tiktok.com", "www.tiktok.com", "m.tiktok.com"})
SHORT_HOSTS = frozenset({"vm.tiktok.com", "vt.tiktok.com"})
TEXT_CHARACTERS_MAX = 2_000
HASHTAG_CHARACTERS_MAX = 100
SHOWN_CHARACTERS_MAX = 60

HASHTAG = re.compile(r"\w+")
COUNTRY = re.compile(r"[A-Z]{2}")
VIDEO_PATH = re.compile(r"/(?:(?:@(?P<author>[^/]*)|share)/video|embed(?:/v2)?)/(?P<id>[0-9]{8,20})/?")
MOBILE_VIDEO_PATH = re.compile(r"/v/(?P<id>[0-9]{8,20})(?:\.html)?/?")
PHOTO_PATH = re.compile(r"/@[^/]*/photo/[0-9]+/?")
SHORT_PATH = re.compile(r"/(?P<code>[A-Za-z0-9]{4,20})/?")
SITE_SHORT_PATH = re.compile(r"/t/(?P<code>[A-Za-z0-9]{4,20})/?")


EXAMPLES = {
    SourceKind.USERNAME: "Give an account such as @techguru123 or https://www.tiktok.com/@techguru123.",
    SourceKind.HASHTAG: "Give a hashtag such as #cooking or https://www.tiktok.com/tag/cooking.",
    SourceKind.TRENDING: "Give a country of two letters, such as US.",
}
LINK_EXAMPLE = "Give a link such as https://www.tiktok.com/@techguru123/video/7500000000000000000."


def parse_source(kind: SourceKind | str, value: str) -> SourceName:
    """Read `value` as a source of the given kind.

    Raises:
        NotATikTokSource: it is none; the hint has an example.
    """
    try:
        kind = SourceKind(kind)
    except ValueError:
        kinds = ", ".join(SourceKind)
        raise NotATikTokSource(f"{_shown(str(kind))} is no kind of source.", hint=f"Use one of: {kinds}.") from None
    text = _clean(value, EXAMPLES[kind])
    readers = {SourceKind.USERNAME: _username, SourceKind.HASHTAG: _hashtag, SourceKind.TRENDING: _country}
    return SourceName(kind, readers[kind](text))


def guess_kind(text: str) -> SourceKind:
    """The kind that a person most likely means: links and signs tell, a plain word is an account.

    Raises:
        NotATikTokSource: the text is no source of any kind.
    """
    text = _clean(text, EXAMPLES[SourceKind.USERNAME])
    if text.startswith("#") or (_is_link(text) and _site_path(text, SourceKind.USERNAME).startswith("/tag/")):
        kind = SourceKind.HASHTAG
    elif COUNTRY.fullmatch(text):
        kind = SourceKind.TRENDING
    else:
        kind = SourceKind.USERNAME
    parse_source(kind, text)
    return kind


def parse_link(url: str) -> VideoLink:
    """Read a link to one video, long or short, as its one spelling without tracking parameters.

    Raises:
        NotATikTokSource: it is no link to a TikTok video.
    """
    text = _clean(url, LINK_EXAMPLE)
    parts = _split(text, LINK_EXAMPLE)
    path = unquote(parts.path)
    if parts.hostname in SHORT_HOSTS and (short := SHORT_PATH.fullmatch(path)):
        return VideoLink(f"https://{parts.hostname}/{short['code']}")
    if parts.hostname not in SITE_HOSTS:
        _refuse(text, "does not lead to TikTok", LINK_EXAMPLE)
    if short := SITE_SHORT_PATH.fullmatch(path):
        return VideoLink(f"{SITE}/t/{short['code']}")
    if PHOTO_PATH.fullmatch(path):
        _refuse(text, "is a photo post; Reposter handles videos only", LINK_EXAMPLE)
    long = VIDEO_PATH.fullmatch(path) or MOBILE_VIDEO_PATH.fullmatch(path)
    if not long:
        _refuse(text, "does not lead to a TikTok video", LINK_EXAMPLE)
    return _long_link(long["id"], long.groupdict().get("author"), text)


def listing_url(source: SourceName) -> str:
    """The page on TikTok that shows the source."""
    return source.page_url


def _username(text: str) -> str:
    if _is_link(text):
        path = _site_path(text, SourceKind.USERNAME)
        if VIDEO_PATH.fullmatch(path):
            raise NotATikTokSource(
                "This is a link to one video, not to an account.",
                hint=f"Fetch the video by its link, or watch the account. {EXAMPLES[SourceKind.USERNAME]}",
            )
        if not path.startswith("/@"):
            _refuse(text, "does not lead to a TikTok account", EXAMPLES[SourceKind.USERNAME])
        text = path.removesuffix("/")[1:]
    name = text.removeprefix("@").lower()
    if not USERNAME.fullmatch(name):
        _refuse(
            text,
            "is no TikTok account name; those have 2 to 24 letters, digits, dots and underscores",
            EXAMPLES[SourceKind.USERNAME],
        )
    return f"@{name}"


def _hashtag(text: str) -> str:
    if _is_link(text):
        path = _site_path(text, SourceKind.HASHTAG)
        if not path.startswith("/tag/"):
            _refuse(text, "does not lead to a TikTok hashtag", EXAMPLES[SourceKind.HASHTAG])
        text = path.removesuffix("/").removeprefix("/tag/")
    tag = unicodedata.normalize("NFC", text.removeprefix("#")).lower()
    if not HASHTAG.fullmatch(tag) or len(tag) > HASHTAG_CHARACTERS_MAX:
        _refuse(text, "is no hashtag; those have letters, digits and underscores", EXAMPLES[SourceKind.HASHTAG])
    return f"#{tag}"


def _country(text: str) -> str:
    if not COUNTRY.fullmatch(text.upper()) or not text.isascii():
        _refuse(text, "is no country code", EXAMPLES[SourceKind.TRENDING])
    return text.upper()


def _long_link(video_id: str, author: str | None, text: str) -> VideoLink:
    if not author or author == "_":
        return VideoLink(f"{SITE}/@_/video/{video_id}", video_id)
    name = author.lower()
    if not USERNAME.fullmatch(name):
        _refuse(text, "names no TikTok account", LINK_EXAMPLE)
    return VideoLink(f"{SITE}/@{name}/video/{video_id}", video_id, f"@{name}")


def _clean(text: str, hint: str) -> str:
    """Without the blanks around it; refuses what no person types: nothing, novels, invisible characters."""
    text = text.strip(" \t\r\n")
    if not text:
        raise NotATikTokSource("Nothing was given.", hint=hint)
    if len(text) > TEXT_CHARACTERS_MAX:
        raise NotATikTokSource(f"The text is too long: {len(text):,} characters.", hint=hint)
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in text):
        raise NotATikTokSource("The text has invisible control characters in it.", hint=hint)
    return text


def _is_link(text: str) -> bool:
    return "/" in text or "\\" in text or ":" in text


def _site_path(text: str, kind: SourceKind) -> str:
    """The path of a link to TikTok's site, decoded once."""
    parts = _split(text, EXAMPLES[kind])
    if parts.hostname not in SITE_HOSTS:
        _refuse(text, "does not lead to tiktok.com", EXAMPLES[kind])
    return unquote(parts.path)


def _split(text: str, hint: str) -> SplitResult:
    if "\\" in text:
        _refuse(text, "has a backslash in it", hint)
    if "://" not in text and not text.startswith("/"):
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        _refuse(text, "is no link", hint)
    if parts.scheme not in ("https", "http"):
        _refuse(text, "is no web link", hint)
    if parts.username is not None or parts.password is not None or port not in (None, 80, 443):
        _refuse(text, "carries a login or a port, which TikTok's links never do", hint)
    return parts


def _refuse(text: str, why: str, hint: str) -> NoReturn:
    raise NotATikTokSource(f"{_shown(text)} {why}.", hint=hint)


def _shown(text: str) -> str:
    return f"“{text[:SHOWN_CHARACTERS_MAX]}{'…' if len(text) > SHOWN_CHARACTERS_MAX else ''}”"
