"""Composer, standing choices and approvals over HTTP, where TikTok cannot be asked: no token opens here."""

from __future__ import annotations

import pytest
from api_door import Door
from api_rows import ACCOUNT, put_account, put_finished_video, put_post

CHOICES = f"/api/accounts/{ACCOUNT}/choices"
COMPLETE = {"privacy_level": "SELF_ONLY", "music_usage_confirmed": True}


@pytest.fixture
def post_id(door: Door) -> int:
    put_account(door.app)
    return put_post(door.app, put_finished_video(door.app, 1))


def choose(door: Door, **choices: object) -> dict[str, object]:
    answer = door.http.put(CHOICES, json=choices)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_standing_choices_are_refused_with_everything_that_is_wrong_at_once(door: Door, post_id: int) -> None:
    answer = door.http.put(CHOICES, json={"privacy_level": "SELF_ONLY", "brand_content": True})
    assert (answer.status_code, answer.json()["code"]) == (400, "choices_unfit")
    assert all(
        words in answer.json()["detail"]
        for words in ("disclosure of commercial content is off", "cannot be set to private", "Music Usage Confirmation")
    )
    assert answer.json()["hint"]
    kept = door.http.get("/api/accounts").json()["items"][0]["choices"]
    assert (kept["privacy_level"], kept["brand_content"]) == (None, False)


def test_what_is_left_out_of_the_choices_stays_and_their_maker_is_named(door: Door, post_id: int) -> None:
    account = choose(door, **COMPLETE, asks_first=True)
    assert (account["asks_first"], account["choices_by"], bool(account["choices_at"])) == (True, "owner", True)
    account = choose(door, allow_duet=True)
    assert account["asks_first"] is True
    assert account["choices"] == {
        "privacy_level": "SELF_ONLY",
        "allow_comment": False,
        "allow_duet": True,
        "allow_stitch": False,
        "is_aigc": False,
        "brand_content": False,
        "brand_organic": False,
        "discloses_commercial": False,
        "music_usage_confirmed": True,
    }


@pytest.mark.parametrize("route", ["inbox", "export"])
def test_every_route_can_be_chosen(door: Door, post_id: int, route: str) -> None:
    assert choose(door, route=route)["route"] == route


def test_the_composer_of_an_account_says_honestly_that_tiktok_could_not_be_asked(door: Door, post_id: int) -> None:
    composer = door.http.get(f"/api/accounts/{ACCOUNT}/composer").json()
    assert (composer["offer"]["is_known"], composer["offer"]["can_post_now"]) == (False, None)
    assert "cannot be checked" in composer["offer"]["reason"]
    assert [finding["code"] for finding in composer["findings"]] == ["privacy_missing", "music_not_confirmed"]
    assert composer["consent_line"]["text"].startswith("By posting, you agree")
    assert composer["consent_line"]["links"][0]["url"].startswith("https://www.tiktok.com/legal/")


def test_a_post_is_composed_approved_and_then_agreed_to(door: Door, post_id: int) -> None:
    choose(door, **COMPLETE, asks_first=True)
    seen = door.http.get(f"/api/posts/{post_id}/composer").json()
    assert (seen["consent"], seen["composer"]["findings"], seen["caption_units_max"]) == (None, [], 2200)
    answer = door.http.post(f"/api/posts/{post_id}/approve", json={"caption": "Mine 😀"})
    assert answer.status_code == 200, answer.text
    seen = door.http.get(f"/api/posts/{post_id}/composer").json()
    assert (seen["caption"], seen["caption_units"]) == ("Mine 😀", 7)
    assert (seen["consent"]["given_by"], seen["consent"]["is_standing"]) == ("owner", False)


def test_a_post_may_have_choices_of_its_own(door: Door, post_id: int) -> None:
    own = {"privacy_level": "SELF_ONLY", "is_aigc": True}
    assert door.http.post(f"/api/posts/{post_id}/approve", json={"choices": own}).json()["code"] == "choices_unfit"
    body = {"choices": own, "music_usage_confirmed": True}
    assert door.http.post(f"/api/posts/{post_id}/approve", json=body).status_code == 200
    choices = door.http.get(f"/api/posts/{post_id}/composer").json()["composer"]["choices"]
    assert (choices["privacy_level"], choices["is_aigc"]) == ("SELF_ONLY", True)


def test_a_rejected_post_is_cancelled_with_the_reason(door: Door, post_id: int) -> None:
    decided = door.http.post(f"/api/posts/{post_id}/reject", json={"reason": "Not our tone."}).json()
    assert (decided["status"], decided["reason"]) == ("cancelled", "Not our tone.")
    again = door.http.post(f"/api/posts/{post_id}/approve")
    assert (again.status_code, again.json()["code"]) == (409, "post_settled")


@pytest.mark.parametrize("path", ["/api/posts/404/composer", "/api/accounts/@nobody/composer"])
def test_nobody_composes_what_is_not_there(shared_door: Door, path: str) -> None:
    assert shared_door.http.get(path).status_code == 404
