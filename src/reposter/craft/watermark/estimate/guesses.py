"""What may lie under the mark in one look, and how far each guess may be wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from reposter.craft.watermark.estimate.fill import smooth_fill
from reposter.craft.watermark.estimate.solving import Solution
from reposter.craft.watermark.picture import F32, U8, Mask

ERROR_FLOOR = 2.0  # squared luma: no guess is better than the coding
MEMORY_DOUBT = 1.5  # times the squared error around: under the mark nobody looked
DETAIL_DOUBT, DETAIL_DOUBT_LATER = 1.5, 0.8  # times the surroundings' own detail
SEEN_FROM = 0.9  # pixels with less see-through do not feed the fill
SEEN_WEIGHT = 0.6
DISAGREEMENT = 0.25


@dataclass(frozen=True)
class Guess:
    """Luma under the mark (h, w) and its variance (h, w)."""

    under: F32
    variance: F32


class Surroundings:
    """The ring around a support (h, w): how well a guess does there says how well it does under the mark."""

    def __init__(self, support: Mask, scale: float) -> None:
        width = max(1, round((17 * scale - 1) / 2) * 2 + 1)
        near = cv2.dilate(support.astype(np.uint8), np.ones((width, width), np.uint8)) > 0
        self.support = support
        self.outside = (~support).astype(np.float32)
        self.scale = scale
        self._ring = (near & ~support).astype(np.float32)
        # The average reaches so far that a coarse grid serves as well, at a fraction of the time.
        self._coarse = max(1, round(4 * scale))
        self._votes = np.maximum(self._gathered(self._ring), 1e-4)

    def mean(self, errors: F32) -> F32:
        """(h, w): squared errors, averaged over the part of the ring that is near each pixel."""
        height, width = errors.shape
        coarse = self._gathered(errors * self._ring) / self._votes
        return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)

    def _gathered(self, picture: F32) -> F32:
        height, width = picture.shape
        size = (max(1, width // self._coarse), max(1, height // self._coarse))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.GaussianBlur(small, (0, 0), 12 * self.scale / self._coarse), np.float32)


def guess_from_around(seen: F32, around: Surroundings, solution: Solution | None = None) -> Guess:
    """A smooth fill from outside and, where a first matte is known, from pixels that are nearly see-through."""
    if solution is None:
        fill, doubt = smooth_fill(seen, around.outside), DETAIL_DOUBT
    else:
        under = np.clip((seen - solution.ink) / np.maximum(solution.see_through, 0.05), 0, 255)
        clear = np.clip((solution.see_through - SEEN_FROM) / (1 - SEEN_FROM), 0, 1) * np.float32(SEEN_WEIGHT)
        weight = np.where(around.support, clear, np.float32(1))
        fill, doubt = smooth_fill(np.where(around.support, under, seen), weight), DETAIL_DOUBT_LATER
    detail = around.mean((seen - _blurred(seen, 4 * around.scale)) ** 2)
    return Guess(fill, detail * np.float32(doubt) + np.float32(ERROR_FLOOR))


def guess_from_moments(seen: F32, around: Surroundings, others: Iterable[U8]) -> Guess | None:
    """The best, pixel by pixel, of several pictures of the same place without the mark; None where there is none."""
    under: F32 | None = None
    error = seen
    for other in others:
        candidate = other.astype(np.float32)
        distance = around.mean((candidate - seen) ** 2)
        if under is None:
            under, error = candidate, distance
        else:
            is_nearer = distance < error
            under, error = np.where(is_nearer, candidate, under), np.where(is_nearer, distance, error)
    if under is None:
        return None
    return Guess(under, error * np.float32(MEMORY_DOUBT) + np.float32(ERROR_FLOOR))


def joined(one: Guess, other: Guess | None, scale: float) -> Guess:
    """Both guesses, weighed by their variances; where they disagree, that says more than either variance."""
    if other is None:
        return one
    first, second = 1 / one.variance, 1 / other.variance
    total = first + second
    under = (one.under * first + other.under * second) / total
    gap = _blurred((one.under - other.under) ** 2, 3 * scale)
    variance = 1 / total + np.float32(DISAGREEMENT) * gap * first * second / (total * total)
    return Guess(np.asarray(under, np.float32), np.asarray(variance, np.float32))


def _blurred(picture: F32, sigma: float) -> F32:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.float32)
