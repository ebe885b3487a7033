"""All that can be known of a place before its first frame: how mark and scene mix there at one strength of the mark."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reposter.craft.watermark.mark import SEEN_THROUGH, Matte
from reposter.craft.watermark.picture import F32, Mask
from reposter.craft.watermark.restore.filling import Filler
from reposter.craft.watermark.restore.noise import Noise
from reposter.craft.watermark.restore.windows import blur, inverse, spread

ALPHA_LEFT_MIN, CHROMA_LEFT_MIN = 0.04, 0.1  # ink is not divided by less
UNMARKED_VARIANCE = 0.8  # away from the ink another picture should fit well before it is believed
UNMARKED = 0.97  # pixels with less ink than 3 % tell what the scene is like
CHROMA_PRIOR, CHROMA_NOISE = 16.0, 4.0

FILL_PIXELS = 4.0  # standard deviations of the windows in which errors are averaged
PICTURE_PIXELS = 3.0
SCENE_PIXELS = 8.0
AROUND_PIXELS = 16.0
EVIDENCE_MIN, AROUND_SHARE = 0.02, 0.05
"""Where less than this of the scene shines through, what is wider around has a say of this share."""
STROKE_PIXELS = 2.5  # detail finer than this is what a fill cannot know


@dataclass(frozen=True)
class ChromaMixture:
    """The colour planes (h/2, w/2)."""

    see_through: F32
    inverse: F32
    gain: F32
    support: Mask
    ink_u: F32
    ink_v: F32
    filler: Filler

    @classmethod
    def of(cls, matte: Matte, strength: float) -> ChromaMixture:
        a = np.asarray(1 - strength * (1 - matte.chroma_see_through), np.float32)
        support = a < SEEN_THROUGH
        return cls(
            see_through=a,
            inverse=inverse(a, CHROMA_LEFT_MIN),
            gain=np.asarray(a * CHROMA_PRIOR / (a * a * CHROMA_PRIOR + CHROMA_NOISE), np.float32),
            support=support,
            ink_u=strength * matte.ink_u,
            ink_v=strength * matte.ink_v,
            filler=Filler(np.where(support, a**4, 1).astype(np.float32)),
        )


@dataclass(frozen=True)
class Mixture:
    """Luma (h, w). Maps called `coarse` have half the size; `coarse_ink` and the like are factors of an average."""

    see_through: F32
    ink: F32
    support: Mask
    inverse: F32
    filler: Filler
    own_trust: F32  # a / variance of the pixel itself
    own_precision: F32
    coarse_noise: F32
    coarse_ink: F32
    scene: F32  # 1 where there is no ink
    scene_nearby: F32
    coarse_scene: F32
    coarse_closeness: F32  # 1 near pixels without ink
    coarse_picture_noise: F32
    coarse_picture_ink: F32
    coarse_around: F32 | None  # how much the wider surroundings count; None where there is enough to see everywhere
    chroma: ChromaMixture

    @classmethod
    def of(cls, matte: Matte, support: Mask, strength: float, noise: Noise) -> Mixture:
        a = np.where(support, 1 - strength * matte.alpha, 1).astype(np.float32)
        variance = noise.variance(a)
        scene = (a > UNMARKED).astype(np.float32)
        coarse_scene = spread(scene, SCENE_PIXELS)
        picture_noise = np.where(support, a * a * variance, UNMARKED_VARIANCE).astype(np.float32)
        evidence = spread(a**4, PICTURE_PIXELS)
        coarse_noise = spread(picture_noise, PICTURE_PIXELS)
        around = _around(evidence)
        if around is not None:
            coarse_noise += around * blur(coarse_noise, AROUND_PIXELS / 2)
            evidence += np.float32(AROUND_SHARE)
        return cls(
            see_through=a,
            ink=np.where(support, strength * matte.ink, 0).astype(np.float32),
            support=support,
            inverse=inverse(a, ALPHA_LEFT_MIN),
            filler=Filler(np.where(support, a * a * noise.shine / variance, 1).astype(np.float32)),
            own_trust=a / variance,
            own_precision=a * a / variance,
            coarse_noise=spread(np.where(support, variance, 0).astype(np.float32), FILL_PIXELS),
            coarse_ink=inverse(spread(np.where(support, a * a, 0).astype(np.float32), FILL_PIXELS), 1e-4),
            scene=scene,
            scene_nearby=inverse(blur(scene, STROKE_PIXELS), 1e-3),
            coarse_scene=inverse(coarse_scene, 1e-3),
            coarse_closeness=np.clip(coarse_scene * 4, 0, 1),
            coarse_picture_noise=coarse_noise,
            coarse_picture_ink=inverse(evidence, EVIDENCE_MIN),
            coarse_around=around,
            chroma=ChromaMixture.of(matte, strength),
        )


def _around(evidence: F32) -> F32 | None:
    if evidence.min() >= EVIDENCE_MIN:
        return None
    return AROUND_SHARE * inverse(blur(evidence, AROUND_PIXELS / 2), 1e-3)
