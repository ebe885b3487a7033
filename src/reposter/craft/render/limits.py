"""How much time, memory and disk a rendition may take (pure)."""

from __future__ import annotations

from reposter.kit.process import Limits
from reposter.vocabulary.media import MediaInfo

PIXELS_PER_SECOND_MIN = 1_000_000  # a slow single core with a slow preset
WALL_SECONDS_MIN = 120
WALL_SECONDS_MAX = 6 * 3600
MEMORY_BYTES_BASE = 2 << 30
MEMORY_BYTES_MAX = 16 << 30
FRAMES_IN_FLIGHT = 200  # decoder threads, the encoder's look-ahead and reference frames
BYTES_PER_PIXEL = 1.5
FILE_BYTES_MIN = 256 << 20
FILE_BYTES_PER_SECOND = 12 << 20
FILE_GROWTH_MAX = 8
SCALED_UP_PIXELS = 1 << 20  # a picture that is too small for the target is made larger
PASSES_OF_REMOVAL = 3  # a look through the clip, then at worst an encode of each version
PICTURES_KEPT_MAX = 240
"""Whole pictures that a search for a mark keeps in a temporary file; a test holds it to what the search does."""
SMALL_KEPT_BYTES_MAX = 400 << 20
"""The same for the small pictures of a long clip."""


def limits_for(info: MediaInfo, *, removes_mark: bool = False) -> Limits:
    """Generous for an honest video of that size and length, an end for any other."""
    video = info.video
    pixels = video.width * video.height
    work = pixels * max(video.frame_rate, 30) * info.duration_seconds / PIXELS_PER_SECOND_MIN
    memory = MEMORY_BYTES_BASE + int(FRAMES_IN_FLIGHT * pixels * BYTES_PER_PIXEL)
    file_bytes = max(
        FILE_BYTES_MIN,
        FILE_GROWTH_MAX * info.size_bytes,
        int(FILE_BYTES_PER_SECOND * info.duration_seconds),
        kept_bytes(info) if removes_mark else 0,
    )
    passes = PASSES_OF_REMOVAL if removes_mark else 1
    return Limits(
        wall_seconds=min(WALL_SECONDS_MAX, WALL_SECONDS_MIN + work * passes),
        memory_bytes=min(MEMORY_BYTES_MAX, memory),
        file_bytes=file_bytes,
    )


def kept_bytes(info: MediaInfo) -> int:
    """Room on the disk that a search for a mark takes while it lasts, at most."""
    pixels = max(info.video.width * info.video.height, SCALED_UP_PIXELS)
    return SMALL_KEPT_BYTES_MAX + int(PICTURES_KEPT_MAX * pixels * BYTES_PER_PIXEL)
