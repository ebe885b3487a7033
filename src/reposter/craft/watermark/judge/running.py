"""Goes on measuring while frames are mended, at a handful of them a second, in memory that does not grow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from reposter.craft.watermark.judge.measures import Gauge, Measures
from reposter.craft.watermark.judge.verdict import Evidence, judgement_of
from reposter.craft.watermark.mark import Judgement
from reposter.craft.watermark.picture import U8, Box

EVERY_FRAMES = 6
KEPT_MAX = 400
"""Measures kept for each place; beyond it every other one is dropped and half as many are taken from there on."""
FULLY_THERE = 0.95
FRAMES_MIN = 3
"""With fewer the trial says more."""


@dataclass
class _Seen:
    kept: list[tuple[Measures, Measures]] = field(default_factory=list)
    every: int = EVERY_FRAMES
    shown: int = 0


class RunningJudge:
    """`wants` says when, `box_of` where, `see` takes a picture before and after."""

    def __init__(self, gauges: Sequence[Gauge], trial: Sequence[Evidence]) -> None:
        """`trial`: what was measured beforehand, one for each place that has ink."""
        self._gauges = gauges
        self._trial = trial
        self._seen = {one.place: _Seen() for one in trial}

    def wants(self, place: int, strength: float) -> bool:
        """Whether to measure the frame that is being mended; asked once for each place of each frame.

        A fading mark is not measured.
        """
        seen = self._seen.get(place)
        if seen is None or strength < FULLY_THERE:
            return False
        seen.shown += 1
        return (seen.shown - 1) % seen.every == 0

    def box_of(self, place: int) -> Box:
        return self._gauges[place].box

    def see(self, place: int, before: U8, after: U8) -> None:
        """Brightness of `box_of(place)`, (h, w), as it came and as it goes out."""
        gauge, seen = self._gauges[place], self._seen[place]
        seen.kept.append(gauge.compare(before, after))
        if len(seen.kept) >= KEPT_MAX:
            del seen.kept[1::2]
            seen.every *= 2

    def judgement(self, *, may_invent: bool = False) -> Judgement:
        """Of all that was seen; the trial speaks for places that hardly came by."""
        return judgement_of([self._updated(one) for one in self._trial], may_invent=may_invent)

    def _updated(self, trial: Evidence) -> Evidence:
        kept = self._seen[trial.place].kept
        if len(kept) < FRAMES_MIN:
            return trial
        return replace(
            trial,
            before=Measures.middle([before for before, _ in kept]),
            after=Measures.middle([after for _, after in kept]),
        )
