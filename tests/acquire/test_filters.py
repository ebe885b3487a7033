"""Which videos a source wants, and what is said of those it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reposter.acquire.discovery.filters import KEYS, Filters, judge, parse_filters
from reposter.kit.errors import InvalidInput
from reposter.vocabulary.found import FoundVideo, VideoStats

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines may be loaded
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
VIDEO = FoundVideo(
    video_id="7500000000000000001",
    url="https://www.tiktok.com/@creator.one/video/7500000000000000001",
    title="A clip",
    description="A clip #fun",
    author="@creator.one",
    author_id="68",
    author_sec_uid=None,
    stats=VideoStats(views=8_200, likes=150),
    hashtags=("#fun",),
    duration_seconds=45,
    quality="720p",
    uploaded_at=NOW - timedelta(days=3),
    found_at=NOW,
)

FAILING = {
    "minViews": (10_000, "min_views", "8,200 views, the source asks for at least 10,000."),
    "minLikes": (151, "min_likes", "150 likes, the source asks for at least 151."),
    "maxAge": ("2d", "max_age", "3 days old, the source asks for at most 2 days."),
    "videoQuality": ("1080p+", "min_quality", "720p, the source asks for at least 1080p."),
    "minDuration": (60, "min_duration", "45 s long, the source asks for at least 60 s."),
    "maxDuration": (30.5, "max_duration", "45 s long, the source asks for at most 30.5 s."),
    "authors": (["@other", "third"], "authors", "It is by @creator.one, the source asks for @other or @third."),
    "captionWords": (
        ["recipe"],
        "caption_words",
        "Its caption has none of the words that the source asks for: “recipe”.",
    ),
    "captionWithout": (["FUN"], "caption_without", "Its caption has “fun”, which the source leaves out."),
}
PASSING = {
    "minViews": 8_200,
    "minLikes": 0,
    "maxAge": "3d",
    "videoQuality": "720p+",
    "minDuration": 45,
    "maxDuration": 45.0,
    "authors": ["Creator.One"],
    "captionWords": ["recipe", "Clip"],
    "captionWithout": ["lip", "clips"],
}


@pytest.mark.parametrize("key", KEYS)
def test_every_filter_refuses_with_its_figures_in_a_sentence(key):
    value, rule, sentence = FAILING[key]
    judgement = judge(VIDEO, parse_filters({key: value}), NOW)
    assert (judgement.passes, judgement.rule, judgement.sentence) == (False, rule, sentence)
    assert judgement.wanted and judgement.actual


@pytest.mark.parametrize("key", KEYS)
def test_every_filter_lets_a_video_through_that_just_meets_it(key):
    assert judge(VIDEO, parse_filters({key: PASSING[key]}), NOW).passes


def test_the_first_failing_rule_decides():
    assert judge(VIDEO, parse_filters({"maxAge": "1h", "minViews": 10**6}), NOW).rule == "min_views"


def test_the_specification_example_is_read():
    filters = parse_filters({"minViews": 10000, "maxAge": "7d", "videoQuality": "720p+"})
    assert filters == Filters(min_views=10_000, max_age=timedelta(days=7), min_quality=720)


def test_no_filters_and_null_ask_nothing():
    assert parse_filters({}) == parse_filters({"minViews": None, "maxAge": None}) == Filters()
    assert judge(VIDEO, Filters(), NOW).passes


def test_an_unknown_fact_passes_with_a_note():
    unknown = replace(VIDEO, quality=None, stats=VideoStats())
    judgement = judge(unknown, parse_filters({"videoQuality": "720p+", "minViews": 5}), NOW)
    assert judgement.passes
    assert judgement.sentence == "TikTok does not say: views, quality."


def test_a_photo_post_is_never_wanted():
    assert judge(replace(VIDEO, is_photo_post=True), Filters(), NOW).rule == "is_video"


def test_an_unknown_filter_is_refused_naming_it_and_the_known_ones():
    with pytest.raises(InvalidInput, match="minVeiws") as refused:
        parse_filters({"minVeiws": 1})
    assert all(key in refused.value.hint for key in KEYS)


@pytest.mark.parametrize(
    ("key", "value"),
    [("minViews", "10000"), ("minViews", -1), ("minViews", True), ("minViews", 1.5), ("minViews", 10**15),
     ("minViews", float("nan")), ("minViews", float("inf")), ("minLikes", []), ("maxAge", 7), ("maxAge", "7 days"),
     ("maxAge", "0d"), ("maxAge", "7y"), ("maxAge", "999999d"), ("videoQuality", "HD"), ("videoQuality", 720),
     ("videoQuality", "p"), ("minDuration", "5"), ("maxDuration", float("nan")), ("maxDuration", {}),
     ("authors", "@one"), ("authors", ["@on e"]), ("authors", [7]), ("authors", ["@"]), ("captionWords", "fun"),
     ("captionWords", [""]), ("captionWords", ["  "]), ("captionWords", ["x" * 101]), ("captionWithout", ["a"] * 101)],
)  # fmt: skip
def test_a_value_that_cannot_be_read_is_refused_naming_its_filter(key, value):
    with pytest.raises(InvalidInput, match=key) as refused:
        parse_filters({key: value})
    assert refused.value.hint


def test_durations_that_no_video_can_have_are_refused():
    with pytest.raises(InvalidInput, match="at least 60 s and at most 30 s"):
        parse_filters({"minDuration": 60, "maxDuration": 30})


def test_a_video_just_over_an_age_says_so():
    video = replace(VIDEO, uploaded_at=NOW - timedelta(days=7, minutes=5))
    sentence = judge(video, parse_filters({"maxAge": "7d"}), NOW).sentence
    assert sentence == "More than 7 days old, the source asks for at most 7 days."


@pytest.mark.parametrize(
    ("text", "age"), [("7d", "7 days"), ("12h", "12 hours"), ("30m", "30 minutes"), ("2w", "14 days")]
)
def test_ages_are_read_and_said(text, age):
    old = replace(VIDEO, uploaded_at=NOW - timedelta(days=400))
    assert judge(old, parse_filters({"maxAge": text}), NOW).wanted == age


@pytest.mark.parametrize(
    ("caption", "word", "is_in"),
    [
        ("A #cooking clip", "cooking", True),
        ("Overcooking it", "cooking", False),
        ("KÖSTLICH, sagt sie", "köstlich", True),
        ("Straße", "strasse", True),
        ("two words here", "two words", True),
        ("c++ tips", "c++", True),
        ("a.b", "a?b", False),
        ("今日 の 料理", "料理", True),
        ("ｆｕｌｌｗｉｄｔｈ", "fullwidth", True),
    ],
)
def test_words_are_found_whole_in_any_case_and_are_no_patterns(caption, word, is_in):
    video = replace(VIDEO, title="", description=caption, hashtags=())
    assert judge(video, parse_filters({"captionWords": [word]}), NOW).passes is is_in
    assert judge(video, parse_filters({"captionWithout": [word]}), NOW).passes is not is_in


def test_a_word_given_twice_counts_once_and_many_are_shortened():
    filters = parse_filters({"authors": ["@a1", "A1", "b2", "c3", "d4", "e5"]})
    assert filters.authors == ("@a1", "@b2", "@c3", "@d4", "@e5")
    assert judge(VIDEO, filters, NOW).wanted == "@a1, @b2, @c3 or 2 more"


@UNHURRIED
@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_views_pass_exactly_from_the_minimum_on(views, wanted):
    video = replace(VIDEO, stats=VideoStats(views=views))
    assert judge(video, parse_filters({"minViews": wanted}), NOW).passes == (views >= wanted)


@UNHURRIED
@given(st.dictionaries(st.sampled_from([*KEYS, "x"]), st.none() | st.booleans() | st.floats() | st.text(max_size=8)))
def test_any_json_is_either_read_or_refused_as_invalid_input(data):
    try:
        filters = parse_filters(data)
    except InvalidInput:
        return
    judge(VIDEO, filters, NOW)
