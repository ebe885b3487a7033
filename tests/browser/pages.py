"""How tests open a page, and what no page may do."""

from __future__ import annotations

from playwright.sync_api import Page


def listen(page: Page, address: str) -> list[str]:
    """Collects what no page may do."""
    complaints: list[str] = []
    allowed = (address, address.replace("http", "ws", 1), "data:", "blob:")
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda request: None if request.url.startswith(allowed) else complaints.append(f"left: {request.url}"),
    )
    page.on(
        "websocket",
        lambda opened: None if opened.url.startswith(allowed) else complaints.append(f"left: {opened.url}"),
    )
    return complaints


def open_live(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("status").filter(has_text="live").wait_for()
    page.get_by_role("region", name="The line").wait_for()
