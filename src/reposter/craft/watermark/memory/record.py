"""What one video teaches about a mark: the sums of its regression, cut to where they know anything."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reposter.craft.watermark.mark import Estimate, Line, PlaceEvidence
from reposter.craft.watermark.picture import F32, Box
from reposter.craft.watermark.sums import Sums

F16 = NDArray[np.float16]

CORE_ACROSS = 12
CORE_DOWN_SHARE = 0.35  # the shadow and a line that the jump did not match lie so much above or below


@dataclass(frozen=True)
class PlaceRecord:
    """Place number `place` of one video, cut out at (`down`, `across`) of the place's box.

    `moments` (6, h, w): weight and, in grey levels, the means of B and I, the squared spread of B, the product of
    the spreads of B and I, and the mean noise of B. Half precision costs less than a tenth of a grey level there,
    while the sums themselves would not fit in it. `effect` (2, h, w): the mark's gradients across and down.
    """

    place: int
    down: int
    across: int
    moments: F16
    effect: F16

    @property
    def shape(self) -> tuple[int, int]:
        return self.moments.shape[1], self.moments.shape[2]

    @property
    def sums(self) -> Sums:
        height, width = self.shape
        return self.sums_in(Box(0, 0, width, height))

    def sums_in(self, box: Box) -> Sums:
        """The sums of a part of the record."""
        rows, columns = box.slices
        weight, under, seen, spread, together, noise = self.moments[:, rows, columns].astype(np.float32)
        return Sums(
            weight,
            weight * under,
            weight * seen,
            weight * (spread + under * under),
            weight * (together + under * seen),
            weight * noise,
        )

    @property
    def gradients(self) -> tuple[F32, F32]:
        across, down = self.effect.astype(np.float32)
        return across, down


@dataclass(frozen=True)
class Sibling:
    """A video with the mark. `size` (width, height) of its picture. `lines` are rows of record number
    `reference`, and `core` is the part of that record where the detector matched the mark."""

    video_id: str
    size: tuple[int, int]
    places: tuple[PlaceRecord, ...]
    reference: int
    lines: tuple[Line, ...]
    core: Box


def sibling_of(estimate: Estimate, size: tuple[int, int], video_id: str) -> Sibling | None:
    """What `estimate` knows, or None where its reference place taught nothing."""
    taught = [(index, _record(index, one)) for index, one in enumerate(estimate.evidence)]
    records = {index: record for index, record in taught if record is not None}
    if estimate.reference not in records:
        return None
    reference = records[estimate.reference]
    height, width = reference.shape
    place = estimate.evidence[estimate.reference]
    matched = place.matched.moved(-place.box.x0 - reference.across, -place.box.y0 - reference.down)
    core = matched.grown(CORE_ACROSS, int(CORE_DOWN_SHARE * matched.height), (width, height))
    lines = tuple(
        Line(max(0, line.top - reference.down), min(height, line.bottom - reference.down))
        for line in estimate.lines
        if line.top - reference.down < height and line.bottom > reference.down
    )
    return Sibling(video_id, size, tuple(records.values()), list(records).index(estimate.reference), lines, core)


def _record(place: int, evidence: PlaceEvidence) -> PlaceRecord | None:
    cut = Box.around(evidence.sums.weight > 0)
    if cut is None:
        return None
    sums = Sums(*(one[cut.slices] for one in evidence.sums.maps()))
    effect = np.stack([evidence.effect_across[cut.slices], evidence.effect_down[cut.slices]])
    return PlaceRecord(place, cut.y0, cut.x0, moments_of(sums), effect.astype(np.float16))


def moments_of(sums: Sums) -> F16:
    """(6, h, w), as a record keeps them; zero where nothing is known."""
    weight = np.maximum(sums.weight, 1e-6)
    under, seen = sums.under / weight, sums.seen / weight
    spread = np.maximum(sums.under_squared / weight - under * under, 0)
    together = sums.under_seen / weight - under * seen
    moments = np.stack([sums.weight, under, seen, spread, together, sums.noise / weight])
    limit = np.finfo(np.float16).max
    return np.asarray(np.clip(np.where(sums.weight > 1e-4, moments, 0), -limit, limit), np.float16)
