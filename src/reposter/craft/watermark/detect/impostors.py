"""What jumps like a mark and is none.

An editor cuts between two rooms, each with a sign on its wall; two name plates share half a word; a list's white box
moves down; lamps blink. What they have in common with a mark is the echo; here is what tells them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import cv2
import numpy as np

from reposter.craft.watermark.detect.gradients import Field, SteadyGradients, spread
from reposter.craft.watermark.detect.lettering import is_lettered
from reposter.craft.watermark.detect.likeness import best_line
from reposter.craft.watermark.detect.presence import field_of
from reposter.craft.watermark.mark import Template
from reposter.craft.watermark.picture import F32, Box, Mask
from reposter.craft.watermark.samples import Samples

LOOKS_COMPARED = 12
SIDE_PIXELS = 60
STEP_MIN = 6.0
BESIDE_MAX = 0.35
"""Energy that comes and goes with the picture to the left and right of it, unmatched, as a share of its own. Drawn
marks have 0.03 at one place or the other, name plates 0.5 at both."""
LINE_AGREEMENT_MIN = 0.52
"""Of the two places, in the line of text that agrees best: a mark repeats at least one of its lines whole, name plates
share some letters. Higher, it would refuse marks over restless scenes."""
FROZEN_MAX, LIVELY_MIN = 1.5, 4.0
"""Mean deviation of brightness: of an opaque area there is none but the coding's, of a scene that moves."""
FROZEN_SHARE_MIN = 0.6
"""Plates and lamps have 0.8, marks 0.3 at the most."""
PIXELS_MIN = 60


class Impostor(StrEnum):
    """What a picture that jumps was found to be."""

    EDGES = "edges"  # lines, no letters
    CUTS = "cuts"  # it only changes place when the whole scene does
    HALF = "half"  # a part of something longer that differs
    SOLID = "solid"  # a plate or a lamp: nothing shines through


def unmask(
    samples: Samples,
    gradients: SteadyGradients,
    template: Template,
    places: Sequence[Box],
    states: Sequence[int],
    cuts: Sequence[int],
) -> Impostor | None:
    """What the picture is if it is no mark; `places` are small boxes, `states` the place in each look."""
    if not is_lettered(field_of(template)):
        return Impostor.EDGES
    if _changes_only_with(cuts, states):
        return Impostor.CUTS
    stays = [_Stay(samples, place, states, number) for number, place in enumerate(places)]
    stays = [one for one in stays if one.is_known]
    if stays and min(one.beside(gradients) for one in stays) > BESIDE_MAX:
        return Impostor.HALF
    if len(stays) > 1 and best_line(stays[0].change(gradients), stays[1].change(gradients)) < LINE_AGREEMENT_MIN:
        return Impostor.HALF
    frozen = [share for one in stays if (share := one.frozen_share(template)) is not None]
    if frozen and max(frozen) > FROZEN_SHARE_MIN:
        return Impostor.SOLID
    return None


def _changes_only_with(cuts: Sequence[int], states: Sequence[int]) -> bool:
    """Whether each change of place falls on a cut, give or take a look."""
    changes = [look for look in range(1, len(states)) if states[look] != states[look - 1]]
    near = {look + offset for look in cuts for offset in (-1, 0, 1)}
    return bool(changes) and all(look in near for look in changes)


class _Stay:
    """One place, in looks that surely show the picture there and in looks that surely do not."""

    def __init__(self, samples: Samples, place: Box, states: Sequence[int], number: int) -> None:
        inner = range(1, len(states) - 1)
        around = [{states[look - 1], states[look], states[look + 1]} for look in inner]
        self._samples, self._place = samples, place
        self._with = spread(
            [look for look, near in zip(inner, around, strict=True) if near == {number}], LOOKS_COMPARED
        )
        self._without = spread(
            [look for look, near in zip(inner, around, strict=True) if number not in near], LOOKS_COMPARED
        )

    @property
    def is_known(self) -> bool:
        return min(len(self._with), len(self._without)) >= 3

    def change(self, gradients: SteadyGradients) -> Field:
        """What the picture's presence changes at its place, over many looks."""
        shown, hidden = (gradients.inside(self._place, looks) for looks in (self._with, self._without))
        return shown.minus(hidden)

    def beside(self, gradients: SteadyGradients) -> float:
        """Energy that comes and goes at both sides, as a share of the picture's own."""
        place = self._place
        width = self._samples.small[0].shape[1]
        wide = Box(max(0, place.x0 - SIDE_PIXELS), place.y0, min(width, place.x1 + SIDE_PIXELS), place.y1)
        change = gradients.inside(wide, self._with).minus(gradients.inside(wide, self._without)).squared()
        change[change < STEP_MIN * STEP_MIN] = 0
        own = float(change[:, place.x0 - wide.x0 : place.x1 - wide.x0].sum())
        return (float(change.sum()) - own) / (own + 1e-6)

    def frozen_share(self, template: Template) -> float | None:
        """Share of the lively pixels between the strokes that stand still under the picture; None: nothing moves."""
        height, width = self._samples.small[0].shape
        wide = self._place.grown(20, 20, (width, height))
        shown, hidden = (self._deviation(wide, looks) for looks in (self._with, self._without))
        between = np.zeros(shown.shape, np.bool_)
        between[self._place.moved(-wide.x0, -wide.y0).slices] = _between_strokes(template)
        outside = np.ones(shown.shape, np.bool_)
        outside[self._place.grown(4, 4, (width, height)).moved(-wide.x0, -wide.y0).slices] = False
        lively = between & (hidden > LIVELY_MIN)
        if int(lively.sum()) < PIXELS_MIN or float(np.median(shown[outside])) < LIVELY_MIN:
            return None
        return float((shown[lively] < FROZEN_MAX).mean())

    def _deviation(self, box: Box, looks: Sequence[int]) -> F32:
        stack = np.stack([self._samples.small[look][box.slices] for look in looks]).astype(np.float32)
        return np.asarray(np.abs(stack - np.median(stack, axis=0)).mean(axis=0), np.float32)


def _between_strokes(template: Template) -> Mask:
    """Pixels inside the outline of the strong edges, but not on one."""
    strong = cv2.morphologyEx(template.mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(strong)
    for label in range(1, count):
        if stats[label][cv2.CC_STAT_AREA] < 12:
            strong[labels == label] = 0
    tight = Box.around(strong > 0)
    between = np.zeros(template.mask.shape, np.bool_)
    if tight is not None:
        between[tight.slices] = True
    strokes = cv2.dilate(template.mask.astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(between & (strokes == 0), np.bool_)
