"""An even frame rate: frames are dropped or repeated, never blended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from math import floor

from reposter.media.frames import TimedFrame


def at_rate(frames: Iterator[TimedFrame], rate: int) -> Iterator[TimedFrame]:
    """The same pictures, one every 1/`rate` seconds; each goes to the tick nearest to its own time."""
    period = Fraction(1, rate)
    tick = 0
    shown: TimedFrame | None = None
    origin = Fraction(0)
    for frame in frames:
        if shown is None:
            origin = frame.start
        else:
            while tick < _nearest((frame.start - origin) / period):
                yield replace(shown, start=origin + tick * period, duration=period)
                tick += 1
        shown = frame
    if shown is None:
        return
    last = max(1, _nearest((shown.end - origin) / period))
    for rest in range(tick, last):
        yield replace(shown, start=origin + rest * period, duration=period)


def _nearest(ticks: Fraction) -> int:
    return floor(ticks + Fraction(1, 2))  # not round(): it sends halves to even numbers, and 120 → 60 would stutter
