"""The see-through fill for many pictures of one place: whatever depends on the weights alone is worked out once."""

from __future__ import annotations

import cv2
import numpy as np

from reposter.craft.watermark.estimate.fill import SIDE_MIN, TRUST
from reposter.craft.watermark.picture import F32

RELAXATIONS, RELAXATIONS_AT_LAST = 2, 1  # of each level, against creases where it meets known pixels


class Filler:
    """`smooth_fill` with a fixed `weight` (h, w, 0 to 1), at half of its cost, then drawn taut like a membrane."""

    def __init__(self, weight: F32) -> None:
        self._weight = weight
        levels = [weight]
        while min(levels[-1].shape) > SIDE_MIN:
            levels.append(np.asarray(cv2.pyrDown(levels[-1]), np.float32))
        trusts = [np.minimum(np.float32(1), known * np.float32(TRUST)) for known in levels[:-1]]
        self._keeps: list[F32] = [np.asarray(1 - trust, np.float32) for trust in trusts]
        self._gains: list[F32] = [
            trust / np.maximum(known, 1e-6) for trust, known in zip(trusts, levels[:-1], strict=True)
        ]
        self._scale: F32 = np.asarray(1 / np.maximum(levels[-1], 1e-6), np.float32)

    def fill(self, picture: F32) -> F32:
        """`picture` (h, w) where the weight is high, elsewhere what the surroundings lead to."""
        sums = [picture * self._weight]
        for _ in self._keeps:
            sums.append(np.asarray(cv2.pyrDown(sums[-1]), np.float32))
        filled: F32 = sums.pop() * self._scale
        while sums:
            total, keep, gain = sums.pop(), self._keeps[len(sums)], self._gains[len(sums)]
            total *= gain
            filled = np.asarray(cv2.pyrUp(filled, dstsize=total.shape[::-1]), np.float32)
            filled *= keep
            filled += total
            for _ in range(RELAXATIONS if sums else RELAXATIONS_AT_LAST):
                filled = np.asarray(cv2.blur(filled, (3, 3), borderType=cv2.BORDER_REPLICATE), np.float32)
                filled *= keep
                filled += total
        return filled
