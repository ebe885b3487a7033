"""Local averages of maps, and steps between a picture's 8 bits and single precision."""

from __future__ import annotations

import cv2
import numpy as np

from reposter.craft.watermark.picture import F32, U8


def spread(picture: F32, deviation: float) -> F32:
    """Averaged over about `deviation` pixels, at half the size: variances have no detail, and it costs a quarter."""
    return blur(coarser(picture), deviation / 2)


def blur(picture: F32, deviation: float) -> F32:
    """A box filter of this standard deviation: for measures as good as a Gaussian, at a fraction of its cost."""
    side = round(np.sqrt(12 * deviation * deviation + 1)) // 2 * 2 + 1
    return np.asarray(cv2.blur(picture, (side, side)), np.float32)


def coarser(picture: F32) -> F32:
    """Half the size, each pixel the mean of four."""
    height, width = picture.shape
    return np.asarray(cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.float32)


def finer(coarse: F32, shape: tuple[int, ...]) -> F32:
    return np.asarray(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def inverse(picture: F32, least: float = 1e-6) -> F32:
    """One through it, or through `least` where it is less."""
    return np.asarray(1 / np.maximum(picture, np.float32(least)), np.float32)


def to_steps(picture: F32) -> U8:
    return np.asarray(np.clip(picture + np.float32(0.5), 0, 255), np.uint8)
