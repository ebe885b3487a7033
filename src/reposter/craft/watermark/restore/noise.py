"""What compression and an inexact matte leave in the marked pixels, measured while frames pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reposter.craft.watermark.picture import F32, Mask

BODY_VARIANCE, OUTLINE_VARIANCE = 9.0, 72.0  # squared steps; before anything was measured, and in a busy scene
BODY_MIN, BODY_MAX, OUTLINE_MAX = 6.0, 90.0, 256.0
RATIO_SURE, RATIO_UNSURE = 5.0, 14.0
"""The least of `outline` to `body`: there the codec rings, and an error of the matte shows most."""
STD_SURE, STD_UNSURE = 0.02, 0.06  # of a, over the ink
SHINE_MIN, SHINE_TO_DETAIL = 0.06, 3.0  # the least of `shine` to `body`, and how it grows with the detail

STEEP, FLAT = 0.25, 0.1  # slopes of the matte; a pixel between them tells little
INK_SHARE = 0.6  # of the most ink; fainter pixels leave too little to measure
PIXELS_MIN = 64  # fewer of a kind measure nothing
FILL_TO_DETAIL = 8.0  # a fill from outside the ink misses so many times the variance of the detail around it
MEDIAN_OF_SQUARES = 0.455  # of a normal distribution with variance 1
FRAMES_AT_FIRST, EVERY_FRAMES, MEMORY = 4, 8, 16


@dataclass(frozen=True)
class Noise:
    """Variances of a marked pixel's luma in squared steps: `body`, plus `outline` times the slope of the matte.

    `shine`: how a fill weighs what shines through, as the variance of a pixel that would count like one without ink:
    much in a busy scene, little in a smooth one, where the surroundings say it all.
    """

    body: float = BODY_VARIANCE
    outline: float = OUTLINE_VARIANCE
    shine: float = BODY_VARIANCE

    def variance(self, see_through: F32) -> F32:
        """Of every pixel (h, w)."""
        return np.asarray(self.body + self.outline * _slope(see_through), np.float32)

    def rounded(self) -> Noise:
        """To powers of two, so that what depends on it is seldom worked out anew."""
        return Noise(*(float(2.0 ** round(np.log2(one))) for one in (self.body, self.outline, self.shine)))

    def nearer(self, other: Noise, share: float) -> Noise:
        """This much of the way to `other`."""
        return Noise(
            self.body + share * (other.body - self.body),
            self.outline + share * (other.outline - self.outline),
            self.shine + share * (other.shine - self.shine),
        )


class NoiseMeter:
    """Hears of one place, frame by frame, what a fill from outside the ink cannot explain.

    The median belongs to the smooth half of the scene, where that fill is right and only noise is left.
    """

    def __init__(self, see_through: F32, variance: F32, support: Mask) -> None:
        slope = _slope(see_through)
        ink = 1 - see_through
        self._body = np.flatnonzero(support & (ink > INK_SHARE * float(ink.max())) & (slope < FLAT))
        self._outline = np.flatnonzero(support & (slope > STEEP))
        self._slope = float(slope.ravel()[self._outline].mean()) if len(self._outline) else 1.0
        std = float(np.sqrt(variance[support].mean())) if support.any() else 0.0
        doubt = min(max((std - STD_SURE) / (STD_UNSURE - STD_SURE), 0), 1)
        self._ratio = RATIO_SURE + doubt * (RATIO_UNSURE - RATIO_SURE)
        self._frames = self._heard = 0
        self.noise = Noise(BODY_VARIANCE, max(OUTLINE_VARIANCE, self._ratio * BODY_VARIANCE))

    def wants(self) -> bool:
        """Asked once for each frame: noise changes slowly."""
        self._frames += 1
        return self._frames <= FRAMES_AT_FIRST or self._frames % EVERY_FRAMES == 0

    def hear(self, missed: F32, see_through: F32, detail: F32) -> None:
        """`missed` (h, w) in steps by a fill from outside, and the variance of the `detail` (h, w) around the ink."""
        scene = FILL_TO_DETAIL * see_through * see_through * detail
        body = _noise_in(missed, scene, self._body, BODY_VARIANCE)
        outline = _noise_in(missed, scene, self._outline, BODY_VARIANCE + self._slope * OUTLINE_VARIANCE)
        body = min(max(outline / 3 if body is None and outline is not None else body or 0, BODY_MIN), BODY_MAX)
        steep = 0 if outline is None else (outline - body) / self._slope
        shine = min(max(SHINE_TO_DETAIL * float(np.median(detail[::4, ::4])), SHINE_MIN * body), body)
        now = Noise(body, min(max(steep, self._ratio * body), OUTLINE_MAX), shine)
        self._heard += 1
        self.noise = self.noise.nearer(now, 1 / min(self._heard, MEMORY))


def _slope(see_through: F32) -> F32:
    """Change over two pixels, at most 1."""
    across, down = np.zeros_like(see_through), np.zeros_like(see_through)
    across[:, 1:-1] = see_through[:, 2:] - see_through[:, :-2]
    down[1:-1] = see_through[2:] - see_through[:-2]
    return np.minimum(np.hypot(across, down), np.float32(1))


def _noise_in(missed: F32, scene: F32, pixels: NDArray[np.intp], expected: float) -> float | None:
    """What the scene cannot explain; where it may explain all, noise is as expected, unless even less was missed."""
    if len(pixels) < PIXELS_MIN:
        return None
    squares = missed.ravel()[pixels]
    squares *= squares
    found = float(np.median(squares)) / MEDIAN_OF_SQUARES
    return max(found - float(np.median(scene.ravel()[pixels])), min(found, expected))
