"""The usual ways to take a mark away, each told exactly where it is, and two bounds that also know its true opacity.

Scored on the same frames as ours.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from patchmatch import patch_match

from benchmarks.watermark.filters import delogo, removelogo
from benchmarks.watermark.metrics import Mask, Score, Scorer, Window, windows_of
from benchmarks.watermark.overlay import Marked, Truth, halved
from benchmarks.watermark.picture import TRUTH, Album
from benchmarks.watermark.propagation import Cuts, median_over_time, propagate, stacked
from benchmarks.watermark.video import U8, Three, frames_of

BASELINES = ("delogo", "removelogo", "telea", "ns", "patchmatch", "median", "flow")
UNTOUCHED, INVERSION = "untouched", "inversion"  # not baselines: the input itself, and plain division by the true 1 - α
INPAINT_RADIUS = 5
PATCH_RADIUS = 3
LET_THROUGH_MIN = 0.02
SEED = 4

Method = Callable[[int, int, Three], Three]


def score_baselines(marked: Marked, album: Album) -> dict[str, Score]:
    """Every baseline and the plain inversion on one clip; one picture of each goes into the album."""
    truth = marked.truth
    windows = windows_of(truth)
    cuts = [[window.cut(picture) for window in windows] for picture in frames_of(marked.marked)]
    clean = {
        t: windows[truth.shown[t]].cut(picture)
        for t, picture in enumerate(frames_of(marked.clean))
        if t % 6 in (0, 1) and truth.shown[t] >= 0
    }
    course = _Course(cuts, clean, truth, windows, album)
    patch_match.set_random_seed(SEED)
    scores = {name: course.score(name, method) for name, method in _stills(truth, windows).items()}
    scores["median"] = course.score("median", _by_median(cuts, truth, windows))
    carried = {t: _unstacked(picture) for t, picture in propagate(cuts, truth, windows)}
    scores["flow"] = course.score("flow", _replacing(windows, lambda t, place, seen: carried[t]))
    with tempfile.TemporaryDirectory() as folder:
        for name, pictures in (
            ("delogo", delogo(marked.marked, truth, windows)),
            ("removelogo", removelogo(marked.marked, truth, windows, Path(folder))),
        ):
            filtered = {t: windows[truth.shown[t]].cut(one) for t, one in enumerate(pictures) if t in clean}
            scores[name] = course.score(name, lambda t, place, seen, known=filtered: known[t])
    return scores


@dataclass(frozen=True)
class _Course:
    """The frames of one clip that every method is scored on."""

    cuts: Cuts
    clean: dict[int, Three]
    truth: Truth
    windows: tuple[Window, ...]
    album: Album

    def score(self, name: str, method: Method) -> Score:
        scorer = Scorer(self.windows)
        for t in self.clean:
            place = int(self.truth.shown[t])
            mended = method(t, place, self.cuts[t][place])
            scorer.add(t, place, mended, self.clean[t])
            if t == self.truth.portrait_frame:
                self.album.keep(name, mended)
                self.album.keep(TRUTH, self.clean[t])
        return scorer.score()


def _stills(truth: Truth, windows: Sequence[Window]) -> dict[str, Method]:
    """Methods that look at one frame alone."""

    def invert(t: int, place: int, seen: Three) -> Three:
        return inverted(seen, windows[place], float(truth.strength[t]))

    return {
        UNTOUCHED: lambda t, place, seen: seen,
        INVERSION: invert,
        "telea": _replacing(windows, lambda t, place, seen: _inpainted(seen, windows[place].oracle, cv2.INPAINT_TELEA)),
        "ns": _replacing(windows, lambda t, place, seen: _inpainted(seen, windows[place].oracle, cv2.INPAINT_NS)),
        "patchmatch": _replacing(windows, lambda t, place, seen: _patched(seen, windows[place].oracle)),
    }


def _by_median(cuts: Cuts, truth: Truth, windows: Sequence[Window]) -> Method:
    medians = median_over_time(cuts, truth)
    starts = {t: start for start, end, _ in truth.stays() for t in range(start, end)}
    return _replacing(windows, lambda t, place, seen: medians[starts[t]] or seen)


def _replacing(windows: Sequence[Window], method: Method) -> Method:
    """The method, with every pixel outside the oracle's mask as it was."""

    def replaced(t: int, place: int, seen: Three) -> Three:
        mask = windows[place].oracle
        height, width = mask.shape
        small = mask.reshape(height // 2, 2, width // 2, 2).any((1, 3))
        new = method(t, place, seen)
        return np.where(mask, new[0], seen[0]), np.where(small, new[1], seen[1]), np.where(small, new[2], seen[2])

    return replaced


def inverted(seen: Three, window: Window, strength: float) -> Three:
    """B = (I - c) / (1 - α) with the truth about α and c."""
    alphas = (window.alpha, window.small_alpha, window.small_alpha)
    inks = (window.ink[0], halved(window.ink[1]), halved(window.ink[2]))
    planes = [
        np.clip(np.rint((plane - strength * ink) / np.maximum(1 - strength * alpha, LET_THROUGH_MIN)), 0, 255)
        for plane, alpha, ink in zip(seen, alphas, inks, strict=True)
    ]
    return planes[0].astype(np.uint8), planes[1].astype(np.uint8), planes[2].astype(np.uint8)


def _inpainted(seen: Three, mask: Mask, method: int) -> Three:
    picture = np.rint(stacked(seen)).astype(np.uint8)
    return _unstacked(np.asarray(cv2.inpaint(picture, mask.astype(np.uint8), INPAINT_RADIUS, method), np.uint8))


def _patched(seen: Three, mask: Mask) -> Three:
    picture = np.rint(stacked(seen)).astype(np.uint8)
    return _unstacked(patch_match.inpaint(picture, mask.astype(np.uint8) * np.uint8(255), patch_size=PATCH_RADIUS))


def _unstacked(picture: U8) -> Three:
    height, width = picture.shape[:2]
    small = [
        np.asarray(cv2.resize(picture[..., i], (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.uint8)
        for i in (1, 2)
    ]
    return np.ascontiguousarray(picture[..., 0]), small[0], small[1]
