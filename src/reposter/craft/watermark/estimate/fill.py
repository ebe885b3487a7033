"""Fills what is not known of a picture from what is, smoothly, coarse to fine."""

from __future__ import annotations

import cv2
import numpy as np

from reposter.craft.watermark.picture import F32

SIDE_MIN = 6  # a pyramid ends where nothing is left to average
TRUST = 4.0  # a level is believed where a quarter of its pixels is known


def smooth_fill(picture: F32, weight: F32) -> F32:
    """`picture` (h, w) where `weight` (h, w, 0 to 1) is high, elsewhere what the surroundings lead to.

    Normalised averages of a Gaussian pyramid: each level corrects the coarser one where enough of it is known
    (pull-push, Gortler et al., The Lumigraph, 1996).
    """
    sums: list[tuple[F32, F32]] = [(picture * weight, weight)]
    while min(sums[-1][0].shape) > SIDE_MIN:
        sums.append((_coarser(sums[-1][0]), _coarser(sums[-1][1])))
    filled = np.asarray(sums[-1][0] / np.maximum(sums[-1][1], 1e-6), np.float32)
    for total, known in reversed(sums[:-1]):
        filled = np.asarray(cv2.pyrUp(filled, dstsize=total.shape[::-1]), np.float32)
        filled += np.minimum(1, known * TRUST) * (total / np.maximum(known, 1e-6) - filled)
    return filled


def _coarser(picture: F32) -> F32:
    return np.asarray(cv2.pyrDown(picture), np.float32)
