"""Proof that a file plays: its first, middle and last frames are decoded and it is as long as it says."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from reposter.media.errors import UnreadableMedia
from reposter.media.probe import describe
from reposter.media.source import Source, decode, open_source
from reposter.vocabulary.media import MediaInfo

TAIL_SECONDS = Fraction(1, 2)
SHORTFALL_FRAMES_MAX = 3
SHORTFALL_SECONDS_MIN = 0.15


def verify_playable(path: Path) -> MediaInfo:
    """`probe`, and decode frames at the beginning, in the middle and at the end.

    Raises:
        UnreadableMedia: it is no video, damaged, or ends before its time.
        UnsupportedMedia: a video that is beyond us.
    """
    with open_source(path) as source:
        source.video.codec_context.options = {"skip_loop_filter": "all"}  # no one looks at these pictures
        info = describe(source)
        duration = Fraction(info.duration_seconds)
        _decode_from(source, duration / 2, frames_max=1)
        _decode_from(source, max(Fraction(0), duration - TAIL_SECONDS), frames_max=None)
        require_whole(
            path,
            declared_seconds=info.duration_seconds,
            found_seconds=float(source.end),
            frame_rate=info.video.frame_rate,
        )
    return info


def require_whole(path: Path, *, declared_seconds: float, found_seconds: float, frame_rate: float) -> None:
    """Refuse a file whose tracks end before the time that it declares."""
    allowed = max(SHORTFALL_SECONDS_MIN, SHORTFALL_FRAMES_MAX / frame_rate)
    if declared_seconds - found_seconds > allowed:
        raise UnreadableMedia(
            f"{path.name} was cut short: it says {declared_seconds:.1f} s but ends after {found_seconds:.1f} s.",
            hint="Fetch or export it again.",
        )


def _decode_from(source: Source, start: Fraction, *, frames_max: int | None) -> None:
    """Decode frames from the key frame before `start` on."""
    for begin in dict.fromkeys((start, Fraction(0))):  # the second is for files without an index
        source.seek(begin)
        frames = 0
        for packet in source.packets():
            frames += len(decode(source, packet)) if source.is_picture(packet) else 0
            if frames_max and frames >= frames_max:
                break
        if frames:
            return
    raise UnreadableMedia(
        f"{source.path.name} was cut short or is damaged: there is no picture at {float(start):.1f} s.",
        hint="Fetch or export it again.",
    )
