"""Does a remembered line belong to this video? Asked of the video's own sums, before they join it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from reposter.craft.watermark.memory.align import Measured, fit, measured, warp
from reposter.craft.watermark.memory.pool import LineMatte
from reposter.craft.watermark.sums import Sums

AGREEMENT_MIN = 0.80
UNEXPLAINED_MAX = 0.20
STRENGTH_MIN, STRENGTH_MAX = 0.7, 1.4
TILE_UNEXPLAINED_MAX = 0.45
DRIFT_PIXELS_MAX = 0.75
INK = 0.1
SIDE = 720
ROBUST_MAX = 900.0


@dataclass(frozen=True)
class Evidence:
    """What speaks for a remembered line. `agreement`: correlation of gradients. `strength`: of the mark here against
    the remembered one. `unexplained`: share of the effect's energy left over, in the line and in its worst tile.
    `drift`: pixels by which the line's ends want to move apart, the sign of another size."""

    agreement: float
    strength: float
    unexplained: float
    worst_tile: float
    drift: float

    @property
    def objection(self) -> str | None:
        """Why the line is not used, or None where it fits."""
        if self.agreement < AGREEMENT_MIN:
            return f"another picture: its outlines agree by {self.agreement:.2f}, {AGREEMENT_MIN:.2f} is needed"
        if not STRENGTH_MIN <= self.strength <= STRENGTH_MAX:
            return f"another opacity: {self.strength:.2f} times the remembered one"
        if self.unexplained > UNEXPLAINED_MAX:
            return f"another picture: {self.unexplained:.0%} of its effect stays unexplained"
        if abs(self.drift) > DRIFT_PIXELS_MAX:
            return f"another size: its ends lie {abs(self.drift):.1f} pixels off"
        if self.worst_tile > TILE_UNEXPLAINED_MAX:
            return f"another letter: {self.worst_tile:.0%} of the effect of one part stays unexplained"
        return None


TILES_PIXELS = (10, 20)
"""A stroke and a letter, about, in pictures with a shorter side of 720."""
TILE_ENERGY_MIN = 0.3
TILE_NOISE = 2.0  # twice what chance leaves over where nothing is wrong
DRIFT_SEARCH = tuple(np.arange(-3, 3.01, 0.5).tolist())
END_SHARE = 3


def weigh(agreement: float, sums: Sums, matte: LineMatte, scale: float = 1.0) -> Evidence:
    """Compare a line of a video (aligned, in the line's region) with the matte that others gave it.

    `scale`: how many times larger than 720 pixels the shorter side of the picture is.
    """
    seen = measured(sums)
    whole = fit(seen, matte.alpha, matte.ink, matte.alpha > INK)
    worst = max(_worst_tile(seen, matte, whole.strength, round(side * scale)) for side in TILES_PIXELS)
    return Evidence(agreement, whole.strength, whole.unexplained, worst, _drift(seen, matte, whole.strength))


def _worst_tile(seen: Measured, matte: LineMatte, strength: float, side: int) -> float:
    """The largest share of its effect that any tile leaves unexplained; a tile with little effect counts as one with
    more, so that one letter too many beside the line shows and noise does not."""
    predicted = strength * (matte.ink - matte.alpha * seen.under)
    tile = (side, side)
    rest = cv2.blur(seen.weight * (seen.effect - predicted) ** 2, tile)
    chance = TILE_NOISE * cv2.blur((seen.weight > 0).astype(np.float32), tile)
    energy = cv2.blur(seen.weight * predicted**2, tile)
    enough = np.maximum(energy, max(TILE_ENERGY_MIN * float(energy.max()), 1e-6))
    return float((np.maximum(rest - chance, 0) / enough).max())


def _drift(seen: Measured, matte: LineMatte, strength: float) -> float:
    """Where the right end of the line wants to be against the left end, in pixels to the right."""
    ink = np.flatnonzero((matte.alpha > INK).any(axis=0))
    if not len(ink):
        return 0.0
    left, right = int(ink[0]), int(ink[-1]) + 1
    third = max(1, (right - left) // END_SHARE)
    ends = np.array([_column_rest(seen, matte, strength, by, (left, third, right)) for by in DRIFT_SEARCH])
    starts, stops = DRIFT_SEARCH[int(ends[:, 0].argmin())], DRIFT_SEARCH[int(ends[:, 1].argmin())]
    return float(stops - starts)


def _column_rest(
    seen: Measured, matte: LineMatte, strength: float, across: float, ends: tuple[int, int, int]
) -> tuple[float, float]:
    """What the first and the last third leave unexplained with the matte moved `across` to the right."""
    shape = matte.alpha.shape
    alpha, ink = (warp(one, 0, -across, shape) for one in (matte.alpha, matte.ink))
    rest = (seen.weight * np.minimum((seen.effect - strength * (ink - alpha * seen.under)) ** 2, ROBUST_MAX)).sum(
        axis=0
    )
    left, third, right = ends
    return float(rest[left : left + third].sum()), float(rest[right - third : right].sum())
