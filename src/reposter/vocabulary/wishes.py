"""What a person asks of the removal of marks: places to leave alone, places where a mark is, whether to inpaint."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from reposter.kit.errors import InvalidInput

REGIONS_MAX = 16
Region = tuple[float, float, float, float]
"""left, top, right, bottom as shares (0 to 1) of the upright picture's width and height."""


class Version(StrEnum):
    """The two files that there are of a video whose cleaning is in doubt."""

    ORIGINAL = "original"  # everything but the removal was done
    CLEANED = "cleaned"


@dataclass(frozen=True)
class Wishes:
    """`protect` stays as it is; in `marks` there is a mark for sure; `inpaint`: invent what cannot be recovered."""

    protect: tuple[Region, ...] = ()
    marks: tuple[Region, ...] = ()
    inpaint: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "protect": [list(region) for region in self.protect],
            "marks": [list(region) for region in self.marks],
            "inpaint": self.inpaint,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        return cls(
            parse_regions("protect", data.get("protect", ())),
            parse_regions("marks", data.get("marks", ())),
            data.get("inpaint") is True,
        )


def parse_regions(name: str, values: Sequence[Sequence[float]]) -> tuple[Region, ...]:
    """Regions as a person gave them.

    Raises:
        InvalidInput: there are too many, or one is no region; `name` is the list's.
    """
    if len(values) > REGIONS_MAX:
        raise InvalidInput(
            f"{name} has {len(values)} regions; more than {REGIONS_MAX} cannot be heeded.",
            hint="Draw fewer, larger regions.",
        )
    return tuple(_region(f"{name}[{n}]", value) for n, value in enumerate(values))


def _region(place: str, value: Sequence[float]) -> Region:
    if len(value) != 4 or not all(_is_number(one) for one in value):
        raise _unfit(place, value, "is not four numbers")
    left, top, right, bottom = (float(one) for one in value)
    if not all(0 <= one <= 1 for one in (left, top, right, bottom)):
        raise _unfit(place, value, "leads out of the picture")
    if left >= right or top >= bottom:
        raise _unfit(place, value, "has no area: its first corner is not left of and above its second")
    return left, top, right, bottom


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _unfit(place: str, value: Sequence[float], why: str) -> InvalidInput:
    return InvalidInput(
        f"{place} {why}: {list(value)[:5]}.",
        hint="Give left, top, right, bottom as shares of the picture from 0 to 1, such as [0.1, 0.8, 0.4, 0.9].",
    )
