"""Which siblings stay when there are too many."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from reposter.craft.watermark.memory.gate import INK
from reposter.craft.watermark.memory.known import KnownMark, recalled

SIBLINGS_MAX = 12


def most_informative(mark: KnownMark) -> KnownMark:
    """The mark with at most `SIBLINGS_MAX` siblings: its base, then those whose backgrounds fix the opacity best.

    Siblings that fit go before those that do not, earlier ones before equals.
    """
    count = len(mark.siblings)
    if count <= SIBLINGS_MAX:
        return mark
    worth = [_information(mark, number) for number in range(count)]
    order = sorted(range(count), key=lambda number: (number != mark.base, -worth[number], number))
    kept = sorted(order[:SIBLINGS_MAX])
    numbers = {old: new for new, old in enumerate(kept)}
    table = []
    for line in mark.lines:
        placements = tuple(
            replace(one, sibling=numbers[one.sibling]) for one in line.placements if one.sibling in numbers
        )
        if placements:
            table.append((line.line, line.layout, placements))
    return recalled([mark.siblings[number] for number in kept], numbers[mark.base], table)


def _information(mark: KnownMark, number: int) -> float:
    """Precision of the slope that this sibling alone fixes, summed over the ink of all lines."""
    total = 0.0
    for line in mark.lines:
        voice = line.voices.get(number)
        if voice is None:
            continue
        ink = line.matte.alpha > INK
        weight = np.maximum(voice.weight[ink], 1e-6)
        total += float((voice.under_squared[ink] - voice.under[ink] ** 2 / weight).sum())
    return total
