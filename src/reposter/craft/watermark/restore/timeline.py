"""Who is shown when: the mark's place and strength in every single frame."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reposter.craft.watermark.mark import Matte, Segment, Shown, Sighting
from reposter.craft.watermark.picture import F32, U8
from reposter.craft.watermark.restore.stays import Stays
from reposter.craft.watermark.restore.strength import Gauge
from reposter.craft.watermark.samples import Samples

NOBODY = -1
ABSENT_BELOW = 0.1
"""Less than this is the scene's own noise; the faintest step of a fade that is still taken away is about .1."""
FULL_ABOVE = 0.85
WHOLE, USUAL_LOOKS, UNCLEAR_LOOKS = 0.6, 9, 4
"""A look shows the mark whole from this share of what is usual near the change; so many looks may be of the change."""
SETTLED_LOOKS = 2  # a clip may begin or end inside a fade, but not for longer than this


@dataclass(frozen=True)
class Switch:
    """Between looks `before` and `after` the mark goes from place `old` to `new`; both looks are clear of it.

    It may fade out and in again and be nowhere in between: that is one switch.
    """

    start: float
    end: float
    old: int
    new: int
    before: int
    after: int


class Timeline:
    """The whereabouts of a mark, exact to the frame. Frames must be asked for in order of time."""

    def __init__(self, samples: Samples, sighting: Sighting, mattes: Sequence[Matte]) -> None:
        self._times = [float(one) for one in samples.times]
        self.states = without_blips(sighting.states)
        self._switches = find_switches(self._times, self.states, sighting.presence)
        self._gauges = [Gauge(samples, matte) for matte in mattes]
        self._passed = Stays()

    def shown(self, seconds: float, luma: U8) -> tuple[Shown, ...]:
        """The places where the mark stands in the picture `luma` (whole, h×w) of that time; () for none."""
        found = tuple(one for one in self._look_at(seconds, luma) if one.strength > 0)
        self._passed.add(seconds, found)
        return found

    @property
    def segments(self) -> tuple[Segment, ...]:
        """When it stood where: by the frames that have passed, before that by the looks."""
        return self._passed.segments() or segments_of_looks(self._times, self.states)

    def _look_at(self, seconds: float, luma: U8) -> tuple[Shown, ...]:
        if not self._times:
            return ()
        switches = [one for one in self._switches if one.start <= seconds <= one.end]
        if switches:
            return self._while_switching(switches, luma)
        at_end = self._at_either_end(seconds, luma)
        if at_end is not None:
            return at_end
        place = self.states[nearest(self._times, seconds)]
        return () if place == NOBODY else (Shown(place, 1.0),)

    def _while_switching(self, switches: Sequence[Switch], luma: U8) -> tuple[Shown, ...]:
        sides = [(one.old, one.before, one.after) for one in switches]
        sides += [(one.new, one.after, one.before) for one in switches]
        strengths: dict[int, float] = {}
        for place, there, gone in sides:
            if place != NOBODY and self._gauges[place].can_measure:
                measured = self._gauges[place].strength(luma, with_mark=there, without_mark=gone)
                strengths[place] = max(measured, strengths.get(place, 0.0))
        shown = [Shown(place, clear_strength(strength)) for place, strength in strengths.items()]
        if len(shown) > 1 and all(one.strength == 1 for one in shown):
            return (Shown(max(strengths, key=lambda place: strengths[place]), 1.0),)  # never fully at both places
        return tuple(shown)

    def _at_either_end(self, seconds: float, luma: U8) -> tuple[Shown, ...] | None:
        """The first and last frames may belong to a fade; None where the clip is long under way."""
        last = len(self.states) - 1
        settled = min(SETTLED_LOOKS, last)
        if self._times[settled] <= seconds <= self._times[last - settled]:
            return None
        end = 0 if seconds < self._times[settled] else last
        place = self.states[end]
        if place == NOBODY or not self._gauges[place].can_measure:
            return None
        clear = range(SETTLED_LOOKS, last + 1 - SETTLED_LOOKS)
        there = [look for look in clear if all(state == place for state in self._around(look))]
        gone = [look for look in clear if all(state != place for state in self._around(look))]
        if not there or not gone:
            return None
        strength = self._gauges[place].strength(
            luma,
            with_mark=min(there, key=lambda look: abs(look - end)),
            without_mark=min(gone, key=lambda look: abs(look - end)),
        )
        return (Shown(place, clear_strength(strength)),)

    def _around(self, look: int) -> Sequence[int]:
        return self.states[max(0, look - 1) : look + 2]


def without_blips(states: Sequence[int]) -> tuple[int, ...]:
    """A single look that differs from both its neighbours, which agree, was misread."""
    clean = list(states)
    for look in range(1, len(clean) - 1):
        if clean[look - 1] == clean[look + 1] != clean[look]:
            clean[look] = clean[look - 1]
    return tuple(clean)


def find_switches(times: Sequence[float], states: Sequence[int], presence: F32) -> tuple[Switch, ...]:
    """A look beside the change may have been misread, so each switch is sought one look further out.

    Looks that show much less of the mark than the rest of their stay belong to the switch: a fade, or the moment
    between two stays. `presence` (places, looks).
    """
    last = len(states) - 1
    switches: list[Switch] = []
    for look in range(1, last + 1):
        if states[look] == states[look - 1]:
            continue
        left, come = _clear_look(states, presence, look - 1, -1), _clear_look(states, presence, look, 1)
        switches.append(
            Switch(
                start=times[max(0, left - 1)],
                end=times[min(last, come + 1)],
                old=states[look - 1],
                new=states[look],
                before=max(0, left - 2),
                after=min(last, come + 2),
            )
        )
    return tuple(switches)


def _clear_look(states: Sequence[int], presence: F32, look: int, step: int) -> int:
    """From `look` on, a change of state beside it, the first look of the same stay that shows the mark whole."""
    place = states[look]
    if place == NOBODY:
        return look
    stay = [look]
    while 0 <= stay[-1] + step < len(states) and states[stay[-1] + step] == place:
        stay.append(stay[-1] + step)
    strengths = [float(presence[place, one]) for one in stay]
    enough = WHOLE * float(np.median(strengths[:USUAL_LOOKS]))
    clear = (one for one, strength in zip(stay[:UNCLEAR_LOOKS], strengths, strict=False) if strength >= enough)
    return next(clear, look)


def clear_strength(measured: float) -> float:
    """Noise of the measure does not reach the picture: nearly absent is absent, nearly full is full."""
    if measured < ABSENT_BELOW:
        return 0.0
    return 1.0 if measured > FULL_ABOVE else measured


def nearest(times: Sequence[float], seconds: float) -> int:
    """The look next to `seconds`; of two as near, the earlier."""
    look = min(bisect_left(times, seconds), len(times) - 1)
    return look - 1 if look > 0 and seconds - times[look - 1] <= times[look] - seconds else look


def segments_of_looks(times: Sequence[float], states: Sequence[int]) -> tuple[Segment, ...]:
    """Half way between two looks is the best guess of when the mark moved."""
    segments: list[Segment] = []
    first = 0
    for look in range(1, len(states) + 1):
        if look < len(states) and states[look] == states[first]:
            continue
        start = times[0] if first == 0 else (times[first - 1] + times[first]) / 2
        end = times[-1] if look == len(states) else (times[look - 1] + times[look]) / 2
        if states[first] != NOBODY:
            segments.append(Segment(states[first], start, end))
        first = look
    return tuple(segments)
