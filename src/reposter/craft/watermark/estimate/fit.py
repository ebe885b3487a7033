"""The regression of one place: guesses what lies under the mark in many looks, better once a first matte is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reposter.craft.watermark.estimate.guesses import (
    Guess,
    Surroundings,
    guess_from_around,
    guess_from_moments,
    joined,
)
from reposter.craft.watermark.estimate.jumps import JumpPairs
from reposter.craft.watermark.estimate.places import Place, spread
from reposter.craft.watermark.estimate.solving import Solution, solve, tidied
from reposter.craft.watermark.picture import F32, U8, Box, Mask
from reposter.craft.watermark.samples import Samples
from reposter.craft.watermark.sums import Sums

LOOKS_MAX = 24
MOMENTS = 5  # looks without the mark, nearest in time, that each look is compared with
MARGIN = 26  # around the support, for the fill
CODING_NOISE = 6.0  # squared luma
OUTLIER_ERRORS = 9.0  # squared standard errors at which a look counts half
VARIANCE_MAX = 60_000  # fits into 16 bits


@dataclass(frozen=True)
class Fit:
    """What a place taught, in the pixels of its box."""

    sums: Sums
    support: Mask


@dataclass(frozen=True)
class _Moments:
    """A guess in a third of its memory: it is kept for every look, and never leaves the 8 bits of the picture."""

    under: U8
    variance: NDArray[np.float16]


def fit_place(samples: Samples, place: Place, support: Mask) -> Fit:
    """Sums for one place; `support` (in the pixels of the place's box) is where there may be ink.

    Two rounds: the second one looks through the ink of the first.
    """
    looks = _Looks(samples, place, support)
    first = tidied(solve(looks.gather(None).sums), support)
    return looks.gather(first)


class _Looks:
    """The looks at one place, each with what other moments say about it."""

    def __init__(self, samples: Samples, place: Place, support: Mask) -> None:
        self._place = place
        self._support = support
        self._samples = samples
        self._inner = _window(support, place.length(MARGIN))
        self._window = self._inner.moved(place.box.x0, place.box.y0)
        self._around = Surroundings(support[self._inner.slices], place.scale)
        self._pairs = JumpPairs(samples, place, self._window, self._around)
        self._moments = {look: self._compare(look) for look in spread(place.on, LOOKS_MAX)}

    def gather(self, solution: Solution | None) -> Fit:
        """The sums of all looks; a first `solution` (in the pixels of the place's box) betters the guesses."""
        sums = Sums.empty(self._around.support.shape)
        known = solution.cut(self._inner) if solution else None
        for look, moments in self._moments.items():
            seen = self._samples.luma(look, self._window).astype(np.float32)
            guess = guess_from_around(seen, self._around, known)
            _add(sums, seen, joined(guess, _unpacked(moments), self._around.scale), known)
        if known:
            for pair in self._pairs.under(known):
                _add(sums, pair.seen, pair.guess, known)
        return Fit(sums.shifted(self._inner.y0, self._inner.x0, self._place.shape), self._support)

    def _compare(self, look: int) -> _Moments | None:
        times = self._samples.times
        nearest = sorted(self._place.off, key=lambda other: abs(times[other] - times[look]))[:MOMENTS]
        seen = self._samples.luma(look, self._window).astype(np.float32)
        guess = guess_from_moments(seen, self._around, (self._samples.luma(other, self._window) for other in nearest))
        if guess is None:
            return None
        return _Moments(guess.under.astype(np.uint8), np.minimum(guess.variance, VARIANCE_MAX).astype(np.float16))


def _unpacked(moments: _Moments | None) -> Guess | None:
    return None if moments is None else Guess(moments.under.astype(np.float32), moments.variance.astype(np.float32))


def _add(sums: Sums, seen: F32, guess: Guess, solution: Solution | None) -> None:
    """Weighed by the guess's variance and, once a solution is known, by how well the look agrees with it."""
    weight = 1 / (guess.variance + np.float32(CODING_NOISE))
    if solution:
        see_through = solution.see_through
        residual = seen - see_through * guess.under - solution.ink
        expected = see_through * see_through * guess.variance + np.float32(CODING_NOISE)
        weight = weight / (1 + residual * residual / (np.float32(OUTLIER_ERRORS) * expected))
    sums.gather(np.asarray(weight, np.float32), guess.under, seen, guess.variance)


def _window(support: Mask, margin: int) -> Box:
    """Where there is something to fit; a small corner where there is no support."""
    box = Box.around(support) or Box(0, 0, 1, 1)
    height, width = support.shape
    return Box(
        max(0, box.x0 - margin),
        max(0, box.y0 - margin),
        min(width, box.x1 + margin),
        min(height, box.y1 + margin),
    )
