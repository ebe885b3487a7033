"""What the page does when the connection to Reposter breaks."""

from __future__ import annotations

from fake_world import World
from pages import open_live
from playwright.sync_api import Page, expect


def test_after_a_break_the_page_goes_on_behind_the_last_event_it_saw(dashboard: Page, world: World) -> None:
    world.push_queue(world.posts[1], "held", "The account is paused.")
    expect(dashboard.get_by_role("list", name="Latest events")).to_contain_text("is held back")
    last_seen = world.seq
    world.is_refusing_sockets = True
    world.socket_drops += 1
    expect(dashboard.get_by_role("status").filter(has_text="reconnecting")).to_be_visible()
    world.push("post.published", {"account": "@slowkitchen.daily", "caption": "Sent while nobody listened"})
    world.is_refusing_sockets = False
    expect(dashboard.get_by_role("status").filter(has_text="live")).to_be_visible()
    expect(dashboard.get_by_role("list", name="Latest events")).to_contain_text("Sent while nobody listened")
    assert world.resumed_after[-1] == last_seen


def test_what_changed_during_the_break_is_fetched(dashboard: Page, world: World) -> None:
    world.counts["scheduled"] = 77
    world.socket_drops += 1
    expect(dashboard.locator("[data-key=scheduled]")).to_contain_text("77")


def test_without_a_socket_the_page_asks_by_itself_and_says_that_it_is_offline(dashboard: Page, world: World) -> None:
    world.is_refusing_sockets = True
    world.socket_drops += 1
    expect(dashboard.get_by_role("status").filter(has_text="offline")).to_be_visible(timeout=15_000)
    world.counts["scheduled"] = 78
    expect(dashboard.locator("[data-key=scheduled]")).to_contain_text("78", timeout=15_000)


def test_a_server_set_up_anew_is_followed_from_its_beginning(dashboard: Page, world: World) -> None:
    world.log.clear()
    world.seq = 0
    world.socket_drops += 1
    expect(dashboard.get_by_role("status").filter(has_text="live")).to_be_visible()
    world.push("post.published", {"account": "@new", "caption": "The first of a new log"})
    expect(dashboard.get_by_role("list", name="Latest events")).to_contain_text("The first of a new log")


def test_a_refusal_of_the_api_is_told_in_its_own_words(page: Page, address: str) -> None:
    problem = '{"title": "Locked", "detail": "The database is being restored.", "hint": "Wait a minute."}'
    page.route(
        "**/api/overview", lambda route: route.fulfill(status=503, body=problem, content_type="application/json")
    )
    page.goto(address)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The database is being restored.")
    expect(alert).to_contain_text("Wait a minute.")
    page.unroute("**/api/overview")
    expect(alert).to_have_count(0, timeout=15_000)
    open_live(page, address)
