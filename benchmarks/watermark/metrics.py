"""How close a mended picture comes to the one that never had a mark: in the mark, around it, and away from it.

Everything is measured on decoded 8-bit planes against the clean clip, which went through the same encoder.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.watermark.overlay import Place, Truth, halved
from benchmarks.watermark.video import U8, Three, planes_of

Mask = NDArray[np.bool_]
F32 = NDArray[np.float32]
MARKED = 0.02  # opacity from which a pixel counts as marked, shadow included
RING_PIXELS = 8
PAD_PIXELS = 64
AWAY_PIXELS = 24  # beyond this distance from the mark's box nothing may change
PEAK_SQUARED = 255.0**2


@dataclass(frozen=True)
class Window:
    """The surroundings of one place: what is cut out, and which of its pixels are the mark (`mask`) and its `ring`."""

    left: int
    top: int
    right: int
    bottom: int
    mask: Mask
    ring: Mask
    alpha: F32
    ink: F32

    @classmethod
    def around(cls, place: Place, size: tuple[int, int]) -> Self:
        x0, y0, x1, y1 = place.box
        left, top = max(0, x0 - PAD_PIXELS) // 2 * 2, max(0, y0 - PAD_PIXELS) // 2 * 2
        right, bottom = min(size[0], x1 + PAD_PIXELS) // 2 * 2, min(size[1], y1 + PAD_PIXELS) // 2 * 2
        inside = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
        alpha = np.zeros((bottom - top, right - left), np.float32)
        ink = np.zeros((3, *alpha.shape), np.float32)
        alpha[inside], ink[(slice(None), *inside)] = place.mark.alpha, place.mark.ink
        mask = alpha > MARKED
        return cls(left, top, right, bottom, mask, grown(mask, RING_PIXELS) & ~mask, alpha, ink)

    @property
    def small_mask(self) -> Mask:
        """Chroma pixels of which any part is marked."""
        height, width = self.mask.shape
        return np.asarray(self.mask.reshape(height // 2, 2, width // 2, 2).any((1, 3)))

    @property
    def small_alpha(self) -> F32:
        return halved(self.alpha)

    @property
    def oracle(self) -> Mask:
        """What the baselines are told to replace: the mark and two pixels more."""
        return grown(self.mask, 2)

    def cut(self, picture: U8) -> Three:
        y, u, v = planes_of(picture)
        rows, columns = slice(self.top // 2, self.bottom // 2), slice(self.left // 2, self.right // 2)
        luma = y[self.top : self.bottom, self.left : self.right]
        return luma.copy(), u[rows, columns].copy(), v[rows, columns].copy()


def windows_of(truth: Truth) -> tuple[Window, ...]:
    return tuple(Window.around(place, truth.shape.size) for place in truth.places)


def grown(mask: Mask, pixels: int) -> Mask:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * pixels + 1, 2 * pixels + 1))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel) > 0)


@dataclass(frozen=True)
class Score:
    """`psnr`, `ssim` and `flicker` in the mask (SSIM with its ring), `border_psnr` in the ring; decibels.

    `flicker`: mean change of the error from one frame to the next, in steps of brightness. `low_psnr`: that of the
    worst tenth of frames.
    """

    psnr: float
    ssim: float
    flicker: float
    border_psnr: float
    chroma_psnr: float
    low_psnr: float
    frames: int

    def to_dict(self) -> dict[str, float]:
        return {name: round(value, 4) for name, value in asdict(self).items()}


@dataclass
class Scorer:
    """Adds up one method's frames of one clip."""

    windows: tuple[Window, ...]
    squares: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))  # mask, ring, chroma
    counts: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    by_frame: list[float] = field(default_factory=list)
    likeness: list[float] = field(default_factory=list)
    changes: list[float] = field(default_factory=list)
    _last: tuple[int, int, F32] | None = None

    def add(self, number: int, place: int, mended: Three, clean: Three) -> None:
        """Frame `number`, in which the mark stands at `place`; both are cut by that place's window."""
        window = self.windows[place]
        mask, small = window.mask, window.small_mask
        error = mended[0].astype(np.float32) - clean[0]
        chroma = [(mended[i].astype(np.float32) - clean[i])[small] for i in (1, 2)]
        in_mask = float((error[mask] ** 2).sum())
        self.squares += [in_mask, float((error[window.ring] ** 2).sum()), sum(float((one**2).sum()) for one in chroma)]
        self.counts += [mask.sum(), window.ring.sum(), 2 * small.sum()]
        self.by_frame.append(in_mask / max(1, int(mask.sum())))
        self.likeness.append(float(ssim_map(mended[0], clean[0])[mask | window.ring].mean()))
        if self._last and self._last[:2] == (number - 1, place):
            self.changes.append(float(np.abs(error - self._last[2])[mask].mean()))
        self._last = (number, place, error)

    def score(self) -> Score:
        means = self.squares / np.maximum(self.counts, 1)
        return Score(
            psnr=decibels(means[0]),
            ssim=float(np.mean(self.likeness)) if self.likeness else 0.0,
            flicker=float(np.mean(self.changes)) if self.changes else 0.0,
            border_psnr=decibels(means[1]),
            chroma_psnr=decibels(means[2]),
            low_psnr=decibels(float(np.percentile(self.by_frame, 90))) if self.by_frame else 0.0,
            frames=len(self.by_frame),
        )


def decibels(mean_square: float) -> float:
    """Peak signal to noise of a mean squared error; 78 where there is none."""
    return float(10 * np.log10(PEAK_SQUARED / max(float(mean_square), 1e-3)))


def ssim_map(one: U8, other: U8) -> F32:
    """Structural similarity around each pixel (Wang et al. 2004): Gaussian of 1.5 pixels, 11 wide."""
    a, b = one.astype(np.float32), other.astype(np.float32)
    mean_a, mean_b = _soften(a), _soften(b)
    variance_a, variance_b = _soften(a * a) - mean_a**2, _soften(b * b) - mean_b**2
    shared = _soften(a * b) - mean_a * mean_b
    first, second = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    above = (2 * mean_a * mean_b + first) * (2 * shared + second)
    return np.asarray(above / ((mean_a**2 + mean_b**2 + first) * (variance_a + variance_b + second)), np.float32)


def changed_away(before: U8, after: U8, place: Place | None) -> int:
    """Luma pixels that differ farther than AWAY_PIXELS from the mark's box; anywhere where no mark is shown."""
    height = before.shape[0] * 2 // 3
    differs = before[:height] != after[:height]
    if place is not None:
        x0, y0, x1, y1 = place.box
        differs[max(0, y0 - AWAY_PIXELS) : y1 + AWAY_PIXELS, max(0, x0 - AWAY_PIXELS) : x1 + AWAY_PIXELS] = False
    return int(differs.sum())


def _soften(values: F32) -> F32:
    return np.asarray(cv2.GaussianBlur(values, (11, 11), 1.5), np.float32)
