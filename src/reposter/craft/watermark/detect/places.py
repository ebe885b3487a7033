"""Further places of a picture that is known from one jump."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reposter.craft.watermark.detect.correlation import correlate, correlation_at
from reposter.craft.watermark.detect.gradients import Field, SteadyGradients
from reposter.craft.watermark.detect.presence import Presence, field_of, measure_presence, runs
from reposter.craft.watermark.mark import Template
from reposter.craft.watermark.picture import Box
from reposter.craft.watermark.samples import Samples

PLACES_MAX = 5
SPANS_SEARCHED_MAX = 6
UNEXPLAINED_LOOKS = 2
STRENGTH_MIN = 0.3
GAIN_MIN = 0.05
"""A further place must explain so much more of the time,"""
CORRELATION_MIN = 0.6
"""or show the picture as clearly as this: the clip may begin or end just after a jump."""


def add_places(
    samples: Samples,
    gradients: SteadyGradients,
    template: Template,
    places: Sequence[Box],
    presence: Presence,
) -> tuple[tuple[Box, ...], Presence]:
    """Search the picture in the longest spans that show it at none of `places` (small boxes of its size)."""
    found = list(places)
    searched: set[tuple[int, int]] = set()
    for _ in range(SPANS_SEARCHED_MAX):
        spans = [one for one in _unexplained(presence) if one not in searched]
        if not spans or len(found) >= PLACES_MAX:
            break
        start, end = max(spans, key=lambda one: one[1] - one[0])
        searched.add((start, end))
        inset = 1 if end - start > 3 else 0  # the ends may be in the middle of a jump
        steady = gradients.over(range(start + inset, end - inset))
        place, strength = strongest_place(steady, template)
        if strength < STRENGTH_MIN or is_near(place, found):
            continue
        more = measure_presence(samples, template, [*found, place])
        is_clear = correlation_at(steady, field_of(template), place) >= CORRELATION_MIN
        if more.long_share - presence.long_share >= GAIN_MIN or (is_clear and more.coverage > presence.coverage):
            found.append(place)
            presence = more
    return tuple(found), presence


def strongest_place(steady: Field, template: Template) -> tuple[Box, float]:
    """Where the picture stands with the most strength (1: as in the template)."""
    wanted = field_of(template)
    strength = correlate(steady, wanted) / np.float32(wanted.dot(wanted) + 1e-6)
    row, column = np.unravel_index(int(strength.argmax()), strength.shape)
    height, width = wanted.shape
    place = Box(int(column), int(row), int(column) + width, int(row) + height)
    return place, float(strength[row, column])


def is_near(place: Box, others: Sequence[Box]) -> bool:
    """Too close to be a place of its own."""
    return any(
        abs(place.x0 - other.x0) < 0.6 * place.width and abs(place.y0 - other.y0) < 0.6 * place.height
        for other in others
    )


def _unexplained(presence: Presence) -> list[tuple[int, int]]:
    return [
        (start, end)
        for start, end, is_shown in runs(presence.is_shown)
        if not is_shown and end - start >= UNEXPLAINED_LOOKS
    ]
