"""The colour of the ink: what is left of a chroma plane when the scene that shines through is taken off."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from reposter.craft.watermark.estimate.fill import smooth_fill
from reposter.craft.watermark.estimate.places import Place, spread
from reposter.craft.watermark.picture import F32, U8, Box, Mask
from reposter.craft.watermark.samples import Samples

LOOKS_MAX = 25
NEUTRAL = 128.0
TINT_MIN = 1.5  # of 256 steps; less is grey ink
MARGIN = 26


@dataclass(frozen=True)
class ChromaMatte:
    """Maps of half the size: see-through, and what is added to u and v."""

    see_through: F32
    ink_u: F32
    ink_v: F32


def fit_chroma(samples: Samples, place: Place, see_through: F32) -> ChromaMatte:
    """`see_through` (h, w) is that of luma in the pixels of the place's box; it holds for chroma too."""
    clear = halved(see_through)
    touched = clear < 1
    ink_u, ink_v = np.zeros_like(clear), np.zeros_like(clear)
    inner = _window(touched, place.length(MARGIN) // 2)
    if inner is None:
        return ChromaMatte(clear, ink_u, ink_v)
    at = inner.scaled(2).moved(place.box.x0, place.box.y0)
    pictures = [samples.planes(look, at) for look in spread(place.on, LOOKS_MAX)]
    part = inner.slices
    ink_u[part] = _ink([planes.u for planes in pictures], clear[part], touched[part])
    ink_v[part] = _ink([planes.v for planes in pictures], clear[part], touched[part])
    return ChromaMatte(clear, ink_u, ink_v)


def halved(picture: F32) -> F32:
    """Averages of two by two pixels."""
    height, width = picture.shape
    return np.asarray(picture.reshape(height // 2, 2, width // 2, 2).mean((1, 3)), np.float32)


def _ink(pictures: list[U8], clear: F32, touched: Mask) -> F32:
    weight = np.where(touched, np.clip((clear - 0.6) / 0.4, 0, 1) ** 2, np.float32(1))
    left = [seen - clear * smooth_fill(seen, weight) for seen in (one.astype(np.float32) for one in pictures)]
    grey = (1 - clear) * np.float32(NEUTRAL)
    tint = np.asarray(np.median(left, axis=0), np.float32) - grey
    tint = np.where(np.abs(cv2.GaussianBlur(tint, (0, 0), 1)) < TINT_MIN, np.float32(0), tint)
    return np.where(touched, grey + tint, np.float32(0))


def _window(touched: Mask, margin: int) -> Box | None:
    box = Box.around(touched)
    if box is None:
        return None
    height, width = touched.shape
    return Box(
        max(0, box.x0 - margin), max(0, box.y0 - margin), min(width, box.x1 + margin), min(height, box.y1 + margin)
    )
