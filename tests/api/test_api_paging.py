"""A reader who pages through a list while rows are added sees each row that was there exactly once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from api_door import Door
from api_rows import MOMENT, put_post, put_video

from reposter.kit.eventlog import record


def read_through(door: Door, path: str, parameter: str, between: Callable[[], object]) -> list[dict[str, Any]]:
    """Every item of a list, page by page, with `between` called after each page."""
    items: list[dict[str, Any]] = []
    cursor, pages = None, 0
    while True:
        asked = httpx.URL(path).copy_merge_params({"limit": 3, **({parameter: cursor} if cursor else {})})
        page = door.http.get(asked).json()
        assert len(page["items"]) <= 3
        items += page["items"]
        cursor, pages = page["next"], pages + 1
        if cursor is None:
            return items
        assert pages < 50, "the list has no end"
        between()


@pytest.mark.parametrize("is_same_moment", [True, False], ids=["same moment", "a second apart"])
def test_videos(door: Door, is_same_moment: bool) -> None:
    step = timedelta(0) if is_same_moment else timedelta(seconds=1)
    wanted = [put_video(door.app, number, at=MOMENT + number * step) for number in range(10)]
    fresh = iter(range(100, 200))
    read = read_through(
        door, "/api/videos", "after", lambda: put_video(door.app, next(fresh), at=MOMENT + timedelta(hours=1))
    )
    assert [video["videoId"] for video in read] == wanted[::-1]


def test_posts(door: Door) -> None:
    wanted = [put_post(door.app, put_video(door.app, number), at=MOMENT) for number in range(10)]
    fresh = iter(range(100, 200))
    read = read_through(
        door,
        "/api/posts",
        "after",
        lambda: put_post(door.app, put_video(door.app, next(fresh)), at=MOMENT + timedelta(hours=1)),
    )
    assert [post["id"] for post in read] == wanted[::-1]


def test_logs(door: Door) -> None:
    def tell(number: int) -> None:
        with door.app.database.transaction() as session:
            record(session, "queue.updated", {"number": number})

    for number in range(10):
        tell(number)
    read = read_through(door, "/api/logs?type=queue.updated", "before", lambda: tell(99))
    assert [line["payload"]["number"] for line in read] == list(range(10))[::-1]


def test_an_exact_number_of_pages_ends_without_repeating(door: Door) -> None:
    for number in range(6):
        put_video(door.app, number)
    assert len(read_through(door, "/api/videos", "after", lambda: None)) == 6
