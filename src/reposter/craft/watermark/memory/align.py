"""Where a remembered line stands in another video: by its gradients first, then by what the regression leaves over."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from reposter.craft.watermark.memory.record import PlaceRecord
from reposter.craft.watermark.picture import F32, Box, Mask
from reposter.craft.watermark.sums import CENTRE, Sums

EDGE = 24
"""A line may be cut at the edge of a picture by so many pixels and is still found."""
STRONG = 1.0
"""Squared gradient from which a pixel of a template votes."""
SHARE_OF_PEAK = 0.03
LINE_WIDTH_MIN, LINE_HEIGHT_MIN = 20, 6
LINE_ENERGY_MIN = 50.0
CODING_NOISE = 9.0
ROBUST = 100.0
BETTER = 0.85
"""A fraction of a pixel is believed only where it leaves so much less unexplained: whole pixels are the usual case."""
STEPS = (1.0, 0.5, 0.25)
NEIGHBOURS = tuple((down, across) for down in (-1, 0, 1) for across in (-1, 0, 1) if down or across)


@dataclass(frozen=True)
class LinePicture:
    """A line's gradients in the mark's own coordinates: `box` in the canvas, (h, w) of the box each."""

    box: Box
    across: F32
    down: F32


@dataclass(frozen=True)
class Spot:
    """Canvas pixel (y, x) is pixel (y + down, x + across) of the record; `agreement` is a correlation, -1 to 1."""

    agreement: float
    down: float
    across: float


@dataclass(frozen=True)
class Measured:
    """What the sums saw in each pixel: the mark's effect I - B, the picture under it, and how surely (1 / variance)."""

    effect: F32
    under: F32
    weight: F32


@dataclass(frozen=True)
class Fit:
    """How a matte explains a measured effect: at which strength, and the share of the effect's energy left over."""

    strength: float
    unexplained: float


def picture_of_line(across: F32, down: F32, core: Box, rows: tuple[int, int]) -> LinePicture | None:
    """The line between `rows`, cut to where its gradients are; None where hardly any are."""
    inside = np.zeros(across.shape, bool)
    inside[max(core.y0, rows[0]) : min(core.y1, rows[1]), core.x0 : core.x1] = True
    energy = np.where(inside, across * across + down * down, 0)
    if energy.sum() < LINE_ENERGY_MIN:
        return None
    columns, lines = energy.sum(axis=0), energy.sum(axis=1)
    box = Box.around(np.outer(lines > SHARE_OF_PEAK * lines.max(), columns > SHARE_OF_PEAK * columns.max()))
    if box is None or box.width < LINE_WIDTH_MIN or box.height < LINE_HEIGHT_MIN:
        return None
    kept = inside[box.slices]
    return LinePicture(box, _cut(across, box, kept), _cut(down, box, kept))


def find(line: LinePicture, record: PlaceRecord) -> Spot | None:
    """The whole-pixel place where the line's gradients agree best with the record's."""
    across, down = (np.pad(one, EDGE) for one in record.gradients)
    if across.shape[0] < line.box.height or across.shape[1] < line.box.width:
        return None
    alike = _match(across, line.across) + _match(down, line.down)
    energy = line.across**2 + line.down**2
    there = _match(across**2 + down**2, (energy > STRONG).astype(np.float32))
    agreement = alike / np.sqrt(np.maximum(there, 0.02 * there.max() + 1) * float(energy.sum()) + 1e-6)
    y, x = divmod(int(agreement.argmax()), agreement.shape[1])
    return Spot(float(agreement[y, x]), float(y - EDGE - line.box.y0), float(x - EDGE - line.box.x0))


def measured(sums: Sums) -> Measured:
    """The effect that the sums saw; the weight also allows for coding noise, however often they looked."""
    weight = np.maximum(sums.weight, 1e-6)
    sure = np.where(sums.weight > 1e-3, 1 / (1 / weight + CODING_NOISE), 0).astype(np.float32)
    effect, under = (sums.seen - sums.under) / weight, sums.under / weight + np.float32(CENTRE)
    return Measured(np.asarray(effect, np.float32), np.asarray(under, np.float32), sure)


def fit(seen: Measured, alpha: F32, ink: F32, where: Mask | None = None, rounds: int = 6) -> Fit:
    """The strength at which the matte explains `seen`, pixels that disagree counting less with every round."""
    predicted = ink - alpha * seen.under
    sure = seen.weight if where is None else np.where(where, seen.weight, 0)
    believed, strength = sure, 1.0
    for _ in range(rounds):
        energy = float((believed * predicted * predicted).sum())
        strength = float((believed * seen.effect * predicted).sum()) / max(energy, 1e-6)
        rest = (seen.effect - strength * predicted) ** 2
        believed = sure / (1 + rest / ROBUST)
    return Fit(strength, float((sure * rest).sum()) / max(float((sure * seen.effect**2).sum()), 1e-6))


def refined(spot: Spot, region: Box, alpha: F32, ink: F32, record: PlaceRecord) -> tuple[Spot, float]:
    """The same spot to a quarter of a pixel, by the smallest remainder, and that remainder (a share of the energy).

    `alpha` and `ink` are those of the canvas within `region`.
    """
    height, width = record.shape
    top, bottom = max(0, int(spot.down) + region.y0 - 2), min(height, int(spot.down) + region.y1 + 2)
    left, right = max(0, int(spot.across) + region.x0 - 2), min(width, int(spot.across) + region.x1 + 2)
    if bottom - top < LINE_HEIGHT_MIN or right - left < LINE_WIDTH_MIN:
        return spot, 9.0
    box = Box(left, top, right, bottom)
    seen = measured(record.sums_in(box))

    def remainder(down: float, across: float) -> float:
        by = (top - down - region.y0, left - across - region.x0)
        return _remainder(seen, warp(alpha, *by, seen.effect.shape), warp(ink, *by, seen.effect.shape))

    first = best = remainder(spot.down, spot.across)
    place = spot.down, spot.across
    for step in STEPS:
        centre = place
        for down, across in NEIGHBOURS:
            tried = centre[0] + down * step, centre[1] + across * step
            left_over = remainder(*tried)
            if left_over < best:
                best, place = left_over, tried
    if best < BETTER * first:
        return Spot(spot.agreement, *place), best
    return spot, first


def aligned(record: PlaceRecord, spot: Spot, region: Box) -> Sums:
    """The record's sums in the mark's coordinates, those of `region`."""
    shape, (height, width) = (region.height, region.width), record.shape
    down, across = spot.down + region.y0, spot.across + region.x0
    top, left = max(0, int(down) - 1), max(0, int(across) - 1)
    bottom, right = min(height, int(down) + shape[0] + 2), min(width, int(across) + shape[1] + 2)
    if bottom <= top or right <= left:
        return Sums.empty(shape)
    cut = record.sums_in(Box(left, top, right, bottom))
    return Sums(*(warp(one, down - top, across - left, shape) for one in cut.maps()))


def warp(picture: F32, down: float, across: float, shape: tuple[int, ...], fill: float = 0.0) -> F32:
    """out(y, x) = picture(y + down, x + across) on a canvas of `shape`, between pixels bilinear."""
    matrix = np.array([[1, 0, across], [0, 1, down]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(
        picture, matrix, (shape[1], shape[0]), flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=fill
    )
    return np.asarray(moved, np.float32)


def _remainder(seen: Measured, alpha: F32, ink: F32) -> float:
    predicted = ink - alpha * seen.under
    believed, strength = seen.weight, 1.0
    for _ in range(2):
        weighted = believed * predicted
        strength = float((weighted * seen.effect).sum()) / max(float((weighted * predicted).sum()), 1e-6)
        rest = (seen.effect - strength * predicted) ** 2
        believed = np.asarray(seen.weight / (1 + rest / ROBUST), np.float32)
    return float((believed * rest).sum()) / max(float((believed * seen.effect**2).sum()), 1e-6)


def _match(picture: F32, template: F32) -> F32:
    return np.asarray(cv2.matchTemplate(picture, template, cv2.TM_CCORR), np.float32)


def _cut(picture: F32, box: Box, kept: Mask) -> F32:
    return np.ascontiguousarray(np.where(kept, picture[box.slices], 0), np.float32)
