"""The page for every reader: keyboard, screen reader, small screen, dark and light, and the first day."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from fake_world import World
from pages import listen, open_live
from playwright.sync_api import Browser, BrowserContext, Page, expect

Remember = Callable[[BrowserContext], BrowserContext]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, address: str, close_context: Remember, scheme: str, width: int) -> None:
    # axe comes into the page as a script, which the content security policy would stop.
    size = {"width": width, "height": 1000}
    page = close_context(browser.new_context(color_scheme=scheme, viewport=size, bypass_csp=True)).new_page()
    open_live(page, address)
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert not found, [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]


def test_a_phone_shows_all_in_one_column(browser: Browser, address: str, close_context: Remember) -> None:
    page = close_context(browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)).new_page()
    complaints = listen(page, address)
    open_live(page, address)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("navigation", name="Parts of this page").get_by_role("link", name="Posts").click()
    expect(page.get_by_role("heading", name="Posts", exact=True)).to_be_in_viewport()
    assert not complaints, complaints


def test_a_first_day_says_what_to_do(page: Page, serve: Callable[[World], str]) -> None:
    address = serve(World())
    complaints = listen(page, address)
    open_live(page, address)
    expect(page.get_by_role("heading", name="The line is empty.")).to_be_visible()
    expect(page.get_by_text("Nothing needs you.")).to_be_visible()
    expect(page.get_by_text("reposter source add @name --rights own").first).to_be_visible()
    assert not complaints, complaints


def test_the_theme_is_chosen_by_key_and_remembered(dashboard: Page) -> None:
    dashboard.get_by_role("radio", name="light").focus()
    dashboard.keyboard.press("ArrowRight")
    expect(dashboard.locator("html")).to_have_attribute("data-theme", "dark")
    dashboard.reload()
    expect(dashboard.locator("html")).to_have_attribute("data-theme", "dark")
    expect(dashboard.get_by_role("radio", name="dark")).to_be_checked()


def test_the_first_tab_leads_past_the_top_bar(dashboard: Page) -> None:
    dashboard.keyboard.press("Tab")
    expect(dashboard.get_by_role("link", name="Skip to the page")).to_be_focused()
    dashboard.keyboard.press("Enter")
    expect(dashboard.get_by_role("main")).to_be_focused()


def test_nothing_moves_for_those_who_asked_for_stillness(
    browser: Browser, address: str, close_context: Remember
) -> None:
    page = close_context(browser.new_context(reduced_motion="reduce")).new_page()
    open_live(page, address)
    assert page.evaluate("document.getAnimations().length") == 0


def test_an_unknown_address_leads_back(page: Page, address: str) -> None:
    page.goto(f"{address}/nowhere")
    page.get_by_role("link", name="Back to the line").click()
    expect(page.get_by_role("region", name="The line")).to_be_visible()
