"""Un-marked pictures of other moments, put to the test through the mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from reposter.craft.watermark.picture import F32
from reposter.craft.watermark.restore.mixture import AROUND_PIXELS, PICTURE_PIXELS, Mixture
from reposter.craft.watermark.restore.windows import blur, coarser, spread

DETAIL_PIXELS = 6.0  # coarser than this says nothing about a shift
AGREEMENT_MIN = 0.05  # of the phases; less is no shift of the whole picture
SHIFT_MIN, SHIFT_MAX = 0.2, 40.0  # pixels
REST_FRAMES = 5  # a picture that lies well, or that has nothing to do with the present one, will for some more


@dataclass(frozen=True)
class Bare:
    """Luma (h, w) of a place without the mark: `medians` of several looks hide what passed by, `single` looks are sharp
    where the camera moved and can be laid on the present picture.
    """

    medians: tuple[F32, ...] = ()
    single: tuple[F32, ...] = ()


NOTHING = Bare()


class Aligner:
    """Moves pictures of one place so that they lie on the present one: a hand-held camera drifts."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._window = cv2.createHanningWindow((shape[1] // 2, shape[0] // 2), cv2.CV_32F)
        self._kept: tuple[Sequence[F32], list[F32]] | None = None
        self._rests: list[int] = []

    def moved(self, pictures: Sequence[F32], onto: F32) -> list[F32]:
        """Each of `pictures` (h, w), moved back if it is `onto` (h, w) seen a little aside."""
        if not pictures:
            return []
        details = self._details(pictures)
        now = None if all(self._rests) else _detail(onto)
        found = []
        for number, (picture, detail) in enumerate(zip(pictures, details, strict=True)):
            if self._rests[number] or now is None:
                self._rests[number] -= 1
                found.append(picture)
                continue
            (across, down), agreement = cv2.phaseCorrelate(now, detail, self._window)
            shift = 2 * float(np.hypot(across, down))
            is_aside = agreement > AGREEMENT_MIN and SHIFT_MIN < shift < SHIFT_MAX
            self._rests[number] = 0 if is_aside else REST_FRAMES
            found.append(_shifted(picture, 2 * across, 2 * down) if is_aside else picture)
        return found

    def _details(self, pictures: Sequence[F32]) -> list[F32]:
        """Kept, as the same pictures serve a whole stay."""
        if self._kept is None or self._kept[0] is not pictures:
            self._kept = pictures, [_detail(one) for one in pictures]
            self._rests = [0] * len(pictures)
        return self._kept[1]


def picture_error(seen: F32, picture: F32, now: Mixture) -> F32:
    """How badly `picture` explains the marked one `seen` (h, w): squared steps, half the size, ink counting less."""
    error = now.see_through * picture
    error += now.ink
    error -= seen
    error *= now.see_through
    error *= error
    near = spread(error, PICTURE_PIXELS)
    return near if now.coarse_around is None else near + now.coarse_around * blur(near, AROUND_PIXELS / 2)


def picture_variance(error: F32, now: Mixture) -> F32:
    """Of a picture with such an error; half the size."""
    return np.asarray(np.maximum(error - now.coarse_picture_noise, 0) * now.coarse_picture_ink, np.float32)


def best_picture(seen: F32, pictures: Sequence[F32], now: Mixture) -> tuple[F32, F32]:
    """In every pixel the one of `pictures` that explains its surroundings best, and its variance (half the size)."""
    best, least = pictures[0], picture_error(seen, pictures[0], now)
    for picture in pictures[1:]:
        error = picture_error(seen, picture, now)
        better = cv2.resize((error < least).astype(np.uint8), seen.shape[::-1], interpolation=cv2.INTER_NEAREST)
        least = np.minimum(error, least)
        best = np.where(better, picture, best)
    return best, picture_variance(least, now)


def _detail(picture: F32) -> F32:
    small = coarser(picture)
    return np.asarray(small - blur(small, DETAIL_PIXELS), np.float32)


def _shifted(picture: F32, across: float, down: float) -> F32:
    """Read so many pixels further right and down."""
    height, width = picture.shape
    matrix = np.array([[1, 0, across], [0, 1, down]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(picture, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)
