"""Solves I = a·B + c in every pixel from the sums of many looks."""

from __future__ import annotations

from dataclasses import dataclass, fields

import cv2
import numpy as np

from reposter.craft.watermark.mark import SEEN_THROUGH
from reposter.craft.watermark.picture import F32, Box, Mask
from reposter.craft.watermark.sums import CENTRE, Sums

WHITE, BLACK = 235.0, 16.0
SLOPE_DOUBT = 0.055
"""How far the slope may be from that of white or black ink, for ink that changes the picture a lot."""
NOISE_SHARE = 0.7  # of var(B) that is taken off the spread of B: errors in B flatten a slope
SEE_THROUGH_MIN, SEE_THROUGH_MAX = 0.03, 1.05
CONTRAST_MIN = 15.0  # luma between ink and background from which the ink's colour sets a bound
CONTRAST_FLOOR = 20.0  # with less between them, a small effect means little ink
VISIBLE_MIN, VISIBLE_ERRORS, VISIBLE_MAX = 1.2, 1.8, 14.0
"""Luma of an effect that counts as ink: more than so many standard errors, within limits."""
ERROR_OF_REGRESSION, ERROR_OF_EDGES, ERROR_ALWAYS = 3.0, 0.01, 0.0002


@dataclass(frozen=True)
class Solution:
    """Maps (h, w): a = `see_through`, c = `ink`, the `variance` of a, mean luma under the mark, weight of all looks."""

    see_through: F32
    ink: F32
    variance: F32
    under: F32
    weight: F32

    def cut(self, box: Box) -> Solution:
        """The part inside a box of its own pixels."""
        return Solution(*(getattr(self, one.name)[box.slices] for one in fields(self)))


def solve(sums: Sums, *, slope_doubt: float = SLOPE_DOUBT) -> Solution:
    """The slope a and offset c of each pixel.

    Errors in B are taken off its spread. A prior holds the slope near that of white ink where the mark brightens and
    black ink where it darkens; it decides where B hardly varied. Ink is never whiter than white or blacker than black.
    """
    count = np.maximum(sums.weight, 1e-6)
    below, above = sums.under / count, sums.seen / count
    spread = np.maximum(sums.under_squared / count - below * below - NOISE_SHARE * sums.noise / count, 0)
    together = sums.under_seen / count - below * above
    under = np.asarray(below + np.float32(CENTRE), np.float32)
    seen = np.asarray(above + np.float32(CENTRE), np.float32)
    contrast = np.abs(np.where(seen >= under, np.float32(WHITE), np.float32(BLACK)) - under)
    expected = np.clip(1 - np.abs(seen - under) / np.maximum(contrast, CONTRAST_FLOOR), SEE_THROUGH_MIN, 1)
    belief = (slope_doubt * (1 + 30 / np.maximum(contrast, 5))) ** -2
    precision = spread * sums.weight + belief
    fitted = (together * sums.weight + belief * _without_ditches(expected)) / precision
    fitted = np.clip(fitted, SEE_THROUGH_MIN, SEE_THROUGH_MAX)
    fitted = np.where(contrast > CONTRAST_MIN, np.minimum(fitted, expected + 0.01), fitted)
    slope = np.asarray(fitted, np.float32)
    ink = np.asarray(seen - slope * under, np.float32)
    return Solution(slope, ink, np.asarray(1 / precision, np.float32), under, sums.weight)


def tidied(solution: Solution, support: Mask, *, errors: float = VISIBLE_ERRORS) -> Solution:
    """No ink outside `support` or where its effect is not seen, and none brighter or darker than paint can be."""
    slope, ink = solution.see_through, solution.ink
    effect = _soft(np.abs((slope - 1) * solution.under + ink))
    doubt = _soft(np.asarray(1 / np.sqrt(np.maximum(solution.weight, 1e-3)), np.float32))
    is_seen = effect >= np.maximum(VISIBLE_MIN, np.minimum(errors * doubt, VISIBLE_MAX))
    is_bare = ~support | ~is_seen | (slope > SEEN_THROUGH)
    slope = np.where(is_bare, np.float32(1), slope)
    alpha = 1 - slope
    ink = np.where(is_bare, np.float32(0), np.clip(ink, 10 * alpha - 2, 240 * alpha + 2))
    return Solution(slope, np.asarray(ink, np.float32), solution.variance, solution.under, solution.weight)


def expected_error(solution: Solution) -> F32:
    """Variance of a as it turns out: the regression's own, what all its looks have wrong together, and edges.

    Fitted on ten clips with known mattes; in eight bins of the regression's variance it is off by less than half.
    """
    alpha = 1 - solution.see_through
    across, down = np.zeros_like(alpha), np.zeros_like(alpha)
    across[:, 1:-1] = alpha[:, 2:] - alpha[:, :-2]
    down[1:-1] = alpha[2:] - alpha[:-2]
    edge = np.minimum(across * across + down * down, 1)
    total = solution.variance * np.float32(ERROR_OF_REGRESSION) + edge * np.float32(ERROR_OF_EDGES)
    return np.asarray(total + np.float32(ERROR_ALWAYS), np.float32)


def _without_ditches(see_through: F32) -> F32:
    """Where white ink borders on its black shadow both cancel: between two inked pixels there is ink as well."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    return np.asarray(cv2.morphologyEx(np.asarray(see_through, np.float32), cv2.MORPH_OPEN, cross), np.float32)


def _soft(picture: F32) -> F32:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.2), np.float32)
