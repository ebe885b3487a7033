"""Whether several places tell the same story of a pixel: ink does, what the scene happens to show there does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from reposter.craft.watermark.estimate.solving import Solution, solve, tidied
from reposter.craft.watermark.picture import F32, Mask
from reposter.craft.watermark.sums import CENTRE, Sums

CODING = 2.0  # squared luma that no average takes away
SAY_MAX = 9.0  # squared errors; no place has more of a say, however wrong a solution is there
EVIDENCE = 3.0  # squared errors that ink must explain to be believed in full
EVIDENCE_PIXELS = 1.2  # standard deviation of the window


def solve_agreed(places: Sequence[Sums], support: Mask) -> Solution:
    """The solution of all places together (sums of one shape), as weak as the evidence for ink is.

    Ink is worth what it explains of each place's average, in units of how far the guesses of what lies under it may be
    off; a place where it explains less than nothing speaks against it.
    """
    total = places[0]
    for one in places[1:]:
        total = total.plus(one)
    solution = tidied(solve(total), support)
    explained = np.zeros_like(solution.ink)
    for one in places:
        explained += _say(one, None) - _say(one, solution)
    evidence = cv2.GaussianBlur(explained, (0, 0), EVIDENCE_PIXELS)
    share = np.clip(evidence / np.float32(EVIDENCE), 0, 1).astype(np.float32)
    return replace(solution, see_through=1 - share * (1 - solution.see_through), ink=share * solution.ink)


def _say(place: Sums, solution: Solution | None) -> F32:
    """Squared error of a solution (None: no ink) for what a place shows on average, in expected errors, bounded."""
    count = np.maximum(place.weight, np.float32(1e-6))
    under = place.under / count
    missed = place.seen / count - under
    if solution:
        missed = missed - solution.ink + (1 - solution.see_through) * (under + np.float32(CENTRE))
    cost = missed * missed / (place.noise / count + np.float32(CODING))
    return np.where(place.weight > 1e-4, cost / (1 + cost / np.float32(SAY_MAX)), 0).astype(np.float32)
