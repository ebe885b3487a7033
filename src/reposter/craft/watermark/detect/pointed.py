"""A mark where a person pointed: whatever stays there is its picture, moving or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reposter.craft.watermark.detect.gradients import Field
from reposter.craft.watermark.detect.known import find_known
from reposter.craft.watermark.detect.places import PLACES_MAX, is_near
from reposter.craft.watermark.detect.presence import template_of
from reposter.craft.watermark.mark import Template
from reposter.craft.watermark.picture import Box

ALIKE_MIN = 0.5
"""Correlation of two windows that show the same picture."""
INK_PIXELS_MIN = 40
MARGIN_PIXELS = 3


@dataclass(frozen=True)
class Pointed:
    """The picture that stays in a pointed region, the small boxes where it stands, and how alike its looks are."""

    template: Template
    places: tuple[Box, ...]
    agreement: float


def find_pointed(steady: Sequence[Field], region: Box) -> Pointed | None:
    """The picture that stays inside the small box `region` in the `steady` windows, and its other places."""
    picture, agreement = _common_picture([one.cut(region) for one in steady])
    template = template_of(picture)
    ink = template.mask & (picture.squared() > 16)
    tight = Box.around(ink)
    stays = agreement > 0 or len(steady) == 1
    if tight is None or not stays or int(ink.sum()) < INK_PIXELS_MIN:
        return None
    tight = Box(
        max(0, tight.x0 - MARGIN_PIXELS),
        max(0, tight.y0 - MARGIN_PIXELS),
        min(region.width, tight.x1 + MARGIN_PIXELS),
        min(region.height, tight.y1 + MARGIN_PIXELS),
    )
    template = template_of(picture.cut(tight))
    places = [tight.moved(region.x0, region.y0)]
    elsewhere = find_known(steady, template)
    for place in elsewhere.places if elsewhere else ():
        if not is_near(place, places) and len(places) < PLACES_MAX:
            places.append(place)
    return Pointed(template, tuple(places), agreement)


def _common_picture(fields: Sequence[Field]) -> tuple[Field, float]:
    """The mean of the windows that look alike: a mark that jumps is not in all of them."""
    alike = np.array([[one.agreement(other) for other in fields] for one in fields])
    seed = int(np.argmax((np.maximum(alike, 0) ** 2).sum(axis=0)))
    members = [index for index in range(len(fields)) if index == seed or alike[seed, index] >= ALIKE_MIN]
    total = fields[seed]
    for index in members:
        if index != seed:
            total = total.plus(fields[index])
    others = [float(alike[seed, index]) for index in members if index != seed]
    return total.times(1 / len(members)), float(np.mean(others)) if others else 0.0
