"""Gives the picture under a mark back: four guesses of every pixel, each weighted by how well it proves itself.

The guesses are the fill from what shines through around, the same place while the mark was elsewhere, the frame before
moved along with the scene, and the pixel with the ink taken off. Their variances are measured in every frame: the
fill's by how it explains the marked pixels and by how rough the unmarked ones nearby are, those of other moments by how
they explain the place through the mark; the pixel's own is what a fill of the smooth parts cannot explain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reposter.craft.watermark.mark import Matte
from reposter.craft.watermark.picture import F32, U8, Box, Mask, Planes
from reposter.craft.watermark.restore.filling import Filler
from reposter.craft.watermark.restore.mixture import (
    FILL_PIXELS,
    SCENE_PIXELS,
    STROKE_PIXELS,
    UNMARKED,
    ChromaMixture,
    Mixture,
)
from reposter.craft.watermark.restore.motion import Motion, carried
from reposter.craft.watermark.restore.noise import Noise, NoiseMeter
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
OUTSIDE_RIM, OUTSIDE_INK = 0.3, 0.002  # weights of pixels with hardly any ink, and with more
FILL_VARIANCE_MIN = 1.5
REFERENCE_VARIANCE_MIN = 0.7
BEFORE_VARIANCE_MIN = 0.5
MIXTURES_KEPT = 2  # noise that lies between two powers of two goes to and fro
BEFORE_DOUBT = 1.4  # the frame before has many of its errors in common with this one


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
        self.support: Mask = matte.touched[inside.slices]
        self.alpha = matte.alpha[inside.slices]
        self._matte = _cut(matte, inside)
        self._meter = NoiseMeter(self._matte.see_through, self._matte.variance, self.support)
        self._outside = Filler(_weight_outside(self._matte.see_through, self.support))
        self._mixtures: dict[Noise, Mixture] = {}
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

        `before` is what came out for the frame before. Pixels that the matte does not touch come back as they are.
        """
        if strength == 1 and self._meter.wants():
            self._measure(planes.y.astype(np.float32))
        now = self._mixture(strength)
        luma, deviation = self._restore_luma(planes.y, now, references, before)
        u = _restore_chroma(planes.u, now.chroma.ink_u, now.chroma)
        v = _restore_chroma(planes.v, now.chroma.ink_v, now.chroma)
        return Restored(Planes(luma, u, v), deviation)

    def _mixture(self, strength: float) -> Mixture:
        noise = self._meter.noise.rounded()
        if strength != 1:
            return Mixture.of(self._matte, self.support, strength, noise)
        if noise not in self._mixtures:
            if len(self._mixtures) == MIXTURES_KEPT:
                del self._mixtures[next(iter(self._mixtures))]
            self._mixtures[noise] = Mixture.of(self._matte, self.support, 1.0, noise)
        return self._mixtures[noise]

    def _measure(self, seen: F32) -> None:
        """Of the noise, from a fill that does not follow what it is compared with."""
        now = self._mixture(1.0)
        uninked = seen - now.ink
        missed = uninked - now.see_through * self._outside.fill(uninked * now.inverse)
        self._meter.hear(missed, now.see_through, finer(_nearby(seen, now) - 1, seen.shape))

    def _restore_luma(self, luma: U8, now: Mixture, references: Bare, before: Restored | None) -> tuple[U8, F32]:
        seen = luma.astype(np.float32)
        uninked = seen - now.ink
        filled = now.filler.fill(np.clip(uninked * now.inverse, 0, 255))
        missed = uninked - now.see_through * filled
        nearby = _nearby(seen, now)
        precision = finer(inverse(_fill_variance(missed, nearby, now)), seen.shape)
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


def _weight_outside(see_through: F32, support: Mask) -> F32:
    """A fill with it does not follow what it is to be compared with."""
    marked = np.where(see_through > UNMARKED, OUTSIDE_RIM, OUTSIDE_INK * see_through * see_through)
    return np.where(support, marked, 1).astype(np.float32)


def _nearby(seen: F32, now: Mixture) -> F32:
    """Variance of the detail of unmarked pixels, at least 1; half the size."""
    detail = (seen - blur(seen * now.scene, STROKE_PIXELS) * now.scene_nearby) * now.scene
    return spread(detail * detail, SCENE_PIXELS) * now.coarse_scene + np.float32(1)


def _fill_variance(missed: F32, nearby: F32, now: Mixture) -> F32:
    """By what the fill `missed` of the marked pixels, and by the detail of unmarked ones nearby; half the size."""
    under_mark = np.maximum(spread(missed * missed, FILL_PIXELS) - now.coarse_noise, 0) * now.coarse_ink
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
