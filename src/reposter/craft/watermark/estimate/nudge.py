"""Finds a line's place to a quarter of a pixel: the shift that explains best what is seen there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from reposter.craft.watermark.estimate.solving import Solution
from reposter.craft.watermark.mark import Line
from reposter.craft.watermark.picture import F32, Box
from reposter.craft.watermark.sums import CENTRE, Sums, moved

STEPS = (0.5, 0.25)
CLEARLY_BETTER = 0.85  # of the residual at the whole pixel
MARGIN = 6
ALPHA_MIN = 0.02


@dataclass(frozen=True)
class _Seen:
    """What one place shows around a line: mean luma under the mark, mean effect, and its weight."""

    under: F32
    effect: F32
    weight: F32


def settled(line: Line, solution: Solution, sums: Sums) -> Line:
    """The line with its rests.

    `solution` is that of the reference place, `sums` are those of the place where the line was found.
    """
    rows = slice(line.top, line.bottom)
    alpha, ink = np.zeros_like(solution.ink), np.zeros_like(solution.ink)
    alpha[rows], ink[rows] = 1 - solution.see_through[rows], solution.ink[rows]
    block = Box.around(alpha > ALPHA_MIN)
    if block is None:
        return line
    window = _around(block.moved(line.across, line.down), sums.shape)
    seen = _seen(sums, window)
    start = line.down - window.y0, line.across - window.x0

    def unexplained(down: float, across: float) -> float:
        shape = window.height, window.width
        there = (start[0] + down, start[1] + across)
        return _unexplained(seen, moved(alpha, *there, shape), moved(ink, *there, shape))

    at = (0.0, 0.0)
    whole = least = unexplained(*at)
    for step in STEPS:
        tried = [(at[0] + down * step, at[1] + across * step) for down in (-1, 0, 1) for across in (-1, 0, 1)]
        residuals = {place: unexplained(*place) for place in tried if place != at}
        best = min(residuals, key=lambda place: residuals[place])
        if residuals[best] < least:
            at, least = best, residuals[best]
    return replace(line, down_rest=at[0], across_rest=at[1]) if least < CLEARLY_BETTER * whole else line


def _around(block: Box, shape: tuple[int, int]) -> Box:
    return Box(
        max(0, block.x0 - MARGIN),
        max(0, block.y0 - MARGIN),
        min(shape[1], block.x1 + MARGIN),
        min(shape[0], block.y1 + MARGIN),
    )


def _seen(sums: Sums, window: Box) -> _Seen:
    weight, under, seen = (one[window.slices] for one in (sums.weight, sums.under, sums.seen))
    count = np.maximum(weight, np.float32(1e-6))
    trust = np.where(weight > 1e-3, 1 / (1 / count + 9), 0)
    return _Seen(
        np.asarray(under / count + CENTRE, np.float32),
        np.asarray((seen - under) / count, np.float32),
        np.asarray(trust, np.float32),
    )


def _unexplained(seen: _Seen, alpha: F32, ink: F32) -> float:
    """Share of the effect's energy that the mark, in its best strength, leaves (robust least squares)."""
    predicted = ink - alpha * seen.under
    weight, gain = seen.weight, 1.0
    for _ in range(2):
        energy = float((weight * predicted * predicted).sum())
        gain = float((weight * seen.effect * predicted).sum()) / max(energy, 1e-6)
        weight = np.asarray(seen.weight / (1 + (seen.effect - gain * predicted) ** 2 / 100), np.float32)
    left = seen.effect - gain * predicted
    return float((weight * left * left).sum()) / max(float((weight * seen.effect * seen.effect).sum()), 1e-6)
