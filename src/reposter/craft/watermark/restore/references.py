"""Pictures of a place from moments when the mark stood elsewhere."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from reposter.craft.watermark.picture import F32, Box
from reposter.craft.watermark.restore.pictures import NOTHING, Bare
from reposter.craft.watermark.restore.timeline import nearest
from reposter.craft.watermark.samples import Samples

LOOKS_OF_A_MEDIAN = 4
MEDIAN_MIN = 3  # from so many looks on their median hides things, and the nearest look itself is worth a try too
STAYS_KEPT = 2  # a mark is seldom at more than two places at a time


class References:
    """Un-marked luma of a place for each of the mark's stays there, read when first asked for."""

    def __init__(self, samples: Samples, states: Sequence[int]) -> None:
        self._samples = samples
        self._states = states
        self._times = [float(one) for one in samples.times]
        self._kept: OrderedDict[tuple[int, int, Box], Bare] = OrderedDict()

    def of(self, place: int, seconds: float, box: Box) -> Bare:
        """Pictures of `box` nearest to the stay at `place` that `seconds` belongs to."""
        stay = self._stay(place, seconds)
        if stay is None:
            return NOTHING
        key = (place, stay[0], box)
        if key not in self._kept:
            self._kept[key] = self._read(place, stay, box)
            if len(self._kept) > STAYS_KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]

    def _stay(self, place: int, seconds: float) -> tuple[int, int] | None:
        """First and last look of the nearest stay at `place`."""
        looks = [look for look, state in enumerate(self._states) if state == place]
        if not looks:
            return None
        now = nearest(self._times, seconds)
        first = last = min(looks, key=lambda look: abs(look - now))
        while first > 0 and self._states[first - 1] == place:
            first -= 1
        while last + 1 < len(self._states) and self._states[last + 1] == place:
            last += 1
        return first, last

    def _read(self, place: int, stay: tuple[int, int], box: Box) -> Bare:
        bare = [look for look in range(len(self._states)) if self._is_bare(look, place)]
        before = [look for look in bare if look < stay[0]][-LOOKS_OF_A_MEDIAN:][::-1]
        after = [look for look in bare if look > stay[1]][:LOOKS_OF_A_MEDIAN]
        medians: list[F32] = []
        single: list[F32] = []
        for looks in (before, after):
            crops = [self._samples.luma(look, box).astype(np.float32) for look in looks]
            if crops:
                medians.append(np.median(np.stack(crops), axis=0).astype(np.float32))
            if len(crops) >= MEDIAN_MIN:
                single.append(crops[0])
        return Bare(tuple(medians), tuple(single))

    def _is_bare(self, look: int, place: int) -> bool:
        """Without the mark, and not next to a look that has it."""
        return all(state != place for state in self._states[max(0, look - 1) : look + 2])
