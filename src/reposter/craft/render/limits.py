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


def limits_for(info: MediaInfo) -> Limits:
    """Generous for an honest video of that size and length, an end for any other."""
    video = info.video
    pixels = video.width * video.height
    work = pixels * max(video.frame_rate, 30) * info.duration_seconds / PIXELS_PER_SECOND_MIN
    memory = MEMORY_BYTES_BASE + int(FRAMES_IN_FLIGHT * pixels * BYTES_PER_PIXEL)
    file_bytes = max(
        FILE_BYTES_MIN, FILE_GROWTH_MAX * info.size_bytes, int(FILE_BYTES_PER_SECOND * info.duration_seconds)
    )
    return Limits(
        wall_seconds=min(WALL_SECONDS_MAX, WALL_SECONDS_MIN + work),
        memory_bytes=min(MEMORY_BYTES_MAX, memory),
        file_bytes=file_bytes,
    )
