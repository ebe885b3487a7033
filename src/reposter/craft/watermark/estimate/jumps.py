"""Pictures just before and after the mark comes or goes: one with it and, a moment apart, one without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from reposter.craft.watermark.estimate.fill import smooth_fill
from reposter.craft.watermark.estimate.guesses import Guess, Surroundings
from reposter.craft.watermark.estimate.places import Place
from reposter.craft.watermark.estimate.solving import Solution
from reposter.craft.watermark.picture import F32, U8, Box
from reposter.craft.watermark.samples import Samples

JUMPS_MAX = 8
PAIRS_MAX = 2  # of one jump
REACH = 3  # pictures on either side: a fade takes some of them
TRIES_MAX = 5
GAIN_DOUBT = 0.15  # a picture that shows so much less or more of the mark stands in a fade
ALPHA_MIN = 0.1  # of the ink that a gain is measured on
FLOW_COARSER = 2
FLOW_TRUST = 0.3  # in motion seen through the mark
ERROR_FLOOR = 2.0


@dataclass(frozen=True)
class Jump:
    """Whole pictures around a change: with the mark and without, the nearest to the change first."""

    shown: tuple[int, ...]
    hidden: tuple[int, ...]


@dataclass(frozen=True)
class Pair:
    """A picture with the mark (h, w), and what lies under it, carried over from a picture without."""

    seen: F32
    guess: Guess


class JumpPairs:
    """Finds the pairs of one place; `window` (in the full picture) is where its matte is fitted."""

    def __init__(self, samples: Samples, place: Place, window: Box, around: Surroundings) -> None:
        self._samples = samples
        self._place = place
        self._window = window
        self._around = around
        self._inner = window.moved(-place.box.x0, -place.box.y0)

    def under(self, solution: Solution) -> Iterator[Pair]:
        """Pairs for a first matte (in the pixels of the window), which cleans the pictures that motion is seen in."""
        for jump in self._jumps(solution)[:JUMPS_MAX]:
            yield from self._pairs(jump, solution)

    def _jumps(self, solution: Solution) -> list[Jump]:
        shown = self._place.shown
        changes = [look for look in range(1, len(shown)) if shown[look] != shown[look - 1]]
        return [self._around_change(look, solution) for look in changes]

    def _around_change(self, look: int, solution: Solution) -> Jump:
        """Between the looks on both sides of the change, the split that the mark's strength speaks for."""
        looks, comes = self._samples.looks, self._place.shown[look]
        first, last = looks[look - 1], looks[look]
        strengths = np.array([self._strength(fine, solution) for fine in range(first, last + 1)])
        middle = (strengths[0] + strengths[-1]) / 2
        gains = np.cumsum((strengths - middle) * (-1 if comes else 1))
        split = first + 1 + int(np.argmax(gains[:-1]))
        before = tuple(range(split - 1, max(-1, split - 1 - REACH), -1))
        after = tuple(range(split, min(len(self._samples.fine_times), split + REACH)))
        return Jump(after, before) if comes else Jump(before, after)

    def _strength(self, fine: int, solution: Solution) -> float:
        effect = solution.ink - (1 - solution.see_through) * solution.under
        seen = self._samples.fine_luma(fine, self._window).astype(np.float32)
        across, down = np.diff(effect, axis=1), np.diff(effect, axis=0)
        alike = float((np.diff(seen, axis=1) * across).sum() + (np.diff(seen, axis=0) * down).sum())
        return alike / (float((across * across).sum() + (down * down).sum()) + 1e-3)

    def _pairs(self, jump: Jump, solution: Solution) -> Iterator[Pair]:
        steps = [(i, j) for i in range(len(jump.shown)) for j in range(len(jump.hidden))]
        found = 0
        for i, j in sorted(steps, key=lambda step: (step[0] + step[1], abs(step[0] - step[1])))[:TRIES_MAX]:
            pair = self._pair(jump.shown[i], jump.hidden[j], solution)
            if abs(_gain(pair, solution) - 1) <= GAIN_DOUBT:
                yield pair
                found += 1
                if found == PAIRS_MAX:
                    return

    def _pair(self, shown: int, hidden: int, solution: Solution) -> Pair:
        seen = self._samples.fine_luma(shown, self._place.box)
        bare = self._samples.fine_luma(hidden, self._place.box)
        carried = _carried(self._cleaned(seen, solution), bare, self._trust(solution))
        part = self._inner.slices
        looked_at, under = seen[part].astype(np.float32), carried[part]
        error = self._around.mean((under - looked_at) ** 2)
        return Pair(looked_at, Guess(under, error + np.float32(ERROR_FLOOR)))

    def _cleaned(self, seen: U8, solution: Solution) -> U8:
        picture = seen.copy()
        part = picture[self._inner.slices]
        under = (part - solution.ink) / np.maximum(solution.see_through, 0.15)
        part[:] = np.where(solution.see_through < 1, np.clip(under, 0, 255), part).astype(np.uint8)
        return picture

    def _trust(self, solution: Solution) -> F32:
        """1 where motion is seen without the mark."""
        trust = np.ones(self._place.shape, np.float32)
        clear = np.asarray(solution.see_through**2 * FLOW_TRUST, np.float32)
        trust[self._inner.slices] = np.where(self._around.support, clear, np.float32(1))
        return trust


def _carried(picture: U8, other: U8, trust: F32) -> F32:
    """`other` as it looks at the moment of `picture`: moved along the motion between them, (h, w)."""
    height, width = picture.shape
    size = (max(16, width // FLOW_COARSER), max(16, height // FLOW_COARSER))
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    small, small_other = (cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in (picture, other))
    flow = search.calc(small, small_other, np.zeros((size[1], size[0], 2), np.float32))
    weight = np.asarray(cv2.resize(trust, size, interpolation=cv2.INTER_AREA), np.float32)
    across, down = (
        cv2.resize(smooth_fill(np.ascontiguousarray(flow[..., axis]), weight), (width, height)) * (full / part)
        for axis, full, part in ((0, width, size[0]), (1, height, size[1]))
    )
    rows, columns = np.indices((height, width), np.float32)
    moved = cv2.remap(
        other.astype(np.float32), columns + across, rows + down, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, np.float32)


def _gain(pair: Pair, solution: Solution) -> float:
    """How much of the mark the pair shows: 1 is as much as the solution says (robust least squares)."""
    alpha = 1 - solution.see_through
    predicted = np.where(alpha > ALPHA_MIN, solution.ink - alpha * pair.guess.under, np.float32(0))
    effect = pair.seen - pair.guess.under
    gain, weight = 1.0, np.ones_like(predicted)
    for _ in range(3):
        weight = 1 / (1 + (effect - gain * predicted) ** 2 / 200)
        gain = float((weight * effect * predicted).sum() / (float((weight * predicted * predicted).sum()) + 1e-3))
    return gain
