"""What a known mark says about one more video: which lines fit, and the video's mattes with their help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from reposter.craft.watermark.mark import Estimate, Matte
from reposter.craft.watermark.memory.align import Spot, aligned, find, refined, warp
from reposter.craft.watermark.memory.gate import SIDE, Evidence, weigh
from reposter.craft.watermark.memory.known import FOUND_AT, KnownLine, KnownMark, layout_of
from reposter.craft.watermark.memory.pool import LineMatte, at_full_strength, combine, limited
from reposter.craft.watermark.memory.record import PlaceRecord, Sibling
from reposter.craft.watermark.picture import F32, Mask
from reposter.craft.watermark.sums import Sums

ALPHA_MAX = 0.97


@dataclass(frozen=True)
class Recognised:
    """A known line that was looked for in a video: where it stands in the record of each place, and how far (down,
    across) the canvas lies in the place's box; the video's sums in the line's region; what speaks for it."""

    line: KnownLine
    spots: Mapping[int, Spot]
    corners: Mapping[int, tuple[float, float]]
    sums: Sums
    evidence: Evidence


def recognise(mark: KnownMark, target: Sibling) -> tuple[Recognised, ...]:
    """Every line of `mark` that may stand in `target`, in each layout found there, whether it fits or not."""
    standing: dict[tuple[int, int], dict[int, Spot]] = {}
    for record in target.places:
        for line, spot in _lines_at(mark, record):
            standing.setdefault((line.line, line.layout), {})[record.place] = spot
    records = {record.place: record for record in target.places}
    scale = min(target.size) / SIDE
    found = []
    for line in mark.lines:
        spots = standing.get((line.line, line.layout))
        if spots:
            sums = _sum_over([aligned(records[one], spot, line.region) for one, spot in spots.items()])
            corners = {k: (spot.down + records[k].down, spot.across + records[k].across) for k, spot in spots.items()}
            agreement = max(spot.agreement for spot in spots.values())
            found.append(Recognised(line, spots, corners, sums, weigh(agreement, sums, line.matte, scale)))
    return tuple(found)


def joined(line: KnownLine, sums: Sums, strength: float) -> LineMatte:
    """The line's matte with the video's own sums as one more voice, at the video's strength."""
    matte = combine([*line.voices.values(), limited(at_full_strength(sums, strength))])
    alpha = np.clip(matte.alpha * np.float32(strength), 0, ALPHA_MAX)
    return LineMatte(1 - alpha, matte.ink * np.float32(strength), matte.variance * np.float32(strength**2))


def with_line(estimate: Estimate, one: Recognised, matte: LineMatte, canvas: tuple[int, int]) -> Estimate:
    """The estimate with `matte` in the rows of a recognised line, wherever it stands; `canvas`: the mark's shape."""
    mattes = list(estimate.mattes)
    for place, corner in one.corners.items():
        mattes[place] = _put(mattes[place], one.line, matte, corner, canvas)
    return replace(estimate, mattes=tuple(mattes))


def _lines_at(mark: KnownMark, record: PlaceRecord) -> list[tuple[KnownLine, Spot]]:
    """Each line once, in the layout that this place has, or in the one that explains it better if that is open."""
    layout = _layout_at(mark, record)
    best: dict[int, tuple[float, KnownLine, Spot]] = {}
    for line in mark.lines:
        if layout is not None and line.layout != layout:
            continue
        spot = find(line.picture, record)
        if spot is None:
            continue
        left_over = 1.0
        if spot.agreement >= FOUND_AT:
            spot, left_over = refined(spot, line.region, line.matte.alpha, line.matte.ink, record)
        if line.line not in best or left_over < best[line.line][0]:
            best[line.line] = (left_over, line, spot)
    return [(line, spot) for left_over, line, spot in best.values()]


def _layout_at(mark: KnownMark, record: PlaceRecord) -> int | None:
    for layout in sorted({line.layout for line in mark.lines}):
        pictures = {line.line: (line.rows, line.picture) for line in mark.lines if line.layout == layout}
        found = layout_of(pictures, record)
        if found is not None:
            return found
    return None


def _sum_over(several: Sequence[Sums]) -> Sums:
    total = several[0]
    for one in several[1:]:
        total = total.plus(one)
    return total


def _put(matte: Matte, line: KnownLine, new: LineMatte, by: tuple[float, float], canvas: tuple[int, int]) -> Matte:
    down, across = by
    shape = matte.see_through.shape
    rows = _rows(line, down, canvas[0], shape[0])
    moved = [warp(one, -down - line.region.y0, -across - line.region.x0, shape) for one in (new.alpha, new.ink)]
    variance = warp(new.variance, -down - line.region.y0, -across - line.region.x0, shape)
    see_through, ink = matte.see_through.copy(), matte.ink.copy()
    see_through[rows], ink[rows] = 1 - moved[0][rows], moved[1][rows]
    own = matte.variance.copy()
    own[rows] = np.where(moved[0][rows] > 0, variance[rows], own[rows])
    return _tinted(replace(matte, see_through=see_through, ink=ink, variance=own), matte)


def _rows(line: KnownLine, down: float, canvas_height: int, height: int) -> slice:
    """The line's own rows at a place; the first and the last line reach to its edges."""
    top = 0 if line.rows[0] == 0 else line.rows[0] + round(down)
    bottom = height if line.rows[1] >= canvas_height else line.rows[1] + round(down)
    return slice(max(0, top), max(0, min(height, bottom)))


def _tinted(matte: Matte, blind: Matte) -> Matte:
    """Chroma that follows the new α, with the tint that the video itself showed."""
    see_through = _halved(matte.see_through)
    inked: Mask = see_through < 1

    def moved(ink: F32) -> F32:
        tint = ink - (1 - blind.chroma_see_through) * 128
        return np.asarray(np.where(inked, (1 - see_through) * 128 + tint, 0), np.float32)

    return replace(matte, chroma_see_through=see_through, ink_u=moved(blind.ink_u), ink_v=moved(blind.ink_v))


def _halved(picture: F32) -> F32:
    height, width = picture.shape
    return np.asarray(picture.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3)), np.float32)
