"""The described part of a memory file: all numbers checked, the maps named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from reposter.craft.watermark.mark import Line
from reposter.craft.watermark.memory.align import Spot
from reposter.craft.watermark.memory.known import KnownMark, Placement, recalled
from reposter.craft.watermark.memory.record import F16, PlaceRecord, Sibling
from reposter.craft.watermark.picture import Box

VERSION = 1
SIDE_MAX = 16384
RECORD_SIDE_MAX = 4096

Side = Annotated[int, Field(ge=1, le=SIDE_MAX)]
Pixel = Annotated[int, Field(ge=0, le=RECORD_SIDE_MAX)]
Number = Annotated[int, Field(ge=0, le=255)]
Distance = Annotated[float, Field(ge=-RECORD_SIDE_MAX, le=RECORD_SIDE_MAX, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PlacePart(_Part):
    place: Number
    down: Pixel
    across: Pixel


class SiblingPart(_Part):
    video_id: str = Field(max_length=1000)
    width: Side
    height: Side
    reference: Number
    lines: list[list[Pixel]] = Field(max_length=8)
    core: list[Pixel] = Field(min_length=4, max_length=4)
    places: list[PlacePart] = Field(min_length=1, max_length=16)


class PlacementPart(_Part):
    sibling: Number
    place: Number
    agreement: float = Field(ge=-1.01, le=1.01, allow_inf_nan=False)
    down: Distance
    across: Distance
    strength: float = Field(ge=0.05, le=20, allow_inf_nan=False)


class LinePart(_Part):
    line: Number
    layout: int = Field(ge=0, le=1)
    placements: list[PlacementPart] = Field(min_length=1, max_length=256)


class MarkPart(_Part):
    base: Number
    siblings: list[SiblingPart] = Field(min_length=1, max_length=32)
    lines: list[LinePart] = Field(max_length=16)


class Header(_Part):
    version: int
    marks: list[MarkPart] = Field(max_length=64)


def header_of(marks: Sequence[KnownMark]) -> tuple[Header, dict[str, F16]]:
    """What a file says about the marks, and the maps by name."""
    arrays = {
        f"{name}_{kind}": values
        for m, mark in enumerate(marks)
        for s, sibling in enumerate(mark.siblings)
        for p, record in enumerate(sibling.places)
        for name in [_name(m, s, p)]
        for kind, values in (("moments", record.moments), ("effect", record.effect))
    }
    return Header(version=VERSION, marks=[_mark_part(mark) for mark in marks]), arrays


def marks_of(header: Header, array: Callable[[str], F16]) -> tuple[KnownMark, ...]:
    """The marks again; `array` answers with the map of a name.

    Raises:
        ValueError: numbers point outside of what they count, or a map has another shape or is not finite.
    """
    marks = []
    for m, part in enumerate(header.marks):
        siblings = [
            _sibling(one, [_name(m, s, p) for p in range(len(one.places))], array)
            for s, one in enumerate(part.siblings)
        ]
        _check_numbers(part, siblings)
        table = [(line.line, line.layout, tuple(_placement(one) for one in line.placements)) for line in part.lines]
        marks.append(recalled(siblings, part.base, table))
    return tuple(marks)


def _name(mark: int, sibling: int, place: int) -> str:
    return f"mark{mark}_video{sibling}_place{place}"


def _mark_part(mark: KnownMark) -> MarkPart:
    lines = [
        LinePart(
            line=line.line,
            layout=line.layout,
            placements=[
                PlacementPart(
                    sibling=one.sibling,
                    place=one.place,
                    agreement=one.spot.agreement,
                    down=one.spot.down,
                    across=one.spot.across,
                    strength=one.strength,
                )
                for one in line.placements
            ],
        )
        for line in mark.lines
    ]
    return MarkPart(base=mark.base, siblings=[_sibling_part(one) for one in mark.siblings], lines=lines)


def _sibling_part(sibling: Sibling) -> SiblingPart:
    core = sibling.core
    return SiblingPart(
        video_id=sibling.video_id,
        width=sibling.size[0],
        height=sibling.size[1],
        reference=sibling.reference,
        lines=[[line.top, line.bottom] for line in sibling.lines],
        core=[core.x0, core.y0, core.x1, core.y1],
        places=[PlacePart(place=one.place, down=one.down, across=one.across) for one in sibling.places],
    )


def _sibling(part: SiblingPart, names: Sequence[str], array: Callable[[str], F16]) -> Sibling:
    places = tuple(_record(one, name, array) for one, name in zip(part.places, names, strict=True))
    lines = tuple(Line(top, bottom) for top, bottom in part.lines)
    return Sibling(part.video_id, (part.width, part.height), places, part.reference, lines, Box(*part.core))


def _record(part: PlacePart, name: str, array: Callable[[str], F16]) -> PlaceRecord:
    moments, effect = array(f"{name}_moments"), array(f"{name}_effect")
    if len(moments) != 6 or effect.shape != (2, *moments.shape[1:]):
        raise ValueError("maps of another shape than a place has")
    if max(moments.shape) > RECORD_SIDE_MAX or min(moments.shape) < 1:
        raise ValueError("a place of a size that no picture has")
    if not (np.isfinite(moments).all() and np.isfinite(effect).all()):
        raise ValueError("maps that are not finite")
    if moments[0].min() < 0:
        raise ValueError("a negative weight")
    return PlaceRecord(part.place, part.down, part.across, moments, effect)


def _placement(part: PlacementPart) -> Placement:
    return Placement(part.sibling, part.place, Spot(part.agreement, part.down, part.across), part.strength)


def _check_numbers(part: MarkPart, siblings: Sequence[Sibling]) -> None:
    if part.base >= len(siblings) or any(one.reference >= len(one.places) for one in siblings):
        raise ValueError("a base that is not there")
    if len({one.size for one in siblings}) != 1:
        raise ValueError("a mark of several picture sizes")
    for line in part.lines:
        for one in line.placements:
            if one.sibling >= len(siblings) or one.place >= len(siblings[one.sibling].places):
                raise ValueError("a placement of a video that is not there")
    height, width = siblings[part.base].places[siblings[part.base].reference].shape
    for rows in siblings[part.base].lines:
        if not rows.top < rows.bottom <= height:
            raise ValueError("a line outside of its place")
    core = siblings[part.base].core
    if not (core.x0 < core.x1 <= width and core.y0 < core.y1 <= height):
        raise ValueError("a core outside of its place")
