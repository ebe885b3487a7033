"""Gradients of the small pictures, and what of them stays the same for a while.

A mark that stands still over a scene that moves has steady gradients; those of the scene average out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from reposter.craft.watermark.picture import F32, U8, Box
from reposter.craft.watermark.samples import Samples

LOOKS_OF_A_MEDIAN = 5
GRADIENTS_KEPT = 16
"""Looks whose gradients are remembered, 1 MB each: neighbouring windows share them."""
NOISE_FLOOR = 4.0  # squared steps of brightness: compression alone makes that much

I16 = NDArray[np.int16]


@dataclass(frozen=True)
class Field:
    """Steps of brightness over two pixels, (h, w) across and down, 0 along the picture's edges."""

    across: F32
    down: F32

    @property
    def shape(self) -> tuple[int, int]:
        return self.across.shape[0], self.across.shape[1]

    def cut(self, box: Box) -> Field:
        return Field(self.across[box.slices], self.down[box.slices])

    def minus(self, other: Field) -> Field:
        return Field(self.across - other.across, self.down - other.down)

    def plus(self, other: Field) -> Field:
        return Field(self.across + other.across, self.down + other.down)

    def times(self, factor: F32 | float) -> Field:
        return Field(np.asarray(self.across * factor, np.float32), np.asarray(self.down * factor, np.float32))

    def squared(self) -> F32:
        return self.across * self.across + self.down * self.down

    def dot(self, other: Field) -> float:
        return float((self.across * other.across + self.down * other.down).sum())

    def agreement(self, other: Field) -> float:
        """Normalised correlation, -1 to 1."""
        return self.dot(other) / float(np.sqrt(self.dot(self) * other.dot(other) + 1e-6))


class SteadyGradients:
    """Steady gradients of any set of looks, computed when asked for."""

    def __init__(self, samples: Samples) -> None:
        self._small = samples.small
        self._kept: dict[int, tuple[I16, I16]] = {}

    def over(self, looks: Sequence[int]) -> Field:
        """Of the whole small picture, over at most five of `looks`."""
        return _steady([self._gradients(look) for look in spread(looks, LOOKS_OF_A_MEDIAN)])

    def inside(self, box: Box, looks: Sequence[int]) -> Field:
        """Of the part `box` of the small picture."""
        return _steady([_cut_gradients(self._small[look], box) for look in spread(looks, LOOKS_OF_A_MEDIAN)])

    def _gradients(self, look: int) -> tuple[I16, I16]:
        if look not in self._kept:
            while len(self._kept) >= GRADIENTS_KEPT:
                del self._kept[next(iter(self._kept))]  # the oldest
            self._kept[look] = _doubled_gradients(self._small[look])
        return self._kept[look]


def spread(items: Sequence[int], count: int) -> list[int]:
    """At most `count` of the items, evenly."""
    if len(items) <= count:
        return list(items)
    return [items[round(at)] for at in np.linspace(0, len(items) - 1, count)]


def windows(times: Sequence[float], seconds: float, count_max: int) -> list[list[int]]:
    """Looks in spans of about `seconds` that follow one another; at most `count_max` spans, evenly."""
    length = times[-1] - times[0]
    count = max(1, round(length / seconds))
    which = np.minimum((np.asarray(times) - times[0]) / (length + 1e-6) * count, count - 1).astype(int)
    chosen = spread(range(count), count_max)
    return [one for one in (np.flatnonzero(which == number).tolist() for number in chosen) if one]


def _cut_gradients(picture: U8, box: Box) -> tuple[I16, I16]:
    height, width = picture.shape
    around = Box(max(0, box.x0 - 1), max(0, box.y0 - 1), min(width, box.x1 + 1), min(height, box.y1 + 1))
    across, down = _doubled_gradients(np.ascontiguousarray(picture[around.slices]))
    inner = box.moved(-around.x0, -around.y0).slices
    return np.ascontiguousarray(across[inner]), np.ascontiguousarray(down[inner])


def _doubled_gradients(picture: U8) -> tuple[I16, I16]:
    """Twice the gradient: medians of an even number of looks then stay whole numbers."""
    doubled = picture.astype(np.int16) * np.int16(2)
    across, down = np.zeros_like(doubled), np.zeros_like(doubled)
    np.subtract(doubled[:, 2:], doubled[:, :-2], out=across[:, 1:-1])
    np.subtract(doubled[2:], doubled[:-2], out=down[1:-1])
    return across, down


def _steady(looks: Sequence[tuple[I16, I16]]) -> Field:
    """The median over the looks, shrunk where they disagree: there something moves."""
    middles = [_median([look[axis] for look in looks]) for axis in (0, 1)]
    spread_sum: I16 = np.zeros(middles[0].shape, np.int16)
    for look in looks:
        for axis in (0, 1):
            spread_sum += np.asarray(cv2.absdiff(look[axis], middles[axis]), np.int16)
    across, down = (middle.astype(np.float32) for middle in middles)
    across *= 0.5
    down *= 0.5
    strength = across * across
    strength += down * down
    deviation = spread_sum.astype(np.float32)
    deviation *= 0.5 / len(looks)
    doubt = deviation * deviation
    doubt *= 2
    doubt += NOISE_FLOOR
    doubt += strength
    strength /= doubt  # how far to trust
    across *= strength
    down *= strength
    return Field(across, down)


def _median(stack: Sequence[I16]) -> I16:
    """Of one to five arrays of even numbers, by comparing them in pairs: far faster than sorting."""
    least, most = cv2.min, cv2.max
    if len(stack) == 1:
        return stack[0]
    if len(stack) == 2:
        return np.asarray((stack[0] + stack[1]) // 2, np.int16)
    low, high = least(stack[0], stack[1]), most(stack[0], stack[1])
    if len(stack) == 3:
        return np.asarray(most(low, least(high, stack[2])), np.int16)
    low2, high2 = least(stack[2], stack[3]), most(stack[2], stack[3])
    upper_low, lower_high = most(low, low2), least(high, high2)
    if len(stack) == 4:
        return np.asarray((upper_low.astype(np.int16) + lower_high.astype(np.int16)) // 2, np.int16)
    below, above = least(upper_low, lower_high), most(upper_low, lower_high)
    return np.asarray(most(below, least(above, stack[4])), np.int16)
