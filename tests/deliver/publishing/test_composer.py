"""What the composer offers, and what it finds wrong."""

from __future__ import annotations

import pytest

from reposter.deliver.publishing.composer import (
    BRANDED_PROMPT,
    BRANDED_URL,
    INCOMPLETE_PROMPT,
    MUSIC_URL,
    OWN_BRAND_PROMPT,
    UNSEEN,
    Offer,
    complaint,
    consent_line,
    disclosure_prompt,
    findings,
)
from reposter.deliver.publishing.order import ChoiceMissing
from reposter.kit.errors import Verdict
from reposter.vendors.tiktok.errors import ChoiceRefused
from reposter.vendors.tiktok.payloads import CreatorInfo
from reposter.vendors.tiktok.posting import PostingChoices, PrivacyLevel, Route, caption_units

FINE = {"privacy_level": PrivacyLevel.PUBLIC_TO_EVERYONE, "music_usage_confirmed": True}


def an_offer(**said):
    data = {
        "creator_nickname": "My Alt",
        "creator_username": "my.alt",
        "creator_avatar_url": "https://p.example/a.jpg",
        "privacy_level_options": ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"],
        "comment_disabled": False,
        "duet_disabled": False,
        "stitch_disabled": False,
        "max_video_post_duration_sec": 60,
    }
    return Offer.of(CreatorInfo.read(data | said, "log"))


def codes(offer=None, *, route=Route.DIRECT, caption="Fine", seconds=30.0, **chosen):
    found = findings(
        PostingChoices(**FINE | chosen),
        offer or an_offer(),
        route=route,
        caption=caption,
        duration_seconds=seconds,
    )
    assert all(one.sentence and one.remedy and one.field for one in found)
    return [one.code for one in found]


def test_nothing_is_selected_in_what_is_offered():
    offer = an_offer(duet_disabled=True)
    assert offer.privacy_levels == ("PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY")
    assert (offer.nickname, offer.can_post_now, offer.duration_seconds_max) == ("My Alt", True, 60)
    assert offer.comment.available and not offer.duet.available and offer.duet.reason
    assert PostingChoices().privacy_level is None
    assert not any(value for value in PostingChoices().to_json().values())


def test_complete_choices_within_the_offer_are_fine():
    assert codes() == []
    assert codes(allow_comment=True, allow_duet=True, allow_stitch=True, is_aigc=True) == []


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        ({"privacy_level": None}, "privacy_missing"),
        ({"privacy_level": PrivacyLevel.FOLLOWER_OF_CREATOR}, "privacy_not_offered"),
        ({"discloses_commercial": True}, "disclosure_incomplete"),
        ({"brand_organic": True}, "disclosure_missing"),
        ({"brand_content": True}, "disclosure_missing"),
        (
            {"privacy_level": PrivacyLevel.SELF_ONLY, "discloses_commercial": True, "brand_content": True},
            "branded_private",
        ),
        ({"music_usage_confirmed": False}, "music_not_confirmed"),
        ({"caption": "x" * 2201}, "caption_too_long"),
        ({"caption": "😀" * 1101}, "caption_too_long"),
        ({"seconds": 60.5}, "video_too_long"),
    ],
)
def test_each_thing_that_is_wrong_is_found_by_itself(chosen, code):
    assert codes(**chosen) == [code]


@pytest.mark.parametrize("name", ["comment", "duet", "stitch"])
def test_a_switch_that_the_creator_turned_off_cannot_be_chosen(name):
    offer = an_offer(**{f"{name}_disabled": True})
    assert codes(offer) == []
    assert codes(offer, **{f"allow_{name}": True}) == [f"{name}_disabled"]


@pytest.mark.parametrize(
    "chosen",
    [
        {"caption": "😀" * 1100},
        {"seconds": 60.0},
        {"discloses_commercial": True, "brand_organic": True, "privacy_level": PrivacyLevel.SELF_ONLY},
        {"discloses_commercial": True, "brand_organic": True, "brand_content": True},
        {"is_aigc": True},
    ],
)
def test_what_is_just_allowed_is_allowed(chosen):
    assert codes(**chosen) == []


def test_all_that_is_wrong_is_told_at_once():
    offer = an_offer(comment_disabled=True)
    chosen = {"privacy_level": None, "allow_comment": True, "brand_content": True, "music_usage_confirmed": False}
    assert codes(offer, caption="x" * 3000, seconds=600, **chosen) == [
        "caption_too_long",
        "privacy_missing",
        "comment_disabled",
        "disclosure_missing",
        "video_too_long",
        "music_not_confirmed",
    ]


@pytest.mark.parametrize("route", [Route.INBOX, Route.EXPORT])
def test_nothing_is_asked_where_tiktok_takes_no_choices(route):
    assert codes(route=route, caption="x" * 3000, privacy_level=None, music_usage_confirmed=False) == []
    assert consent_line(PostingChoices(), route) is None


@pytest.mark.parametrize("offer", [UNSEEN, Offer.closed("No more posts today.")])
def test_what_is_not_known_of_the_account_is_neither_passed_nor_refused(offer):
    assert codes(offer, seconds=6000, allow_duet=True, privacy_level=PrivacyLevel.FOLLOWER_OF_CREATOR) == []
    assert codes(offer, privacy_level=None) == ["privacy_missing"]
    assert offer.can_post_now is not True


def test_the_line_beside_the_button_follows_the_disclosure():
    plain = consent_line(PostingChoices(), Route.DIRECT)
    assert plain.text == "By posting, you agree to TikTok's Music Usage Confirmation"
    assert plain.links == (("Music Usage Confirmation", MUSIC_URL),)
    branded = consent_line(PostingChoices(discloses_commercial=True, brand_content=True), Route.DIRECT)
    assert branded.text == "By posting, you agree to TikTok's Branded Content Policy and Music Usage Confirmation."
    assert [url for _, url in branded.links] == [BRANDED_URL, MUSIC_URL]
    assert all(words in branded.text for words, _ in branded.links)


@pytest.mark.parametrize(
    ("chosen", "prompt"),
    [
        ({}, ""),
        ({"brand_content": True}, ""),
        ({"discloses_commercial": True}, INCOMPLETE_PROMPT),
        ({"discloses_commercial": True, "brand_organic": True}, OWN_BRAND_PROMPT),
        ({"discloses_commercial": True, "brand_content": True}, BRANDED_PROMPT),
        ({"discloses_commercial": True, "brand_content": True, "brand_organic": True}, BRANDED_PROMPT),
    ],
)
def test_the_disclosure_says_how_the_video_will_be_labelled(chosen, prompt):
    assert disclosure_prompt(PostingChoices(**chosen)) == prompt


def test_one_error_names_all_of_it_and_whether_something_lacks_or_is_refused():
    missing = complaint(findings(PostingChoices(), UNSEEN, route=Route.DIRECT), account="@a")
    assert isinstance(missing, ChoiceMissing) and missing.verdict is Verdict.NEEDS_PERSON
    assert [one["code"] for one in missing.context["findings"]] == ["privacy_missing", "music_not_confirmed"]
    chosen = PostingChoices(PrivacyLevel.SELF_ONLY, brand_content=True)
    assert isinstance(complaint(findings(chosen, UNSEEN, route=Route.DIRECT), account="@a"), ChoiceRefused)


def test_choices_that_were_kept_before_the_new_ones_existed_read_as_not_agreed():
    old = {"privacy_level": "SELF_ONLY", "allow_comment": True, "brand_organic": False, "cover_ms": 5, "gone": 1}
    read = PostingChoices.from_json(old)
    assert (read.privacy_level, read.allow_comment) == (PrivacyLevel.SELF_ONLY, True)
    assert (read.discloses_commercial, read.music_usage_confirmed) == (False, False)
    assert PostingChoices.from_json(read.to_json()) == read


def test_a_caption_is_counted_as_tiktok_counts():
    assert [caption_units(text) for text in ("", "abc", "é", "😀", "\ud800")] == [0, 3, 1, 2, 1]
