"""Guesses what nothing shines through, from the frames before: only where the operator chose it.

Known pixels travel with the scene's motion under the ink and stay there for as long as the motion proves itself around
it (flow-guided propagation; forwards only, so that one pass and one frame of memory do).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from reposter.craft.watermark.picture import F32, U8, Mask, Planes
from reposter.craft.watermark.restore.fusion import Restored, Restorer
from reposter.craft.watermark.restore.motion import Motion, carried, halved

OPAQUE = 0.93
"""With more ink than this a pixel keeps less of the scene than compression takes away."""
RIM_PIXELS = 5  # ink smears so far in a compressed picture
WINDOW_PIXELS = 17  # motion is tested within so many pixels
DRIFT_VARIANCE = 0.5  # what each further frame adds to a travelled pixel's doubt, squared steps


@dataclass(frozen=True)
class _Latest:
    """The frame before: luma and colour (f32), and the variance of its luma."""

    guide: U8
    y: F32
    u: F32
    v: F32
    variance: F32


class Inpainter:
    """Streams through the frames of one stay; `forget` between two stays."""

    def __init__(self, restorer: Restorer) -> None:
        self.opaque: Mask = restorer.alpha >= OPAQUE
        rim = cv2.dilate(self.opaque.astype(np.uint8), np.ones((RIM_PIXELS, RIM_PIXELS), np.uint8)) > 0
        self._half_opaque = _any_of_four(self.opaque)
        self._known = (~rim).astype(np.float32)
        self._known_nearby = _window(self._known)
        self._motion = Motion(self._known)
        self._latest: _Latest | None = None

    def forget(self) -> None:
        self._latest = None

    def inpaint(self, restored: Restored) -> Restored:
        """The same place with its opaque pixels guessed anew; all others as they are."""
        if not self.opaque.any():
            return restored
        mended = self._propagated(restored, self._latest) if self._latest is not None else restored
        planes = mended.planes
        variance = np.where(self.opaque, mended.deviation**2, 0).astype(np.float32)
        y, u, v = (np.asarray(one, np.float32) for one in (planes.y, planes.u, planes.v))
        self._latest = _Latest(planes.y, y, u, v, variance)
        return mended

    def _propagated(self, restored: Restored, latest: _Latest) -> Restored:
        planes = restored.planes
        source = self._motion.between(planes.y, latest.guide)
        y, travelled = carried((latest.y, latest.variance), source)
        u, v = carried((latest.u, latest.v), halved(source))
        error = _window((planes.y - y) ** 2 * self._known) / np.maximum(self._known_nearby, 1e-3)
        of_travelled = error + travelled + DRIFT_VARIANCE
        of_restored = np.maximum(restored.deviation**2, 1e-3)
        share = np.asarray(of_restored / (of_restored + of_travelled), np.float32)
        height, width = share.shape
        half_share = np.asarray(cv2.resize(share, (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.float32)
        mended = Planes(
            _mixed(planes.y, y, share, self.opaque),
            _mixed(planes.u, u, half_share, self._half_opaque),
            _mixed(planes.v, v, half_share, self._half_opaque),
        )
        deviation = np.where(self.opaque, np.sqrt(of_travelled * share), restored.deviation)
        return Restored(mended, np.asarray(deviation, np.float32))


def _mixed(plane: U8, other: F32, share: F32, mask: Mask) -> U8:
    mixed = plane + share * (other - plane)
    return np.where(mask, np.clip(mixed + np.float32(0.5), 0, 255).astype(np.uint8), plane)


def _window(picture: F32) -> F32:
    return np.asarray(cv2.blur(picture, (WINDOW_PIXELS, WINDOW_PIXELS)), np.float32)


def _any_of_four(mask: Mask) -> Mask:
    return mask[::2, ::2] | mask[1::2, ::2] | mask[::2, 1::2] | mask[1::2, 1::2]
