"""A mark that several videos showed: its lines, each with what every video says about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reposter.craft.watermark.memory.align import (
    LinePicture,
    Spot,
    aligned,
    find,
    fit,
    measured,
    picture_of_line,
    refined,
)
from reposter.craft.watermark.memory.gate import INK, SIDE, weigh
from reposter.craft.watermark.memory.pool import LineMatte, at_full_strength, combine, limited
from reposter.craft.watermark.memory.record import PlaceRecord, Sibling
from reposter.craft.watermark.picture import F32, Box
from reposter.craft.watermark.sums import CENTRE, Sums

FOUND_AT = 0.45
"""Agreement of gradients from which a line may be the same; what decides is the gate."""
LEFT_OVER_MAX = 0.3
SAME_LAYOUT_PIXELS = 3.0
"""Lines that lie further apart sideways are drawn aligned to the other side, at other fractions of a pixel."""
REGION_MARGIN = 24
STRENGTH_ROUNDS = 2
GATED_FROM = 3  # of two videos that differ nobody can say which is right
BASE_CANDIDATES_MAX = 5
NAMED_MAX = 2  # lines that decide how well a sibling would serve as base


@dataclass(frozen=True)
class Placement:
    """Place `place` of sibling `sibling` shows the line at `spot`; the mark is `strength` times the base's there."""

    sibling: int
    place: int
    spot: Spot
    strength: float = 1.0


@dataclass(frozen=True)
class KnownLine:
    """Line number `line` as pictures of layout `layout` show it (0: as the base does). `rows` of the canvas are its
    own; `voices` are the limited sums of each sibling that shows it, in `region`, by its number."""

    line: int
    layout: int
    rows: tuple[int, int]
    picture: LinePicture
    region: Box
    placements: tuple[Placement, ...]
    voices: dict[int, Sums]
    matte: LineMatte


@dataclass(frozen=True)
class KnownMark:
    """Siblings of one picture size that show one mark; canvas and rows are those of sibling `base`."""

    siblings: tuple[Sibling, ...]
    base: int
    lines: tuple[KnownLine, ...]

    @property
    def size(self) -> tuple[int, int]:
        return self.siblings[0].size

    @property
    def placed(self) -> frozenset[int]:
        """Numbers of the siblings whose sums are used."""
        return frozenset(one for line in self.lines for one in line.voices)


def know(siblings: Sequence[Sibling]) -> KnownMark:
    """Find the lines of the best sibling in all others and pool what they know, twice: the second search has the
    clean picture of the first pool to look for."""
    base = choose_base(siblings)
    pictures = base_pictures(siblings[base])
    layouts = [[layout_of(pictures, record) or 0 for record in one.places] for one in siblings]
    lines = []
    for layout in sorted({one for places in layouts for one in places}):
        chosen = [(s, p) for s, places in enumerate(layouts) for p, one in enumerate(places) if one == layout]
        for number, (rows, picture) in pictures.items():
            line = _known_line(siblings, base, chosen, (number, layout, rows), picture)
            if line is not None:
                lines.append(line)
    return KnownMark(tuple(siblings), base, tuple(lines))


def extended(
    mark: KnownMark, sibling: Sibling, shown: Iterable[tuple[KnownLine, Mapping[int, Spot], float]]
) -> KnownMark:
    """The mark with one more sibling, that shows the given lines at the given spots (by place) with a strength.

    The base and the lines stay, so that learning costs the same however many are known.
    """
    number = len(mark.siblings)
    siblings = (*mark.siblings, sibling)
    new = {
        (line.line, line.layout): tuple(Placement(number, place, spot, strength) for place, spot in spots.items())
        for line, spots, strength in shown
    }
    table = [(one.line, one.layout, (*one.placements, *new.get((one.line, one.layout), ()))) for one in mark.lines]
    return recalled(siblings, mark.base, table)


def recalled(
    siblings: Sequence[Sibling], base: int, table: Iterable[tuple[int, int, tuple[Placement, ...]]]
) -> KnownMark:
    """The same mark again from its siblings and, for each line, its number, layout and placements."""
    pictures = base_pictures(siblings[base])
    lines = []
    for number, layout, placements in table:
        rows, picture = pictures[number]
        lines.append(_pooled(siblings, base, (number, layout, rows), picture, placements))
    return KnownMark(tuple(siblings), base, tuple(lines))


def base_pictures(base: Sibling) -> dict[int, tuple[tuple[int, int], LinePicture]]:
    """Rows and gradients of each line that the sibling shows clearly enough, by its number."""
    across, down = base.places[base.reference].gradients
    found = {}
    for number, line in enumerate(base.lines):
        picture = picture_of_line(across, down, base.core, (line.top, line.bottom))
        if picture is not None:
            found[number] = ((line.top, line.bottom), picture)
    return found


def layout_of(pictures: dict[int, tuple[tuple[int, int], LinePicture]], record: PlaceRecord) -> int | None:
    """0 where the first two lines stand as in the base, 1 where the second is moved aside; None if one is missing."""
    spots = [find(picture, record) for _, (_, picture) in sorted(pictures.items())[:NAMED_MAX]]
    seen = [one for one in spots if one is not None and one.agreement > FOUND_AT]
    if len(seen) < NAMED_MAX:
        return None
    return int(abs(seen[1].across - seen[0].across) > SAME_LAYOUT_PIXELS)


def choose_base(siblings: Sequence[Sibling]) -> int:
    """The sibling whose lines are best found again in the others. Most ink would be the wrong choice: it is the
    background's."""
    first = range(min(len(siblings), BASE_CANDIDATES_MAX))
    scores = []
    for candidate in first:
        pictures = [picture for _, picture in base_pictures(siblings[candidate]).values()]
        others = [siblings[other] for other in first if other != candidate]
        agreement = [_agreement_with(picture, other) for picture in pictures for other in others]
        scores.append(min(len(pictures), NAMED_MAX) + 2 * float(np.mean(agreement or [0])) * bool(pictures))
    return int(np.argmax(scores))


def _agreement_with(picture: LinePicture, sibling: Sibling) -> float:
    spot = find(picture, sibling.places[sibling.reference])
    return 0.0 if spot is None else spot.agreement


def _known_line(
    siblings: Sequence[Sibling],
    base: int,
    chosen: Sequence[tuple[int, int]],
    name: tuple[int, int, tuple[int, int]],
    picture: LinePicture,
) -> KnownLine | None:
    first = [
        Placement(s, p, spot)
        for s, p in chosen
        if (spot := find(picture, siblings[s].places[p])) is not None and spot.agreement >= FOUND_AT
    ]
    if not first:
        return None
    line = _pooled(siblings, base, name, picture, first)
    again = []
    for s, p in chosen:
        record = siblings[s].places[p]
        spot = find(line.picture, record)
        if spot is None or spot.agreement < FOUND_AT:
            continue
        spot, left_over = refined(spot, line.region, line.matte.alpha, line.matte.ink, record)
        if left_over <= LEFT_OVER_MAX:
            again.append(Placement(s, p, spot))
    if not again:
        return None
    return _agreed(siblings, base, name, picture, _with_strengths(siblings, line, again))


def _with_strengths(siblings: Sequence[Sibling], line: KnownLine, placements: Sequence[Placement]) -> list[Placement]:
    """Each sibling's strength against the pooled matte, measured again after the pool has heard of it."""
    strengths: dict[int, float] = {}
    for _ in range(STRENGTH_ROUNDS):
        voices = _aligned_sums(siblings, placements, line.region)
        matte = combine([limited(at_full_strength(one, strengths.get(s, 1.0))) for s, one in voices.items()])
        ink = matte.alpha > INK
        strengths = {s: fit(measured(one), matte.alpha, matte.ink, ink).strength for s, one in voices.items()}
    return [Placement(one.sibling, one.place, one.spot, strengths[one.sibling]) for one in placements]


def _agreed(
    siblings: Sequence[Sibling],
    base: int,
    name: tuple[int, int, tuple[int, int]],
    picture: LinePicture,
    placements: Sequence[Placement],
) -> KnownLine | None:
    """Without the siblings that the gate would not let use this line: they show another mark."""
    line = _pooled(siblings, base, name, picture, placements)
    if len(siblings) < GATED_FROM:
        return line
    sums = _aligned_sums(siblings, placements, line.region)
    agreement = {s: max(one.spot.agreement for one in placements if one.sibling == s) for s in sums}
    fits = {s for s in sums if weigh(agreement[s], sums[s], line.matte, min(siblings[s].size) / SIDE).objection is None}
    kept = [one for one in placements if one.sibling in fits]
    if not kept:
        return None
    return line if len(kept) == len(placements) else _pooled(siblings, base, name, picture, kept)


def _pooled(
    siblings: Sequence[Sibling],
    base: int,
    name: tuple[int, int, tuple[int, int]],
    picture: LinePicture,
    placements: Sequence[Placement],
) -> KnownLine:
    number, layout, rows = name
    shape = siblings[base].places[siblings[base].reference].shape
    region = _region(picture.box, rows, shape)
    strengths = {one.sibling: one.strength for one in placements}
    sums = _aligned_sums(siblings, placements, region)
    voices = {s: limited(at_full_strength(one, strengths[s])) for s, one in sums.items()}
    matte = combine(list(voices.values()))
    clean = picture_of_matte(matte, region, shape, rows) or picture
    return KnownLine(number, layout, rows, clean, region, tuple(placements), voices, matte)


def picture_of_matte(
    matte: LineMatte, region: Box, shape: tuple[int, int], rows: tuple[int, int]
) -> LinePicture | None:
    """The gradients of what the line adds to a mid-grey picture."""
    canvas = np.zeros(shape, np.float32)
    canvas[region.slices] = matte.ink - matte.alpha * np.float32(CENTRE)
    across, down = gradients(canvas)
    return picture_of_line(across, down, region, rows)


def gradients(picture: F32) -> tuple[F32, F32]:
    """Differences over two pixels, zero at the edges."""
    across, down = np.zeros_like(picture), np.zeros_like(picture)
    across[:, 1:-1] = picture[:, 2:] - picture[:, :-2]
    down[1:-1] = picture[2:] - picture[:-2]
    return across, down


def _region(box: Box, rows: tuple[int, int], shape: tuple[int, int]) -> Box:
    return Box(
        max(0, box.x0 - REGION_MARGIN),
        max(0, rows[0], box.y0 - REGION_MARGIN),
        min(shape[1], box.x1 + REGION_MARGIN),
        min(shape[0], rows[1], box.y1 + REGION_MARGIN),
    )


def _aligned_sums(siblings: Sequence[Sibling], placements: Sequence[Placement], region: Box) -> dict[int, Sums]:
    total: dict[int, Sums] = {}
    for one in placements:
        sums = aligned(siblings[one.sibling].places[one.place], one.spot, region)
        total[one.sibling] = total[one.sibling].plus(sums) if one.sibling in total else sums
    return total
