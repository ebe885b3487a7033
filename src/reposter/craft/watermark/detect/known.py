"""Finds a mark whose picture is known: from another video of the source, or from where a person pointed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reposter.craft.watermark.detect.correlation import correlation_map
from reposter.craft.watermark.detect.gradients import Field, SteadyGradients, windows
from reposter.craft.watermark.detect.places import PLACES_MAX, is_near
from reposter.craft.watermark.detect.presence import field_of
from reposter.craft.watermark.mark import Template
from reposter.craft.watermark.picture import Box
from reposter.craft.watermark.samples import Samples

WINDOW_SECONDS = 1.6
WINDOWS_MAX = 16
CORRELATION_MIN = 0.65
"""Third best window: drawn siblings reach 0.72 and more, other marks of like letters 0.58 and less."""
SEVERAL_WINDOWS = 3
CORRELATION_MIN_FEW = 0.7
"""What one or two windows must reach where the clip has no more."""
SAME_PLACE_PIXELS = 3


@dataclass(frozen=True)
class Match:
    """Small boxes where a known picture stands, the ones seen most often first, and its mean correlation there."""

    places: tuple[Box, ...]
    correlation: float


def steady_windows(samples: Samples, gradients: SteadyGradients) -> list[Field]:
    """Steady gradients of spans all over the clip, for `find_known`; at most 30 MB."""
    spans = windows(samples.times.tolist(), WINDOW_SECONDS, WINDOWS_MAX)
    return [gradients.over(span) for span in spans]


def find_known(steady: Sequence[Field], template: Template) -> Match | None:
    """Search the template in each of the `steady` windows; it must be found in several."""
    wanted = field_of(template)
    height, width = steady[0].shape
    if wanted.shape[0] > height or wanted.shape[1] > width:
        return None
    peaks = [_peak(one, wanted) for one in steady]
    needed = min(SEVERAL_WINDOWS, len(steady))
    bar = CORRELATION_MIN if len(steady) >= SEVERAL_WINDOWS else CORRELATION_MIN_FEW
    good = sorted((one for one in peaks if one[1] >= bar), key=lambda one: -one[1])
    if len(good) < needed:
        return None
    places = _places([place for place, _ in good])
    return Match(places, float(np.mean([height for _, height in good]))) if places else None


def _peak(steady: Field, wanted: Field) -> tuple[Box, float]:
    correlation = correlation_map(steady, wanted)
    row, column = (int(at) for at in np.unravel_index(int(correlation.argmax()), correlation.shape))
    height, width = wanted.shape
    return Box(column, row, column + width, row + height), float(correlation[row, column])


def _places(found: Sequence[Box]) -> tuple[Box, ...]:
    """Distinct places, the one seen most often first; of places a pixel apart the best correlated stays."""
    distinct: list[Box] = []
    for place in found:
        if not is_near(place, distinct):
            distinct.append(place)
    seen = [sum(_is_same(place, one) for one in found) for place in distinct]
    ranked = sorted(zip(seen, range(len(distinct)), strict=True), key=lambda one: (-one[0], one[1]))
    return tuple(distinct[index] for _, index in ranked[:PLACES_MAX])


def _is_same(one: Box, other: Box) -> bool:
    return abs(one.x0 - other.x0) <= SAME_PLACE_PIXELS and abs(one.y0 - other.y0) <= SAME_PLACE_PIXELS
