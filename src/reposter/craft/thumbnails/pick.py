"""Takes stills from frames that pass by on their way to the encoder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from reposter.craft.thumbnails.draw import draw_jpeg
from reposter.media.frames import TimedFrame
from reposter.media.reader import frame_at
from reposter.media.source import open_source


@dataclass(frozen=True)
class Still:
    """`number` counts from 1 in the order asked for; `at_seconds` is when the frame that was taken is shown."""

    number: int
    at_seconds: float
    jpeg: bytes


class StillPicker:
    """Lets frames through untouched and keeps a picture of those on show at the wanted times."""

    def __init__(self, wanted_seconds: Sequence[Fraction]) -> None:
        self._waiting = sorted(enumerate(wanted_seconds, start=1), key=lambda item: item[1])
        self._stills: list[Still] = []

    def watch(self, frames: Iterator[TimedFrame]) -> Iterator[TimedFrame]:
        latest: TimedFrame | None = None
        for frame in frames:
            while self._waiting and frame.end > self._waiting[0][1]:
                self._take(frame)
            latest = frame
            yield frame
        while self._waiting and latest:
            self._take(latest)

    def stills(self) -> tuple[Still, ...]:
        return tuple(sorted(self._stills, key=lambda still: still.number))

    def _take(self, frame: TimedFrame) -> None:
        number, _ = self._waiting.pop(0)
        self._stills.append(Still(number, float(frame.start), draw_jpeg(frame.image)))


def pick_by_seeking(path: Path, wanted_seconds: Sequence[Fraction]) -> tuple[Still, ...]:
    """Stills from a file that is not decoded anyway: only what lies around them is.

    Raises:
        UnreadableMedia: nothing can be decoded there.
    """
    stills: list[Still] = []
    if not wanted_seconds:
        return ()
    with open_source(path) as source:
        for number, seconds in enumerate(wanted_seconds, start=1):
            frame = frame_at(source, seconds)
            stills.append(Still(number, float(frame.start), draw_jpeg(frame.image)))
    return tuple(stills)
