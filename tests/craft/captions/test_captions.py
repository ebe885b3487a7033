"""Captions: a grammar of names and nothing else, counted as TikTok counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reposter.craft.captions.errors import TemplateInvalid
from reposter.craft.captions.rules import shorten
from reposter.craft.captions.service import DEFAULT_TEMPLATE, CaptionOptions, write_caption
from reposter.craft.captions.template import (
    NAMES,
    TEMPLATE_CHARACTERS_MAX,
    CaptionFacts,
    check_template,
    fill_template,
)
from reposter.vendors.tiktok.posting import CAPTION_UNITS_MAX, caption_units

FACTS = CaptionFacts(
    original_author="@techguru123",
    original_caption="Three tricks #tech",
    original_hashtags="#tech #diy",
    video_title="Three tricks",
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)  # whole characters, of every plane


def fill(template, **facts):
    return fill_template(template, CaptionFacts(**{name: getattr(FACTS, name) for name in NAMES} | facts))


def test_every_known_name_is_filled_in():
    assert fill(" | ".join(f"{{{name}}}" for name in NAMES)) == (
        "@techguru123 | Three tricks #tech | #tech #diy | Three tricks | tiktok"
    )


def test_a_sign_written_before_a_name_that_brings_its_own_is_not_doubled():
    assert fill("By @{original_author} #{original_hashtags}") == "By @techguru123 #tech #diy"


@pytest.mark.parametrize(
    "hostile",
    [
        "{original_author.__class__}",
        "{original_author[0]}",
        "{original_author!r}",
        "{original_author:>9999999}",
        "{__class__}",
        "{0}",
        "{}",
        "{ original_author }",
        "{Original_Author}",
        "{{original_author}}",
        "{original_author",
        "original_author}",
        "}{",
        "{password}",
        "{{7*7}}",
        "{% include '/etc/passwd' %}",
    ],
)
def test_a_template_is_no_programming_language(hostile):
    with pytest.raises(TemplateInvalid) as caught:
        check_template(hostile)
    assert caught.value.hint
    with pytest.raises(TemplateInvalid):
        fill(hostile)


def test_an_unknown_name_is_named_beside_the_known_ones():
    with pytest.raises(TemplateInvalid, match=r"\{author\}") as caught:
        check_template("By {author}")
    assert all(f"{{{name}}}" in caught.value.hint for name in NAMES)


def test_a_template_without_end_is_refused():
    check_template("x" * TEMPLATE_CHARACTERS_MAX)
    with pytest.raises(TemplateInvalid, match=str(TEMPLATE_CHARACTERS_MAX)):
        check_template("x" * (TEMPLATE_CHARACTERS_MAX + 1))


def test_words_of_strangers_are_filled_in_but_never_read_as_a_template():
    words = "{original_author} {nope} %s ${x} \\1 }{"
    assert fill("{original_caption}", original_caption=words) == words


def test_gaps_that_empty_facts_leave_are_tidied():
    assert fill(
        "{video_title}\n\n\n\n  {original_caption} \t by\n{original_hashtags}", video_title="", original_hashtags=""
    ) == ("Three tricks #tech by")


@pytest.mark.parametrize(
    ("text", "units"), [("", 0), ("abc", 3), ("é", 1), ("日本", 2), ("🎬", 2), ("👩‍👩‍👧", 8), ("🇩🇪", 4)]
)
def test_length_is_counted_in_utf16_units_as_tiktok_does(text, units):
    assert caption_units(text) == units


def test_a_caption_that_fits_exactly_is_left_alone_and_one_more_is_cut_at_a_word():
    assert shorten("one two", 7) == "one two"
    assert shorten("one two three", 12) == "one two…"
    assert shorten("🎬🎬🎬🎬", 8) == "🎬🎬🎬🎬"
    assert shorten("🎬🎬🎬🎬", 7) == "🎬🎬🎬…"
    assert shorten("🎬🎬🎬🎬", 6) == "🎬🎬…"


@given(text=texts, units_max=st.integers(1, 60))
def test_a_shortened_caption_fits_and_splits_no_character(text, units_max):
    short = shorten(text, units_max)
    assert caption_units(short) <= units_max
    assert short.encode("utf-16-le").decode("utf-16-le") == short
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


@given(template=texts.filter(lambda text: not set("{}") & set(text)), caption=texts)
def test_a_filled_template_never_goes_over_tiktoks_limit(template, caption):
    filled = fill((template + "{original_caption}") * 30, original_caption=caption * 40)
    assert caption_units(filled) <= CAPTION_UNITS_MAX


def test_the_original_words_are_used_as_they_are_when_that_was_chosen():
    options = CaptionOptions(method="original", template="{nonsense}", max_length=12)
    assert write_caption(FACTS, options) == "Three…"


def test_the_default_template_carries_the_credit():
    assert write_caption(FACTS, CaptionOptions()) == "Three tricks #tech\n\nBy @techguru123"
    check_template(DEFAULT_TEMPLATE)
