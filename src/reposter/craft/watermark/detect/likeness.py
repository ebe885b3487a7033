"""How alike two pictures of text are, line by line: the lines of a mirrored mark do not move in step."""

from __future__ import annotations

import numpy as np

from reposter.craft.watermark.detect.gradients import Field
from reposter.craft.watermark.picture import F32

SLACK = 2  # pixels by which a line may stand aside: it is aligned to the other end, or set to less than a pixel
LINE_ROWS = 12
GAP_FROM, GAP_TO = 0.3, 0.75  # the gap between two lines is looked for between these heights
COUNTED = 0.4  # of the most energy: emptier rows are no line


def likeness_by_lines(one: Field, other: Field) -> float:
    """Correlation of two pictures of one shape, each of two lines where it fits best; 1: the same."""
    looks = _aside(one, other)
    _, _, mine, theirs = looks[SLACK]
    height = len(mine)
    rows = np.convolve(mine + theirs, np.full(3, 1 / 3), "same")
    first, last = int(GAP_FROM * height), max(int(GAP_TO * height), int(GAP_FROM * height) + 1)
    gap = first + int(np.argmin(rows[first:last]))
    matched = total = 0.0
    for part in (slice(0, gap), slice(gap, height)):
        energy = float(np.sqrt(mine[part].sum() * theirs[part].sum()))
        best = max(float(both[part].sum() / np.sqrt(a[part].sum() * b[part].sum() + 1e-6)) for _, both, a, b in looks)
        matched, total = matched + best * energy, total + energy
    return matched / (total + 1e-6)


def best_line(one: Field, other: Field) -> float:
    """Correlation in the rows of the line where it is best, among those with much of the energy."""
    rows = np.ones(min(LINE_ROWS, one.shape[0]))
    best = 0.0
    for _, both, mine, theirs in _aside(one, other):
        matched, a, b = (np.convolve(part, rows, "valid") for part in (both, mine, theirs))
        energy = np.minimum(a, b)
        counted = energy > COUNTED * energy.max()
        if counted.any():
            best = max(best, float((matched / np.sqrt(a * b + 1e-6))[counted].max()))
    return best


def _aside(one: Field, other: Field) -> list[tuple[int, F32, F32, F32]]:
    """For each shift of `other` to the side: row by row what both have in common, and the energy of each."""
    width = one.shape[1]
    looks = []
    for shift in range(-SLACK, SLACK + 1):
        here = slice(max(0, shift), width + min(0, shift))
        there = slice(max(0, -shift), width + min(0, -shift))
        both = one.across[:, here] * other.across[:, there] + one.down[:, here] * other.down[:, there]
        energies = (one.squared()[:, here].sum(axis=1), other.squared()[:, there].sum(axis=1))
        looks.append((shift, both.sum(axis=1), *energies))
    return looks
