"""The see-through fill for many pictures of one place: whatever depends on the weights alone is worked out once."""

from __future__ import annotations

import cv2
import numpy as np

from reposter.craft.watermark.estimate.fill import SIDE_MIN, TRUST
from reposter.craft.watermark.picture import F32

RELAXATIONS = 2  # at each level, so that a fill has no creases where a coarse level meets known pixels


class Filler:
    """`smooth_fill` with a fixed `weight` (h, w, 0 to 1), at half of its cost, then drawn taut like a membrane."""

    def __init__(self, weight: F32) -> None:
        self._weight = weight
        levels = [weight]
        while min(levels[-1].shape) > SIDE_MIN:
            levels.append(np.asarray(cv2.pyrDown(levels[-1]), np.float32))
        self._scales: list[F32] = [np.asarray(1 / np.maximum(known, 1e-6), np.float32) for known in levels]
        self._trusts: list[F32] = [np.minimum(np.float32(1), known * np.float32(TRUST)) for known in levels]

    def fill(self, picture: F32) -> F32:
        """`picture` (h, w) where the weight is high, elsewhere what the surroundings lead to."""
        sums = [picture * self._weight]
        for _ in self._scales[1:]:
            sums.append(np.asarray(cv2.pyrDown(sums[-1]), np.float32))
        filled: F32 = sums[-1] * self._scales[-1]
        for total, scale, trust in zip(sums[-2::-1], self._scales[-2::-1], self._trusts[-2::-1], strict=True):
            filled = np.asarray(cv2.pyrUp(filled, dstsize=total.shape[::-1]), np.float32)
            known = total * scale
            filled += trust * (known - filled)
            for _ in range(RELAXATIONS):
                filled = np.asarray(cv2.blur(filled, (3, 3), borderType=cv2.BORDER_REPLICATE), np.float32)
                filled += trust * (known - filled)
        return filled
