"""Draw the neutral, half-transparent mark that a marked copy carries, and say where it stands when."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from reposter_sandbox.footage.strip import Picture

OPACITY, SHADOW = 0.72, 0.3
# Like the real thing it changes sides every couple of seconds: upper left, lower right.
JUMP_SECONDS = 1.9
MARGIN = 34
SUPERSAMPLING = 4


@dataclass(frozen=True)
class Mark:
    """`weight` (0..1) and `paint` (0..255), both height x width; the frame keeps (1 - weight) of itself."""

    weight: npt.NDArray[np.float32]
    paint: npt.NDArray[np.float32]


def draw_mark(name: str) -> Mark:
    """A rounded tile with a play triangle, the word "clip", and the maker's name below."""
    scale, font = SUPERSAMPLING, cv2.FONT_HERSHEY_DUPLEX
    text = f"@{name}"
    (name_width, _), _ = cv2.getTextSize(text, font, 0.62 * scale, scale)
    width, height = max(150 * scale, name_width + 12 * scale), 82 * scale
    ink = np.zeros((height, width), np.uint8)
    _rounded_tile(ink, 4 * scale, 4 * scale, 42 * scale, 9 * scale)
    triangle = np.array([(17, 14), (17, 36), (37, 25)]) * scale
    cv2.fillPoly(ink, [triangle.astype(np.int32)], 0, cv2.LINE_AA)
    cv2.putText(
        ink, "clip", (54 * scale, 37 * scale), cv2.FONT_HERSHEY_TRIPLEX, 1.05 * scale, 255, 2 * scale, cv2.LINE_AA
    )
    cv2.putText(ink, text, (4 * scale, 70 * scale), font, 0.62 * scale, 255, scale + 2, cv2.LINE_AA)
    size = (width // scale, height // scale)
    white = cv2.resize(ink, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    shade = np.clip(cv2.GaussianBlur(white, (0, 0), 2.2) * 1.6, 0, 1)
    # Shadow first, then ink above it, folded into one "over" step.
    ink_weight, shadow_weight = white * OPACITY, shade * SHADOW
    weight = 1 - (1 - ink_weight) * (1 - shadow_weight)
    paint = np.where(weight > 0, 255 * ink_weight / np.maximum(weight, 1e-6), 0).astype(np.float32)
    return Mark(weight.astype(np.float32), paint)


def place_mark(frame: Picture, mark: Mark, seconds: float) -> None:
    """Blend the mark into a BGR frame, in place."""
    height, width = mark.weight.shape
    if int(seconds / JUMP_SECONDS) % 2 == 0:
        x, y = MARGIN, MARGIN + 60
    else:
        x, y = frame.shape[1] - width - MARGIN, frame.shape[0] - height - MARGIN - 150
    window = frame[y : y + height, x : x + width]
    weight = mark.weight[:, :, None]
    window[:] = np.round(window * (1 - weight) + mark.paint[:, :, None] * weight).astype(np.uint8)


def _rounded_tile(picture: Picture, x: int, y: int, size: int, radius: int) -> None:
    cv2.rectangle(picture, (x + radius, y), (x + size - radius, y + size), 255, -1)
    cv2.rectangle(picture, (x, y + radius), (x + size, y + size - radius), 255, -1)
    for cx in (x + radius, x + size - radius):
        for cy in (y + radius, y + size - radius):
            cv2.circle(picture, (cx, cy), radius, 255, -1, cv2.LINE_AA)
