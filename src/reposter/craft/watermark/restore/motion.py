"""Where the scene came from: the picture before, moved onto the one now."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from reposter.craft.watermark.picture import F32, U8
from reposter.craft.watermark.restore.filling import Filler

SIDE_MIN = 16  # a smaller place has no motion of its own to follow


class Motion:
    """Optical flow of one place from frame to frame (Kroeger et al., Fast Optical Flow using DIS, 2016).

    Where `known` (h, w, 0 to 1) is low there is nothing to follow; the flow there continues that of the surroundings.
    """

    def __init__(self, known: F32) -> None:
        height, width = known.shape
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._filler = Filler(known) if known.min() < 1 else None
        across, down = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        self._across, self._down = across, down

    def between(self, now: U8, before: U8) -> tuple[F32, F32]:
        """For each pixel of `now` its column and row in `before`."""
        flow = np.zeros((*now.shape, 2), np.float32)
        if min(now.shape) >= SIDE_MIN:
            flow = np.asarray(self._flow.calc(now, before, flow), np.float32)
        across, down = np.ascontiguousarray(flow[..., 0]), np.ascontiguousarray(flow[..., 1])
        if self._filler is not None:
            across, down = self._filler.fill(across), self._filler.fill(down)
        return self._across + across, self._down + down


def carried(pictures: Sequence[F32], source: tuple[F32, F32]) -> list[F32]:
    """`pictures` (h, w) read at the columns and rows of `source`."""
    return [
        np.asarray(cv2.remap(one, *source, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
        for one in pictures
    ]


def halved(source: tuple[F32, F32]) -> tuple[F32, F32]:
    """The same motion for planes of half the size."""
    height, width = source[0].shape
    across, down = (cv2.resize(one, (width // 2, height // 2), interpolation=cv2.INTER_AREA) for one in source)
    # Four pixels around (2x + .5, 2y + .5) were averaged; a chroma pixel's own centre is there.
    return np.asarray((across - 0.5) / 2, np.float32), np.asarray((down - 0.5) / 2, np.float32)
