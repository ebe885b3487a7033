"""Splits a mark into its text lines and finds each of them again at the other places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from reposter.craft.watermark.estimate.effect import Effect
from reposter.craft.watermark.estimate.places import Place
from reposter.craft.watermark.mark import Line
from reposter.craft.watermark.picture import F32, Box, Mask
from reposter.craft.watermark.sums import shift_mask

AGREEMENT_MIN = 0.38  # a line with less is not the same line
ROWS_OF_TEXT = 0.06  # of the fullest row's energy
GAP_FROM, GAP_TO = 0.30, 0.75  # the gap between two lines is looked for between these heights of the block
LINE_SHARE_MIN = 0.12  # of the energy is in each of two lines
EDGE_OF_TEXT = 0.03
SLACK = 4  # pixels by which the layout may differ from place to place
PREFERRED, PREFERRED_BY = 0.5, 0.12  # the same layout wins unless another place agrees clearly better


@dataclass(frozen=True)
class _Match:
    agreement: float
    down: int
    across: int


def split_lines(effect: Effect, core: Mask) -> tuple[Line, ...]:
    """One or two lines, cut at the emptiest row in the middle of the block; together they have all rows."""
    rows = np.where(core, effect.energy, 0).sum(axis=1)
    rows = np.convolve(rows, np.full(5, 0.2), "same")
    full = np.flatnonzero(rows > ROWS_OF_TEXT * rows.max())
    height = len(rows)
    if not len(full):
        return (Line(0, height),)
    top, bottom = full[0], full[-1] + 1
    above = np.cumsum(rows) / rows.sum()
    both = np.flatnonzero((above > LINE_SHARE_MIN) & (above < 1 - LINE_SHARE_MIN))
    if not len(both):  # a single row has nearly all of it
        return (Line(0, height),)
    first = max(top + int(GAP_FROM * (bottom - top)), int(both[0]))
    last = min(top + int(GAP_TO * (bottom - top)), int(both[-1]) + 1)
    if last - first < 4:
        return (Line(0, height),)
    gap = int(first + np.argmin(rows[first:last]))
    return Line(0, gap), Line(gap, height)


def align_lines(
    lines: Sequence[Line], effects: Sequence[Effect], places: Sequence[Place], reference: int
) -> tuple[tuple[Line | None, ...], ...]:
    """For each place, the lines as they stand there; None where one is not found again."""
    return tuple(
        tuple(lines)
        if index == reference
        else tuple(_find(line, effects[reference], effects[index], places[reference], place) for line in lines)
        for index, place in enumerate(places)
    )


def reference_of(effects: Sequence[Effect], places: Sequence[Place]) -> int:
    """The place that the others agree with best: of one where the scene moves little, the scene looks like ink too."""

    def agreement(index: int) -> float:
        picture = effects[index].within(places[index].core(12))
        block = _block(picture.energy)
        if block is None:
            return 0.0
        found = (
            _best(picture, block, effects[k], _layout_shift(places[index], place), SLACK)
            for k, place in enumerate(places)
            if k != index
        )
        return sum(one.agreement for one in found if one)

    return max(range(len(places)), key=lambda index: (agreement(index), len(places[index].on)))


def rows_of(line: Line, shape: tuple[int, int], onto: tuple[int, int]) -> Mask:
    """The rows of a line, from a reference place of `shape`, where it stands on one of shape `onto`."""
    mask = np.zeros(shape, bool)
    mask[line.top : line.bottom] = True
    return shift_mask(mask, line.down, line.across, onto)


def _find(line: Line, effect: Effect, other: Effect, place: Place, elsewhere: Place) -> Line | None:
    rows = np.zeros(place.shape, bool)
    rows[line.top : line.bottom] = True
    picture = effect.within(place.core(12) & rows)
    block = _block(picture.energy)
    if block is None:
        return None
    match = _match(picture, block, other, _layout_shift(place, elsewhere))
    if match is None or match.agreement <= AGREEMENT_MIN:
        return None
    return Line(line.top, line.bottom, match.down, match.across)


def _block(energy: F32) -> Box | None:
    if energy.sum() < 1:
        return None
    columns, rows = energy.sum(axis=0), energy.sum(axis=1)
    full = (rows > EDGE_OF_TEXT * rows.max())[:, None] & (columns > EDGE_OF_TEXT * columns.max())
    return Box.around(full)


def _layout_shift(place: Place, elsewhere: Place) -> tuple[int, int]:
    """How far (down, across) the matched part sits from where it sits in the reference place's box."""
    down = (elsewhere.matched.y0 - elsewhere.box.y0) - (place.matched.y0 - place.box.y0)
    across = (elsewhere.matched.x0 - elsewhere.box.x0) - (place.matched.x0 - place.box.x0)
    return down, across


def _match(picture: Effect, block: Box, other: Effect, expected: tuple[int, int]) -> _Match | None:
    """Where the layout has it if it agrees well there; else the best place in these rows."""
    near = _best(picture, block, other, expected, SLACK)
    if near and near.agreement > PREFERRED:
        return near
    anywhere = _best(picture, block, other, expected, other.across.shape[1])
    if anywhere and near and near.agreement > anywhere.agreement - PREFERRED_BY:
        return near
    return anywhere


def _best(picture: Effect, block: Box, other: Effect, expected: tuple[int, int], reach: int) -> _Match | None:
    """The best agreement within SLACK rows and `reach` columns of the expected shift."""
    height, width = other.across.shape
    top, bottom = max(0, block.y0 + expected[0] - SLACK), min(height, block.y1 + expected[0] + SLACK)
    left, right = max(0, block.x0 + expected[1] - reach), min(width, block.x1 + expected[1] + reach)
    if bottom - top < block.height or right - left < block.width:
        return None
    agreement = _correlation(picture.cut(*block.slices), other.cut(slice(top, bottom), slice(left, right)))
    row, column = _peak(agreement)
    return _Match(float(agreement[row, column]), row + top - block.y0, column + left - block.x0)


def _correlation(template: Effect, searched: Effect) -> F32:
    """Normalised correlation of the gradients at every place of `searched`."""
    both = cv2.matchTemplate(searched.across, template.across, cv2.TM_CCORR)
    both = both + cv2.matchTemplate(searched.down, template.down, cv2.TM_CCORR)
    ink = (template.energy > 1).astype(np.float32)
    energy = cv2.matchTemplate(searched.energy, ink, cv2.TM_CCORR)
    return np.asarray(both / np.sqrt(np.maximum(energy, 1) * float(template.energy.sum())), np.float32)


def _peak(surface: F32) -> tuple[int, int]:
    row, column = divmod(int(surface.argmax()), surface.shape[1])
    return row, column
