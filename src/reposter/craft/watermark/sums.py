"""Weighted sums of a regression in every pixel: what many looks at I = a·B + c know together."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import cv2
import numpy as np

from reposter.craft.watermark.picture import F32, Mask

CENTRE = 110.0  # B and I are counted from here, so that single precision is enough


@dataclass(frozen=True)
class Sums:
    """Six maps (h, w): Σw, Σw·B, Σw·I, Σw·B², Σw·B·I and Σw·var(B), with w = 1 / variance of a look."""

    weight: F32
    under: F32
    seen: F32
    under_squared: F32
    under_seen: F32
    noise: F32

    @classmethod
    def empty(cls, shape: tuple[int, int]) -> Self:
        return cls(*(np.zeros(shape, np.float32) for _ in fields(cls)))

    @property
    def shape(self) -> tuple[int, int]:
        return self.weight.shape[0], self.weight.shape[1]

    def maps(self) -> tuple[F32, ...]:
        return tuple(getattr(self, one.name) for one in fields(self))

    def gather(self, weight: F32, under: F32, seen: F32, variance: F32) -> None:
        """Add one look in place: what lies under the mark (with its variance) and what is seen, luma of 0 to 255."""
        below, above = under - np.float32(CENTRE), seen - np.float32(CENTRE)
        weighted = weight * below
        terms = (weight, weighted, weight * above, weighted * below, weighted * above, weight * variance)
        for total, term in zip(self.maps(), terms, strict=True):
            np.add(total, term, out=total)

    def plus(self, other: Sums) -> Self:
        return type(self)(*(mine + theirs for mine, theirs in zip(self.maps(), other.maps(), strict=True)))

    def times(self, factor: F32 | float) -> Self:
        return type(self)(*(np.asarray(one * factor, np.float32) for one in self.maps()))

    def capped(self, doubt: float) -> Self:
        """Weights as if all looks shared an unknown error of variance `doubt`: they approach 1 / doubt, never beyond.

        What one place of one clip has in common (a scene that hardly moved, a fill that is off) does not average away
        however many looks there are (random effects, DerSimonian and Laird, 1986).
        """
        return self.times(np.asarray(1 / (1 + np.float32(doubt) * self.weight), np.float32))

    def moved(self, down: float, across: float, shape: tuple[int, int]) -> Self:
        """The same sums moved by fractions of a pixel: means and spreads are interpolated, not the sums themselves."""
        if float(down).is_integer() and float(across).is_integer():
            return self.shifted(int(down), int(across), shape)
        count = np.maximum(self.weight, np.float32(1e-6))
        under, seen = self.under / count, self.seen / count
        means = (under, seen, self.under_squared / count - under * under, self.under_seen / count - under * seen)
        below, above, spread, together, noise = (
            moved(np.asarray(one, np.float32), down, across, shape) for one in (*means, self.noise / count)
        )
        weight = np.maximum(moved(self.weight, down, across, shape, interpolation=cv2.INTER_LINEAR), 0)
        terms = (1, below, above, np.maximum(spread, 0) + below * below, together + below * above, np.maximum(noise, 0))
        return type(self)(*(np.asarray(weight * term, np.float32) for term in terms))

    def shifted(self, down: int, across: int, shape: tuple[int, int]) -> Self:
        """The same sums on a canvas of `shape`, nothing known beyond their edge."""
        return type(self)(*(shift(one, down, across, shape) for one in self.maps()))


def shift(picture: F32, down: int, across: int, shape: tuple[int, int], fill: float = 0.0) -> F32:
    """`picture` moved by whole pixels onto a canvas of `shape`."""
    canvas = np.full(shape, fill, picture.dtype)
    height, width = picture.shape
    top, bottom = max(0, down), min(shape[0], height + down)
    left, right = max(0, across), min(shape[1], width + across)
    if bottom > top and right > left:
        canvas[top:bottom, left:right] = picture[top - down : bottom - down, left - across : right - across]
    return canvas


def moved(
    picture: F32, down: float, across: float, shape: tuple[int, int], *, interpolation: int = cv2.INTER_CUBIC
) -> F32:
    """`picture` moved by fractions of a pixel onto a canvas of `shape`, zeros beyond its edge."""
    matrix = np.array([[1, 0, across], [0, 1, down]], np.float32)
    canvas = cv2.warpAffine(picture, matrix, shape[::-1], flags=interpolation, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(canvas, np.float32)


def shift_mask(mask: Mask, down: int, across: int, shape: tuple[int, int]) -> Mask:
    return shift(mask.astype(np.float32), down, across, shape) > 0
