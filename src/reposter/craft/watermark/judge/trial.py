"""Mends a few marked looks before anything is encoded, and measures what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from reposter.craft.watermark.judge.measures import Gauge, Measures
from reposter.craft.watermark.judge.verdict import Evidence, judgement_of
from reposter.craft.watermark.mark import Judgement, Matte
from reposter.craft.watermark.picture import U8, Box
from reposter.craft.watermark.samples import Samples

TRIALS_MAX = 16
TRIALS_MIN = 3
"""For each place, however seldom the mark stands there."""
UNMARKED_LOOKS_MAX = 8
NOWHERE = -1

Mend = Callable[[int, int, Box], U8]
"""Place, whole picture (of `Samples.fine_times`) and box to its mended brightness in that box."""


@dataclass(frozen=True)
class Stay:
    """Looks that surely show one place marked, and looks that surely show it bare."""

    marked: tuple[int, ...]
    bare: tuple[int, ...]


def judge(samples: Samples, states: Sequence[int], mattes: Sequence[Matte], mend: Mend) -> Judgement:
    """Mend up to 16 looks and say what the removal is worth."""
    gauges = [Gauge(matte, samples.size) for matte in mattes]
    return judgement_of(try_out(samples, states, gauges, mend))


def try_out(samples: Samples, states: Sequence[int], gauges: Sequence[Gauge], mend: Mend) -> tuple[Evidence, ...]:
    """What up to 16 mended looks show, for each place that has ink and is ever marked.

    `states[i]` is the place at look i or -1.
    """
    stays = [_stay(states, samples.whole_looks, place) for place in range(len(gauges))]
    marked_looks = max(1, sum(len(stay.marked) for stay in stays))
    evidence = []
    for place, gauge in enumerate(gauges):
        share = round(TRIALS_MAX * len(stays[place].marked) / marked_looks)
        if not gauge.is_blank and stays[place].marked:
            evidence.append(_try_place(samples, place, gauge, stays[place], max(TRIALS_MIN, share), mend))
    return tuple(evidence)


def _try_place(samples: Samples, place: int, gauge: Gauge, stay: Stay, trials: int, mend: Mend) -> Evidence:
    pairs, flickers = [], []
    for look in _spread(stay.marked, trials):
        fine = samples.looks[look]
        picture, mended = samples.fine_luma(fine, gauge.box), mend(place, fine, gauge.box)
        pairs.append(gauge.compare(picture, mended))
        if _goes_on(samples, look, stay.marked):
            flickers.append(gauge.difference(mended, mend(place, fine + 1, gauge.box)))
    bare, bare_flickers = [], []
    for look in _spread(stay.bare, UNMARKED_LOOKS_MAX):
        fine = samples.looks[look]
        picture = samples.fine_luma(fine, gauge.box)
        bare.append(gauge.measure_bare(picture))
        if _goes_on(samples, look, stay.bare):
            bare_flickers.append(gauge.difference(picture, samples.fine_luma(fine + 1, gauge.box)))
    return Evidence(
        place=place,
        alpha=gauge.alpha,
        ink_pixels=gauge.ink_pixels,
        before=Measures.middle([one for one, _ in pairs]),
        after=Measures.middle([one for _, one in pairs]),
        bare=Measures.middle(bare) if bare else None,
        flicker=_inside_to_ring(flickers),
        bare_flicker=_inside_to_ring(bare_flickers),
    )


def _stay(states: Sequence[int], looks: Sequence[int], place: int) -> Stay:
    """Of `looks` those that are not next to a switch, where it may be fading."""
    last = len(states) - 1
    settled = [i for i in looks if states[i] == states[max(0, i - 1)] == states[min(last, i + 1)]]
    marked = [i for i in settled if states[i] == place] or [i for i in looks if states[i] == place]
    return Stay(tuple(marked), tuple(i for i in settled if states[i] not in (place, NOWHERE)))


def _goes_on(samples: Samples, look: int, stay: Sequence[int]) -> bool:
    """The next whole picture belongs to the same stay."""
    fine = samples.looks[look] + 1
    return look + 1 in stay and fine < len(samples.fine_times) and samples.fine_times[fine] <= samples.times[look + 1]


def _spread(looks: Sequence[int], count: int) -> list[int]:
    """So many of them, from the first to the last."""
    return [looks[round(i)] for i in np.linspace(0, len(looks) - 1, min(count, len(looks)))]


def _inside_to_ring(pairs: list[tuple[float, float]]) -> float | None:
    """Change under the ink for each change around it; None where nothing was seen to change."""
    if not pairs:
        return None
    inside, around = np.median(pairs, axis=0)
    return float((inside + 0.5) / (around + 0.5))
