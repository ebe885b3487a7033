"""Decide what every creator had uploaded before the world began."""

from __future__ import annotations

from typing import NamedTuple

HOUR, DAY = 3_600, 86_400


class Upload(NamedTuple):
    """`age` in seconds at the world's birth; `views_full` is what the clip reaches in the end."""

    age: int
    views_full: int
    quality: str = "720p"
    photos: int = 0


# Against the usual filters (10,000 views, 7 days, 720p): eight pass, the rest fail for the reason named.
FIRST_UPLOADS: dict[str, tuple[Upload, ...]] = {
    "techguru123": (
        Upload(5 * HOUR, 182_000),
        Upload(13 * HOUR, 64_500),
        Upload(22 * HOUR, 3_200),  # too few views
        Upload(31 * HOUR, 911_000),
        Upload(2 * DAY, 47_800),
        Upload(2 * DAY + 9 * HOUR, 120_400, "540p"),  # too small
        Upload(3 * DAY, 255_000),
        Upload(3 * DAY + 7 * HOUR, 6_900),  # too few views
        Upload(4 * DAY, 39_900),
        Upload(5 * DAY, 74_100),
        Upload(5 * DAY + 8 * HOUR, 1_150_000),
        Upload(6 * DAY, 88_000, photos=3),  # pictures, no video
        Upload(9 * DAY, 402_000),  # too old
        Upload(16 * DAY, 97_000),  # too old
        Upload(41 * DAY, 2_030_000),  # too old
    ),
    "craftcorner": (
        Upload(8 * HOUR, 58_000),
        Upload(26 * HOUR, 41_200),
        Upload(2 * DAY, 8_100),  # too few views
        Upload(3 * DAY, 133_000),
        Upload(4 * DAY + 5 * HOUR, 52_700),
        Upload(5 * DAY, 76_000, "540p"),  # too small
        Upload(8 * DAY, 61_000),  # too old
        Upload(20 * DAY, 240_000),  # too old
    ),
    "quiet.garden": (Upload(3 * DAY, 1_200), Upload(12 * DAY, 800)),
}
# Later uploads are meant to be wanted: well above any usual floor of views.
LATER_VIEWS = (45_000, 600_000)
