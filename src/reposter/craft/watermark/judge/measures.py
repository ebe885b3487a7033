"""What can be measured of a mended place without knowing the picture that was there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from reposter.craft.watermark.mark import Matte
from reposter.craft.watermark.picture import F32, U8, Box, Mask

SCENE_EDGE = 30.0
"""Gradients of the scene itself count less from here on; steps of luma over two pixels."""
SCENE_BLUR = 4.0
RING_PIXELS = 12
OUTSIDE_STEPS = 12.0
"""An inversion may leave 0 to 255 by so many steps before the matte is to blame and not the codec."""
INK_ALPHA_MIN = 0.08
CORE_ALPHA = 0.3
EDGE_SHARE = 0.25
"""Letter edges: where the mark's gradient is at least this share of its strongest."""
PIXELS_MIN = 60


@dataclass(frozen=True)
class Measures:
    """Of one place of one frame, or the mean of many.

    `residue`: least-squares share of the mark's gradients in the picture. `edges`: gradient energy on its letter
    edges, `around` in the ring about it. `outside`: share of inked pixels whose inversion is no possible brightness.
    """

    residue: float
    edges: float
    around: float
    outside: float

    @classmethod
    def middle(cls, several: list[Measures]) -> Self:
        """Of each its median: a few looks may be wrong about whether the mark is there."""
        return cls(*(float(np.median([getattr(one, name) for one in several])) for name in FIELDS))


FIELDS = ("residue", "edges", "around", "outside")


@dataclass(frozen=True)
class _View:
    """The mark's own gradients over a known scene, weighted; `energy` is theirs, `edges` where they are strong."""

    across: F32
    down: F32
    energy: float
    edges: Mask
    strength: float


class Gauge:
    """Measures pictures of one place against its matte. `box`: the pixels that it wants to see."""

    def __init__(self, matte: Matte, size: tuple[int, int]) -> None:
        """`size`: (width, height) of the whole picture."""
        inner = Box.around(matte.alpha > INK_ALPHA_MIN)
        self.is_blank = inner is None or int((matte.alpha > INK_ALPHA_MIN).sum()) < PIXELS_MIN
        local = (inner or Box(0, 0, 2, 2)).grown(RING_PIXELS + 4, RING_PIXELS + 4, (matte.box.width, matte.box.height))
        self.box = local.moved(matte.box.x0, matte.box.y0)
        assert self.box.x1 <= size[0] and self.box.y1 <= size[1], "a matte lies within its picture"
        self._alpha = np.ascontiguousarray(matte.alpha[local.slices])
        self._ink = np.ascontiguousarray(matte.ink[local.slices])
        self._inked: Mask = self._alpha > INK_ALPHA_MIN
        grown = cv2.dilate(self._inked.astype(np.uint8), np.ones((2 * RING_PIXELS + 1,) * 2, np.uint8)) > 0
        near = cv2.dilate(self._inked.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
        self._ring: Mask = grown & ~near

    @property
    def ink_pixels(self) -> int:
        return int(self._inked.sum())

    @property
    def alpha(self) -> float:
        """Of the strong part of the ink."""
        core = self._alpha[self._alpha > CORE_ALPHA]
        return float(np.percentile(core, 75)) if core.size else 0.0

    def compare(self, before: U8, after: U8, strength: float = 1.0) -> tuple[Measures, Measures]:
        """A picture with the mark and the same one mended, both (h, w) of `box`.

        The mended one is the best that is known of the scene.
        """
        scene = after.astype(np.float32)
        gradients_after = gradients(scene)
        view = self._view(scene, gradients_after, strength)
        seen = before.astype(np.float32)
        return self._measure(seen, gradients(seen), view), self._measure(scene, gradients_after, view)

    def measure_bare(self, picture: U8) -> Measures:
        """A picture of the place without the mark: what the scene itself has of the mark's outlines."""
        scene = picture.astype(np.float32)
        slopes = gradients(scene)
        return self._measure(scene, slopes, self._view(scene, slopes, 1.0))

    def _view(self, scene: F32, slopes: tuple[F32, F32], strength: float) -> _View:
        effect = self._effect(scene, strength)
        energy = effect[0] ** 2 + effect[1] ** 2
        weight = np.asarray(1 / (1 + (slopes[0] ** 2 + slopes[1] ** 2) / SCENE_EDGE**2), np.float32)
        edges = energy > EDGE_SHARE**2 * np.percentile(energy[self._inked], 98)
        return _View(effect[0] * weight, effect[1] * weight, float((energy * weight).sum()) + 1e-3, edges, strength)

    def _measure(self, seen: F32, slopes: tuple[F32, F32], view: _View) -> Measures:
        energy = slopes[0] ** 2 + slopes[1] ** 2
        return Measures(
            residue=float((slopes[0] * view.across + slopes[1] * view.down).sum()) / view.energy,
            edges=float(energy[view.edges].mean()),
            around=float(energy[self._ring].mean()) if self._ring.any() else 0.0,
            outside=self._outside(seen, view.strength),
        )

    def difference(self, one: U8, other: U8) -> tuple[float, float]:
        """Mean absolute change from one picture to the next, under the ink and in the ring."""
        change = cv2.absdiff(one, other)
        return float(change[self._inked].mean()), float(change[self._ring].mean()) if self._ring.any() else 0.0

    def _effect(self, scene: F32, strength: float) -> tuple[F32, F32]:
        smooth = cv2.GaussianBlur(scene, (0, 0), SCENE_BLUR)
        return gradients(np.asarray((self._ink - self._alpha * smooth) * strength, np.float32))

    def _outside(self, seen: F32, strength: float) -> float:
        through = np.maximum(1 - strength * self._alpha, 0.04)
        inverted = (seen - strength * self._ink) / through
        slack = OUTSIDE_STEPS / through
        impossible = (inverted < 16 - slack) | (inverted > 235 + slack)
        return float(impossible[self._inked].mean())


def gradients(picture: F32) -> tuple[F32, F32]:
    """Differences over two pixels, across and down; 0 at the edges."""
    across, down = np.zeros_like(picture), np.zeros_like(picture)
    across[:, 1:-1] = picture[:, 2:] - picture[:, :-2]
    down[1:-1] = picture[2:] - picture[:-2]
    return across, down
