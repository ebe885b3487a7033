"""Rectangles of a picture and the pixels in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Box:
    """Pixels with x0 ≤ x < x1 and y0 ≤ y < y1 of the upright picture."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0

    @property
    def area(self) -> int:
        return max(0, self.width) * max(0, self.height)

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns, for an array of the whole picture."""
        return slice(self.y0, self.y1), slice(self.x0, self.x1)

    @property
    def halved(self) -> Box:
        """The same place in a chroma plane of 4:2:0; the box must be even."""
        return Box(self.x0 // 2, self.y0 // 2, self.x1 // 2, self.y1 // 2)

    def grown(self, across: int, down: int, within: tuple[int, int]) -> Box:
        """Larger by so many pixels on each side, made even, cut at a picture of `within` (width, height)."""
        width, height = within
        return Box(
            max(0, self.x0 - across) // 2 * 2,
            max(0, self.y0 - down) // 2 * 2,
            min(width, (self.x1 + across + 1) // 2 * 2),
            min(height, (self.y1 + down + 1) // 2 * 2),
        )

    def moved(self, across: int, down: int) -> Box:
        return Box(self.x0 + across, self.y0 + down, self.x1 + across, self.y1 + down)

    def scaled(self, factor: int) -> Box:
        return Box(self.x0 * factor, self.y0 * factor, self.x1 * factor, self.y1 * factor)

    def overlap(self, other: Box) -> int:
        """Pixels in both."""
        across = min(self.x1, other.x1) - max(self.x0, other.x0)
        down = min(self.y1, other.y1) - max(self.y0, other.y0)
        return max(0, across) * max(0, down)

    @classmethod
    def around(cls, mask: Mask) -> Self | None:
        """The smallest box with every true pixel in it."""
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if not len(rows):
            return None
        return cls(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


@dataclass(frozen=True)
class Region:
    """A rectangle in fractions of the picture, 0 to 1, as a person points at it."""

    left: float
    top: float
    right: float
    bottom: float

    def box(self, size: tuple[int, int]) -> Box:
        """In even pixels of a picture of `size` (width, height), rounded outwards."""
        width, height = size
        return Box(
            int(self.left * width) // 2 * 2,
            int(self.top * height) // 2 * 2,
            min(width, int(np.ceil(self.right * width / 2)) * 2),
            min(height, int(np.ceil(self.bottom * height / 2)) * 2),
        )


@dataclass(frozen=True)
class Planes:
    """One place of a 4:2:0 picture: luma (h, w), both chroma planes (h/2, w/2), 8 bits."""

    y: U8
    u: U8
    v: U8
