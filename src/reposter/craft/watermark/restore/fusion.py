"""Gives the picture under a mark back: four guesses of every pixel, each weighted by how well it proves itself.

The guesses are the fill from what shines through around, the same place while the mark was elsewhere, the frame before
moved along with the scene, and the pixel with the ink taken off. Their variances are measured in every frame: the
fill's by how it explains the marked pixels and by how rough the unmarked ones nearby are, those of other moments by how
they explain the place through the mark; the pixel's own is what compression leaves, most of all where the ink ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reposter.craft.watermark.mark import Matte
from reposter.craft.watermark.picture import F32, U8, Box, Mask, Planes
from reposter.craft.watermark.restore.mixture import FILL_PIXELS, SCENE_PIXELS, STROKE_PIXELS, ChromaMixture, Mixture
from reposter.craft.watermark.restore.motion import Motion, carried
from reposter.craft.watermark.restore.pictures import (
    NOTHING,
    Aligner,
    Bare,
    best_picture,
    picture_error,
    picture_variance,
)
from reposter.craft.watermark.restore.windows import blur, finer, inverse, spread, to_steps

MARGIN = 20  # pixels around the ink to fill from
FILL_VARIANCE_MIN = 5.0
REFERENCE_VARIANCE_MIN = 0.6
BEFORE_VARIANCE_MIN = 1.0
BEFORE_DOUBT = 1.5  # the frame before has many of its errors in common with this one


@dataclass(frozen=True)
class Restored:
    """The mended place, and the standard deviation (h, w) of its luma in steps of 0 to 255: 0 where untouched."""

    planes: Planes
    deviation: F32


class Restorer:
    """One place of a mark. `box` (even, in the full picture) is what it needs to see; None for a matte without ink."""

    def __init__(self, matte: Matte) -> None:
        self.box = _work_box(matte)
        if self.box is None:
            return
        inside = self.box.moved(-matte.box.x0, -matte.box.y0)
        self.support: Mask = matte.support[inside.slices]
        self.alpha = matte.alpha[inside.slices]
        self._matte = _cut(matte, inside)
        self._full = Mixture.of(self._matte, self.support, 1.0)
        self._aligner = Aligner(self.alpha.shape)
        self._motion = Motion(np.ones_like(self.alpha))

    @property
    def pixels(self) -> int:
        """Luma pixels that are changed."""
        return 0 if self.box is None else int(self.support.sum())

    def restore(
        self, planes: Planes, strength: float, references: Bare = NOTHING, before: Restored | None = None
    ) -> Restored:
        """`planes` and `references` are those of `box`.

        `before` is what came out for the frame before. Pixels outside the matte's support come back as they are.
        """
        now = self._full if strength == 1 else Mixture.of(self._matte, self.support, strength)
        luma, deviation = self._restore_luma(planes.y, now, references, before)
        u = _restore_chroma(planes.u, now.chroma.ink_u, now.chroma)
        v = _restore_chroma(planes.v, now.chroma.ink_v, now.chroma)
        return Restored(Planes(luma, u, v), deviation)

    def _restore_luma(self, luma: U8, now: Mixture, references: Bare, before: Restored | None) -> tuple[U8, F32]:
        seen = luma.astype(np.float32)
        uninked = seen - now.ink
        filled = now.filler.fill(np.clip(uninked * now.inverse, 0, 255))
        precision = finer(inverse(_fill_variance(seen, uninked - now.see_through * filled, now)), seen.shape)
        total = precision * filled
        pictures = (*references.medians, *self._aligner.moved(references.single, filled))
        if pictures:
            best, variance = best_picture(seen, pictures, now)
            trust = finer(inverse(variance + REFERENCE_VARIANCE_MIN), seen.shape)
            total += trust * best
            precision += trust
        if before is not None:
            picture, trust = self._from_before(seen, filled, before, now)
            total += trust * picture
            precision += trust
        total += now.own_trust * uninked
        precision += now.own_precision
        mended = np.where(now.support, to_steps(total / precision), luma)
        return mended, np.where(now.support, 1 / np.sqrt(precision), 0).astype(np.float32)

    def _from_before(self, seen: F32, filled: F32, before: Restored, now: Mixture) -> tuple[F32, F32]:
        """The frame before, moved along with the scene, and its precision."""
        source = self._motion.between(to_steps(filled), before.planes.y)
        picture, deviation = carried((before.planes.y.astype(np.float32), before.deviation), source)
        of_motion = finer(picture_variance(picture_error(seen, picture, now), now), seen.shape)
        variance = of_motion + BEFORE_DOUBT * deviation * deviation + BEFORE_VARIANCE_MIN
        return picture, inverse(np.asarray(variance, np.float32))


def _restore_chroma(plane: U8, ink: F32, now: ChromaMixture) -> U8:
    uninked = plane - ink
    filled = now.filler.fill(np.clip(uninked * now.inverse, 0, 255))
    mended = filled + now.gain * (uninked - now.see_through * filled)
    return np.where(now.support, to_steps(mended), plane)


def _fill_variance(seen: F32, missed: F32, now: Mixture) -> F32:
    """By what the fill `missed` of the marked pixels, and by the detail of unmarked ones nearby; half the size."""
    under_mark = np.maximum(spread(missed * missed, FILL_PIXELS) - now.coarse_noise, 0) * now.coarse_ink
    detail = (seen - blur(seen * now.scene, STROKE_PIXELS) * now.scene_nearby) * now.scene
    nearby = spread(detail * detail, SCENE_PIXELS) * now.coarse_scene + 1
    # A weighted geometric mean: where the matte is wrong, what was missed is more than the scene can account for.
    both = np.sqrt(np.sqrt((under_mark + 1) * nearby * nearby * nearby))
    return np.asarray(FILL_VARIANCE_MIN + under_mark + now.coarse_closeness * (both - under_mark), np.float32)


def _work_box(matte: Matte) -> Box | None:
    ink = Box.around(matte.support)
    if ink is None:
        return None
    height, width = matte.see_through.shape
    return ink.grown(MARGIN, MARGIN, within=(width, height)).moved(matte.box.x0, matte.box.y0)


def _cut(matte: Matte, inside: Box) -> Matte:
    full, half = inside.slices, inside.halved.slices
    return Matte(
        inside.moved(matte.box.x0, matte.box.y0),
        matte.see_through[full],
        matte.ink[full],
        matte.variance[full],
        matte.chroma_see_through[half],
        matte.ink_u[half],
        matte.ink_v[half],
    )
