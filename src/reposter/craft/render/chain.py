"""The one pass: decode once, effects in order, stills from what passes by, encode once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from reposter.craft.convert.plan import Plan
from reposter.craft.convert.rate import at_rate
from reposter.craft.thumbnails.pick import StillPicker
from reposter.media.frames import FrameEffect
from reposter.media.reader import Reader
from reposter.media.source import Source
from reposter.media.writer import Encoding, Picture, Writer


@dataclass(frozen=True)
class Passed:
    """`end_seconds`: where the last picture or sound of the source ended."""

    frames: int
    end_seconds: float


def transcode(
    source: Source,
    plan: Plan,
    encoding: Encoding,
    path: Path,
    *,
    effects: Sequence[FrameEffect],
    stills: StillPicker,
    on_frame: Callable[[int], None],
) -> Passed:
    """Write `source` to `path` as planned; memory does not grow with length.

    Raises:
        UnreadableMedia: the source is damaged.
        StorageExhausted: the disk is full.
    """
    rate = Fraction(plan.frame_rate) if plan.frame_rate else None
    with Writer(path, Picture.like(source, plan.size, rate), encoding, sound_of=source) as writer:
        frames = Reader(source, size=plan.size, on_audio=writer.write_sound).frames()
        for effect in effects:
            frames = effect.apply(frames)
        if plan.frame_rate:
            frames = at_rate(frames, plan.frame_rate)
        for frame in stills.watch(frames):
            writer.write_frame(frame)
            on_frame(writer.frames)
    return Passed(writer.frames, float(source.end))
