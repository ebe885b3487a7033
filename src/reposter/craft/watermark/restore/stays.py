"""When a mark stood where, gathered frame by frame in a few numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reposter.craft.watermark.mark import Segment, Shown


@dataclass
class _Stay:
    place: int
    start: float
    end: float
    fading_since: float | None = None
    fade_seconds: float = 0.0

    def grow(self, seconds: float) -> None:
        self.end = seconds
        if self.fading_since is not None:
            self.fade_seconds = max(self.fade_seconds, seconds - self.fading_since)

    def note(self, seconds: float, strength: float) -> None:
        if strength == 1:
            self.fading_since = None
        elif self.fading_since is None:
            self.fading_since = seconds


class Stays:
    """Hears who is shown in each frame, in order of time."""

    def __init__(self) -> None:
        self._all: list[_Stay] = []
        self._open: dict[int, _Stay] = {}

    def add(self, seconds: float, shown: Iterable[Shown]) -> None:
        """From `seconds` on `shown` is on show; whatever was so far was until then."""
        self.end(seconds)
        here = {one.place: one.strength for one in shown}
        self._open = {place: stay for place, stay in self._open.items() if place in here}
        for place, strength in here.items():
            if place not in self._open:
                self._open[place] = _Stay(place, seconds, seconds)
                self._all.append(self._open[place])
            self._open[place].note(seconds, strength)

    def end(self, seconds: float) -> None:
        """The latest frame was on show until `seconds`."""
        for stay in self._open.values():
            stay.grow(seconds)

    def segments(self) -> tuple[Segment, ...]:
        return tuple(Segment(one.place, one.start, one.end, one.fade_seconds) for one in self._all)
