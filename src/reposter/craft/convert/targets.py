"""Named kinds of output and their limits (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from reposter.kit.errors import InvalidInput

GIGABYTE = 1024**3
MEGABYTE = 1024**2


@dataclass(frozen=True)
class Target:
    """What a platform takes. Rates are frames per second; both sides of the picture obey the side limits."""

    name: str
    platform: str
    size_bytes_max: int
    duration_seconds_max: float
    container: str = "mp4"
    video_codec: str = "h264"
    pixel_formats: tuple[str, ...] = ("yuv420p", "yuvj420p")
    audio_codec: str = "aac"
    frame_rate_min: int = 23
    frame_rate_max: int = 60
    frame_rate_for_slow: int = 30
    side_min: int = 360
    side_max: int = 4096


TARGETS = {
    target.name: target
    for target in (
        # https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide: video restrictions
        Target("tiktok", "TikTok", size_bytes_max=4 * GIGABYTE, duration_seconds_max=600),
        # The older limits that our specification names.
        Target("tiktok-classic", "TikTok (classic limits)", size_bytes_max=287 * MEGABYTE, duration_seconds_max=180),
    )
}
DEFAULT_TARGET = "tiktok"


def find_target(name: str) -> Target:
    """The target of that name.

    Raises:
        InvalidInput: there is none.
    """
    if name not in TARGETS:
        raise InvalidInput(f"There is no target called {name!r}.", hint=f"Choose one of: {', '.join(TARGETS)}.")
    return TARGETS[name]
