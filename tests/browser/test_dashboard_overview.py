"""What the overview shows of a busy line, and that it shows it live."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from fake_world import World
from playwright.sync_api import Locator, Page, expect


def station(page: Page, key: str) -> Locator:
    return page.locator(f"[data-key={key}]")


def test_every_station_shows_its_count_and_the_age_of_its_oldest(busy: Page) -> None:
    expect(busy.locator("[data-key]")).to_have_count(8)
    for key, count in World.busy().counts.items():
        expect(station(busy, key)).to_contain_text(str(count))
    expect(station(busy, "found")).to_contain_text("oldest 14 min")


def test_only_stations_where_something_happens_are_marked_as_moving(busy: Page) -> None:
    expect(busy.locator("[data-state=moving]")).to_have_count(4)
    for key in ("found", "downloading", "processing", "publishing"):
        expect(station(busy, key)).to_contain_text("now")
    expect(station(busy, "review")).to_contain_text("your turn")


def test_what_needs_a_person_comes_before_everything_else(busy: Page) -> None:
    first = busy.get_by_role("heading", level=2).first
    expect(first).to_contain_text("Needs you")
    expect(busy.get_by_text("reposter account connect @northharbour.clips")).to_be_visible()
    expect(busy).to_have_title("(2) Reposter")


def test_an_agent_shows_its_task_and_progress(busy: Page) -> None:
    agent = busy.locator("[data-agent=scraper-1]")
    expect(agent).to_contain_text("Scraping @techguru123")
    expect(agent.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "65")


def test_videos_in_the_works_show_their_step_and_those_left_out_say_why(busy: Page) -> None:
    expect(busy.get_by_role("list", name="Moving").get_by_role("listitem")).to_have_count(5)
    expect(busy.locator("[data-video=vid_5]")).to_contain_text("Ready to be scheduled")
    expect(busy.get_by_text("Left out: 3,120 views, the source asks for 10,000.")).to_be_visible()


def test_a_post_that_is_out_leads_to_tiktok_and_one_that_failed_says_why(busy: Page) -> None:
    link = busy.locator('[data-post="3"]').get_by_role("link")
    expect(link).to_have_attribute("href", "https://www.tiktok.com/@demo/video/733")
    expect(link).to_have_attribute("rel", "noreferrer")
    expect(busy.locator('[data-post="5"]')).to_contain_text("TikTok said that the caption is too long")


def test_a_full_budget_says_until_when(busy: Page) -> None:
    expect(busy.get_by_role("region", name="Today")).to_contain_text(re.compile(r"full until \d\d:\d\d, in 2\d min"))


def test_times_are_in_the_browsers_zone_and_the_zone_is_named(busy: Page) -> None:
    expect(busy.get_by_role("banner")).to_contain_text("Europe/Berlin")


def test_the_pretend_world_is_named_as_such(busy: Page) -> None:
    expect(busy.get_by_text("pretend world")).to_be_visible()


def test_the_feed_begins_with_what_happened_before_the_page_was_opened(busy: Page) -> None:
    feed = busy.get_by_role("list", name="Latest events")
    expect(feed).to_contain_text("“How the bridge opens” is out on @slowkitchen.daily")
    expect(feed).to_contain_text("Clean-up deleted 6 files, 859 MB")


def test_a_pushed_agent_change_appears_at_once(dashboard: Page, world: World) -> None:
    world.push_agent("scraper-2", "active", "Scraping #woodworking", 0.3)
    agent = dashboard.locator("[data-agent=scraper-2]")
    expect(agent).to_contain_text("Scraping #woodworking")
    expect(agent.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "30")
    expect(dashboard.get_by_role("list", name="Latest events")).to_contain_text("scraper-2: scraping #woodworking")


def test_pushed_progress_moves_the_videos_bar(dashboard: Page, world: World) -> None:
    video = dashboard.locator("[data-video=vid_2]")
    expect(video.get_by_role("progressbar")).not_to_have_attribute("aria-valuenow", "0")
    world.push_progress("vid_2", "watermark_removal", 0.77, 12)
    expect(video).to_contain_text("Removing the mark")
    expect(video.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "77")
    expect(video).to_contain_text("12 s left")


def test_a_published_post_lights_its_station_and_is_counted(dashboard: Page, world: World) -> None:
    world.counts["published"] += 1
    world.today["posts_published"] += 1
    world.push_published(world.posts[1])
    expect(station(dashboard, "published")).to_have_attribute("data-state", "moving")
    expect(station(dashboard, "published")).to_contain_text("215")
    expect(dashboard.get_by_text("6 posts went out in the last 24 hours")).to_be_visible()
    expect(dashboard.locator('[data-post="1"]')).to_contain_text("posted")


def test_an_error_is_told_with_its_remedy_and_what_it_asks_of_a_person(dashboard: Page, world: World) -> None:
    message = "The disk is almost full"
    need = {
        "id": "needs-3",
        "kind": "disk",
        "title": message,
        "detail": "2 GB are left.",
        "hint": "Run `reposter clean`",
    }
    world.needs_you.append({**need, "at": datetime.now(UTC).isoformat(), "href": None})
    world.push("error.occurred", {"message": message, "hint": "Downloads wait until there is room."})
    expect(dashboard.get_by_role("list", name="Latest events")).to_contain_text("Downloads wait until there is room.")
    expect(dashboard.get_by_role("region", name="Needs you")).to_contain_text(message)


def test_no_address_from_the_server_can_run_as_script(dashboard: Page, world: World) -> None:
    world.needs_you[0]["href"] = "javascript:alert(1)"
    world.needs_you[1]["href"] = "https://www.tiktok.com/login"
    world.push_queue(world.posts[1], "queued")
    needs = dashboard.get_by_role("region", name="Needs you")
    expect(needs.get_by_role("link")).to_have_count(1)
    expect(needs.get_by_role("link")).to_have_attribute("href", "https://www.tiktok.com/login")
