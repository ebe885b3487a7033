"""Overlays that never move: a channel's logo, a title, the frame of a game. They are reported, not touched."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from reposter.craft.watermark.detect.gradients import Field, SteadyGradients
from reposter.craft.watermark.detect.lettering import is_lettered
from reposter.craft.watermark.picture import Box, Mask
from reposter.craft.watermark.samples import Samples

STEP_MIN = 8.0
STILL_SCENE_SHARE = 0.4
"""Of the edges of one moment: where more of them stay, the camera and the scene stand still and nothing can be told."""
INK_PIXELS_MIN = 60
INK_SHARE_MIN = 0.10
HEIGHT_MAX = 0.35
OVERLAYS_MAX = 4


def find_static(samples: Samples, gradients: SteadyGradients, known: Sequence[Box] = ()) -> tuple[Box, ...]:
    """Small boxes with lettering that stays all through the clip; none of those that touch a box of `known`."""
    count = len(samples)
    if count < 6:
        return ()
    first, second = (gradients.over(_every(count, offset)) for offset in (0.0, 0.5))
    stays = (first.across * second.across + first.down * second.down) > STEP_MIN * STEP_MIN
    edges = gradients.over([count // 2]).squared() > STEP_MIN * STEP_MIN
    if stays.sum() > STILL_SCENE_SHARE * max(1, int(edges.sum())):
        return ()
    boxes = [box for box in _lettering(stays, first) if not any(box.overlap(one) for one in known)]
    return tuple(boxes[:OVERLAYS_MAX])


def _every(count: int, offset: float) -> list[int]:
    return [int((number + 0.25 + offset) * (count - 1) / 5) for number in range(5)]


def _lettering(stays: Mask, steady: Field) -> list[Box]:
    """Boxes around patches of steady edges that look like letters, those with the most ink first."""
    patches = cv2.dilate(stays.astype(np.uint8), np.ones((5, 15), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(patches)
    ink = np.bincount(labels[stays], minlength=len(stats))
    found = []
    for label in range(1, len(stats)):
        x, y, width, height = (int(one) for one in stats[label][:4])
        box = Box(x, y, x + width, y + height)
        is_inked = ink[label] >= max(INK_PIXELS_MIN, INK_SHARE_MIN * box.area)
        is_shaped = height < min(HEIGHT_MAX * min(stays.shape), 1.2 * width)
        if is_inked and is_shaped and is_lettered(steady.cut(box)):
            found.append((int(ink[label]), box))
    return [box for _, box in sorted(found, key=lambda one: -one[0])]
