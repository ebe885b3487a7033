"""A picture and its time, and what an effect on pictures promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from av.video.frame import VideoFrame


@dataclass(frozen=True)
class TimedFrame:
    """One upright picture (yuv420p, square pixels, even sides), shown from `start` for `duration` seconds."""

    image: VideoFrame
    start: Fraction
    duration: Fraction

    @property
    def end(self) -> Fraction:
        return self.start + self.duration


class FrameEffect(Protocol):
    """Changes the picture, never the clock: the frames that come out have the sizes and times that went in.

    An effect may hold back a bounded number of frames, so that it can look ahead.
    """

    name: str

    def apply(self, frames: Iterator[TimedFrame]) -> Iterator[TimedFrame]: ...
