"""What people type and paste is read as one spelling, and nothing else gets through."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reposter.acquire.sources.errors import NotATikTokSource
from reposter.acquire.sources.rules import (
    guess_kind,
    listing_url,
    parse_link,
    parse_source,
)
from reposter.vocabulary.source import SourceKind, SourceName

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines may be loaded
ACCOUNTS = {
    "@techguru123": "@techguru123",
    "techguru123": "@techguru123",
    "  @TechGuru123\n": "@techguru123",
    "creator.one": "@creator.one",
    "_under_": "@_under_",
    "https://www.tiktok.com/@techguru123": "@techguru123",
    "https://www.tiktok.com/@techguru123/": "@techguru123",
    "https://www.tiktok.com/@techguru123?lang=en&is_from_webapp=1#top": "@techguru123",
    "HTTPS://M.TIKTOK.COM/@TechGuru123": "@techguru123",
    "http://tiktok.com/@a1": "@a1",
    "www.tiktok.com/@techguru123": "@techguru123",
    "tiktok.com/%40techguru123": "@techguru123",
    "https://www.tiktok.com:443/@techguru123": "@techguru123",
}
HASHTAGS = {
    "#Cooking": "#cooking",
    "cooking": "#cooking",
    "https://www.tiktok.com/tag/cooking?lang=de": "#cooking",
    "https://www.tiktok.com/tag/%E6%96%99%E7%90%86": "#料理",
    "#2024": "#2024",
    "#Straße": "#straße",
}
HOSTILE = [
    "",
    "   ",
    "@",
    "a",
    "@" + "x" * 25,
    "x" * 5_000,
    "@ends.with.a.dot.",
    "@with space",
    "@name\x00",
    "na\x1bme",
    "na\u202eme",  # right-to-left override
    "na\u200bme",  # zero width space
    "name\nSet-Cookie: a",
    "@tеchguru",  # a Cyrillic е
    "@ｔｅｃｈ",
    "@name'--",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "..%2f..%2fetc",
    "file:///etc/passwd",
    "file://www.tiktok.com/@name",
    "javascript:alert(1)",
    "ftp://www.tiktok.com/@name",
    "data:text/html,@name",
    "tiktokuser:MS4wLjABAAAA",
    "http://127.0.0.1/@name",
    "http://[::1]/@name",
    "http://[::1/@name",
    "http://2130706433/@name",
    "http://169.254.169.254/latest/meta-data",
    "https://192.168.0.1:8080/@name",
    "https://example.com/@name",
    "https://tiktok.com.evil.example/@name",
    "https://eviltiktok.com/@name",
    "https://www.tiktok.com@evil.example/@name",
    "https://user:secret@www.tiktok.com/@name",
    "https://www.tiktok.com:8443/@name",
    "https://www.tiktok.com:99999/@name",
    "https://www.tiktok.com./@name",
    "https://www.tıktok.com/@name",  # a dotless i
    "https://www.tiktok.com\\@evil.example/@name",
    "https:\\\\www.tiktok.com\\@name",
    "//evil.example/@name",
    "/@name",
    "https://www.tiktok.com/@name/../@other",
    "https://www.tiktok.com/@name/%2e%2e/admin",
    "https://www.tiktok.com/@name%252fadmin",
    "https://www.tiktok.com//@name",
    "https://www.tiktok.com/@name/live",
    "https://www.tiktok.com/@",
    "https://www.tiktok.com/",
    "https://www.tiktok.com/login?redirect=/@name",
    "https://www.tiktok.com/@name/video/7500000000000000000",
    "https://www.tiktok.com/tag/cooking",
    "https://vm.tiktok.com/ZMabc123/",
    "https://www.youtube.com/@name",
]
LINKS = {
    "https://www.tiktok.com/@Creator.One/video/7500000000000000001?lang=en": (
        "https://www.tiktok.com/@creator.one/video/7500000000000000001",
        "7500000000000000001",
        "@creator.one",
    ),
    "tiktok.com/@/video/7500000000000000001": (
        "https://www.tiktok.com/@_/video/7500000000000000001",
        "7500000000000000001",
        None,
    ),
    "https://m.tiktok.com/v/7500000000000000001.html": (
        "https://www.tiktok.com/@_/video/7500000000000000001",
        "7500000000000000001",
        None,
    ),
    "https://www.tiktok.com/embed/v2/7500000000000000001": (
        "https://www.tiktok.com/@_/video/7500000000000000001",
        "7500000000000000001",
        None,
    ),
    "https://vm.tiktok.com/ZMabc123/": ("https://vm.tiktok.com/ZMabc123", None, None),
    "vt.tiktok.com/ZSe4FqkKd": ("https://vt.tiktok.com/ZSe4FqkKd", None, None),
    "https://tiktok.com/t/ZTRC5xgJp/?x=1": ("https://www.tiktok.com/t/ZTRC5xgJp", None, None),
}
NO_LINKS = [
    "",
    "@creator.one",
    "7500000000000000001",
    "https://www.tiktok.com/@creator.one",
    "https://www.tiktok.com/@creator.one/photo/7500000000000000001",
    "https://www.tiktok.com/@creator.one/video/abc",
    "https://www.tiktok.com/@creator.one/video/7500000000000000001/../../x",
    "https://www.tiktok.com/@a b/video/7500000000000000001",
    "https://vm.tiktok.com.evil.example/ZMabc123",
    "https://vm.tiktok.com/../x",
    "https://evil.example/@creator.one/video/7500000000000000001",
    "http://127.0.0.1/@creator.one/video/7500000000000000001",
    "file:///@creator.one/video/7500000000000000001",
    "https://www.tiktok.com@evil.example/@x/video/7500000000000000001",
]


@pytest.mark.parametrize(("typed", "value"), ACCOUNTS.items())
def test_an_account_has_one_spelling_however_it_was_given(typed, value):
    assert parse_source("username", typed) == SourceName(SourceKind.USERNAME, value)


@pytest.mark.parametrize(("typed", "value"), HASHTAGS.items())
def test_a_hashtag_has_one_spelling_however_it_was_given(typed, value):
    assert parse_source(SourceKind.HASHTAG, typed) == SourceName(SourceKind.HASHTAG, value)


def test_a_trending_source_is_a_country_of_two_letters():
    assert parse_source("trending", "us").value == "US"
    for wrong in ("USA", "U", "1", "ＵＳ", "U\u0000S", "@us"):
        with pytest.raises(NotATikTokSource):
            parse_source("trending", wrong)


@pytest.mark.parametrize("typed", HOSTILE)
def test_what_names_no_account_is_refused_with_an_example(typed):
    with pytest.raises(NotATikTokSource) as refused:
        parse_source("username", typed)
    assert "@techguru123" in refused.value.hint
    assert len(refused.value.message) < 250


@pytest.mark.parametrize(
    "typed", ["#", "#a b", "#a/b", "#a\u200b", "#" + "a" * 101, "https://evil.example/tag/a", "#a#b"]
)
def test_what_is_no_hashtag_is_refused_with_an_example(typed):
    with pytest.raises(NotATikTokSource, match=r".") as refused:
        parse_source("hashtag", typed)
    assert "#cooking" in refused.value.hint


def test_an_unknown_kind_is_refused_naming_the_known_ones():
    with pytest.raises(NotATikTokSource) as refused:
        parse_source("playlist", "@name")
    assert "username, hashtag, trending" in refused.value.hint


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("@name", "username"),
        ("some.name", "username"),
        ("https://www.tiktok.com/@name", "username"),
        ("#tag", "hashtag"),
        ("https://www.tiktok.com/tag/x", "hashtag"),
        ("DE", "trending"),
        ("de", "username"),
    ],
)
def test_the_kind_is_guessed_from_signs_and_links(typed, kind):
    assert guess_kind(typed) == kind


@UNHURRIED
@given(st.text(max_size=60))
def test_a_guessed_source_can_always_be_parsed_and_is_stable(text):
    try:
        kind = guess_kind(text)
    except NotATikTokSource:
        return
    source = parse_source(kind, text)
    assert parse_source(kind, source.value) == source
    assert listing_url(source).startswith("https://www.tiktok.com/")


@UNHURRIED
@given(st.text(max_size=40), st.sampled_from(list(SourceKind)))
def test_a_link_in_front_of_any_text_never_leaves_tiktok(text, kind):
    try:
        source = parse_source(kind, f"https://www.tiktok.com/{text}")
    except NotATikTokSource:
        return
    path = listing_url(source).removeprefix("https://www.tiktok.com/")
    assert ".." not in path.split("/")
    assert not set(path) & set("\\ \n?#")


@pytest.mark.parametrize(("typed", "expected"), LINKS.items())
def test_a_video_link_has_one_spelling(typed, expected):
    link = parse_link(typed)
    assert (link.url, link.video_id, link.author) == expected


@pytest.mark.parametrize("typed", NO_LINKS)
def test_what_leads_to_no_video_is_refused_with_an_example(typed):
    with pytest.raises(NotATikTokSource) as refused:
        parse_link(typed)
    assert "/video/" in refused.value.hint


def test_the_listing_page_is_built_from_the_name_alone():
    assert listing_url(parse_source("username", "tiktok.com/@A.b?x=1")) == "https://www.tiktok.com/@a.b"
    assert listing_url(parse_source("hashtag", "料理")) == "https://www.tiktok.com/tag/%E6%96%99%E7%90%86"
