"""What only a person can settle is shown with its evidence, and each button asks the right route."""

from __future__ import annotations

import re

import pytest
from fake_world import World
from playwright.sync_api import Locator, Page, expect

LINK = "https://www.tiktok.com/@slowkitchen.daily/video/7399999999999999999"


@pytest.fixture
def doubt(dashboard: Page, world: World) -> Locator:
    return ask(dashboard, world, is_doubt=True)


@pytest.fixture
def failure(dashboard: Page, world: World) -> Locator:
    return ask(dashboard, world, is_doubt=False)


def ask(dashboard: Page, world: World, *, is_doubt: bool) -> Locator:
    post = world.posts[1]
    world.ask_about(post, is_doubt=is_doubt)
    world.push_queue(post, "review" if is_doubt else "failed")
    return dashboard.locator(f"[data-review='{post['id']}']")


def given(page: Page, world: World, item: Locator) -> tuple[str, object]:
    """The one answer that the server was given, once the post waits no more."""
    expect(item).to_have_count(0)
    ((post_id, act, body),) = world.answers
    assert post_id == world.posts[1]["id"]
    return act, body


def test_a_post_in_doubt_shows_when_it_was_sent_what_tiktok_said_and_where_to_look(doubt: Locator) -> None:
    expect(doubt).to_contain_text(re.compile(r"Sent .*\d\d:\d\d"))
    expect(doubt).to_contain_text("PROCESSING_UPLOAD")
    profile = doubt.get_by_role("link", name="Look at @slowkitchen.daily")
    expect(profile).to_have_attribute("href", "https://www.tiktok.com/@slowkitchen.daily")
    expect(doubt.page).to_have_title("(3) Reposter")


def test_a_candidate_is_one_click(dashboard: Page, world: World, doubt: Locator) -> None:
    doubt.get_by_role("button", name="It is live").click()
    expect(doubt.get_by_role("link", name="Kettle trick 2")).to_be_visible()
    doubt.get_by_role("button", name="This is it").nth(1).click()
    link = "https://www.tiktok.com/@slowkitchen.daily/video/739999999999992"
    assert given(dashboard, world, doubt) == ("answer", {"live": True, "link": link})


def test_another_link_can_be_pasted(dashboard: Page, world: World, doubt: Locator) -> None:
    doubt.get_by_role("button", name="It is live").click()
    doubt.get_by_label("Its link on TikTok").fill(LINK)
    doubt.get_by_role("button", name="Mark as live").click()
    assert given(dashboard, world, doubt) == ("answer", {"live": True, "link": LINK})


def test_not_there_says_the_risk_before_anything_is_sent_again(dashboard: Page, world: World, doubt: Locator) -> None:
    doubt.get_by_role("button", name="It is not there").click()
    expect(doubt).to_contain_text("it is there twice")
    assert world.answers == []
    doubt.get_by_role("button", name="Send it again").click()
    assert given(dashboard, world, doubt) == ("answer", {"live": False})


@pytest.mark.parametrize(("button", "act"), [("Retry", "retry"), ("Cancel", "cancel")])
def test_a_failed_post_says_what_to_do_and_is_repeated_or_given_up(
    dashboard: Page, world: World, failure: Locator, button: str, act: str
) -> None:
    expect(failure).to_contain_text("Write another caption.")
    expect(failure.get_by_role("button", name="It is live")).to_have_count(0)
    failure.get_by_role("button", name=button).click()
    assert given(dashboard, world, failure) == (act, None)


def test_no_address_of_tiktoks_can_run_as_script(dashboard: Page, world: World) -> None:
    item = ask(dashboard, world, is_doubt=True)
    world.review[0]["evidence"]["profile_url"] = "javascript:alert(1)"
    world.push_queue(world.posts[1], "review")
    expect(item.get_by_role("link")).to_have_count(0)
