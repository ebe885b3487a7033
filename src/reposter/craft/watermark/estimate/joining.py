"""What the places know together: lines that stand at several places are solved once, from the sums of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from reposter.craft.watermark.estimate.agreement import solve_agreed
from reposter.craft.watermark.estimate.effect import Effect
from reposter.craft.watermark.estimate.fit import Fit
from reposter.craft.watermark.estimate.lines import align_lines, rows_of
from reposter.craft.watermark.estimate.nudge import settled
from reposter.craft.watermark.estimate.places import Place
from reposter.craft.watermark.estimate.solving import Solution
from reposter.craft.watermark.mark import SEEN_THROUGH, Line
from reposter.craft.watermark.picture import F32, Mask
from reposter.craft.watermark.sums import CENTRE, Sums, moved, shift, shift_mask

PLACE_DOUBT = 0.7  # 1 / squared luma: no place weighs more than one and a half perfect looks
MIDDLE_GREY = 128.0
PLACE_SPREAD, CODING = 9.0, 1.0  # squared luma by which what the places share may be off at one of them
BETWEEN_PIXELS, SEEN_MIN = 5.0, 1e-3

Alignment = tuple[tuple[Line | None, ...], ...]


@dataclass(frozen=True)
class Solved:
    """A place's solution and where it may have ink."""

    solution: Solution
    support: Mask


def solve_together(
    fits: Sequence[Fit], places: Sequence[Place], lines: Sequence[Line], reference: int
) -> tuple[list[Solved], Alignment]:
    """Each place alone, then line by line together; also where the lines stand, to a quarter of a pixel.

    The lines are looked for in what each place solved alone: that is far cleaner than the gradients of the looks, which
    miss a second line that is aligned to the right.
    """
    capped = [Fit(fit.sums.capped(PLACE_DOUBT), fit.support) for fit in fits]
    solved = [Solved(solve_agreed([fit.sums], fit.support), fit.support) for fit in capped]
    found = align_lines(lines, [_effect(one) for one in solved], places, reference)
    first = solved[reference]
    alignment = tuple(
        there if k == reference else tuple(line and settled(line, first.solution, capped[k].sums) for line in there)
        for k, there in enumerate(found)
    )
    for index, line in enumerate(lines):
        standing = {k: there for k, stands in enumerate(alignment) if (there := stands[index])}
        if len(standing) > 1:
            shared = _solve_line(capped, standing, line, reference)
            for k, there in standing.items():
                solved[k] = _with_line(solved[k], shared, there)
    return [settled_here(*one) for one in zip(solved, (fit.sums for fit in capped), places, strict=True)], alignment


def settled_here(solved: Solved, sums: Sums, place: Place) -> Solved:
    """What strokes still miss on average at this very place, as far as the guesses there are good, is ink too.

    All places share one opacity, which no place alone knows well; what a still scene shows of itself, it knows better.
    What is missed between the strokes as well is an error of the guesses.
    """
    solution = solved.solution
    count = np.maximum(sums.weight, np.float32(1e-6))
    missed = sums.seen / count + np.float32(CENTRE) - solution.ink
    missed = missed - solution.see_through * (sums.under / count + np.float32(CENTRE))
    between = np.where(sums.weight > SEEN_MIN, solution.see_through**4, np.float32(0)).astype(np.float32)
    reach = BETWEEN_PIXELS * place.scale
    typical = _blurred(np.asarray(between * missed, np.float32), reach) / np.maximum(
        _blurred(between, reach), np.float32(1e-3)
    )
    doubt = sums.noise / count + np.float32(CODING)
    share = np.where(sums.weight > SEEN_MIN, PLACE_SPREAD / (PLACE_SPREAD + doubt), 0)
    more = np.where(solution.see_through < SEEN_THROUGH, share * (missed - solution.see_through * typical), 0)
    return Solved(replace(solution, ink=np.asarray(solution.ink + more, np.float32)), solved.support)


def _blurred(picture: F32, sigma: float) -> F32:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.float32)


def _effect(place: Solved) -> Effect:
    """The gradients of the mark on grey."""
    solution = place.solution
    effect = solution.ink - (1 - solution.see_through) * np.float32(MIDDLE_GREY)
    across, down = np.zeros_like(effect), np.zeros_like(effect)
    across[:, 1:-1] = effect[:, 2:] - effect[:, :-2]
    down[1:-1] = effect[2:] - effect[:-2]
    return Effect(across, down)


def _solve_line(fits: Sequence[Fit], standing: dict[int, Line], line: Line, reference: int) -> Solved:
    shape = fits[reference].support.shape
    support, is_visible = np.zeros(shape, bool), np.ones(shape, bool)
    looks: list[Sums] = []
    for k, there in standing.items():
        looks.append(fits[k].sums.moved(-there.down - there.down_rest, -there.across - there.across_rest, shape))
        support |= shift_mask(fits[k].support, -there.down, -there.across, shape)
        is_visible &= shift_mask(np.ones_like(fits[k].support), -there.down, -there.across, shape)
    support &= is_visible  # no place cuts a mark off at the edge of the picture
    support[: line.top] = False
    support[line.bottom :] = False
    return Solved(solve_agreed(looks, support), support)


def _with_line(place: Solved, shared: Solved, line: Line) -> Solved:
    """The place's own solution, the rows of one line replaced."""
    onto, own, common = place.support.shape, place.solution, shared.solution
    rows = rows_of(line, shared.support.shape, onto).any(axis=1, keepdims=True)

    def put(mine: F32, theirs: F32, *, bare: float = 0.0) -> F32:
        """Theirs in all columns of the rows; `bare` where they see nothing."""
        return np.where(rows, shift(theirs, line.down, line.across, onto, bare), mine)

    see_through, ink = _nudged(common, line)
    solution = Solution(
        put(own.see_through, see_through, bare=1.0),
        put(own.ink, ink),
        put(own.variance, common.variance, bare=1.0),
        put(own.under, common.under),
        put(own.weight, common.weight),
    )
    support = shift_mask(shared.support, line.down, line.across, onto)
    return Solved(solution, np.where(rows, support, place.support))


def _nudged(solution: Solution, line: Line) -> tuple[F32, F32]:
    """See-through and ink moved by the rests of a line."""
    if not line.down_rest and not line.across_rest:
        return solution.see_through, solution.ink
    shape = solution.ink.shape[0], solution.ink.shape[1]
    alpha = moved(1 - solution.see_through, line.down_rest, line.across_rest, shape)
    ink = moved(solution.ink, line.down_rest, line.across_rest, shape)
    bare = alpha < 1 - SEEN_THROUGH
    return np.where(bare, np.float32(1), 1 - np.minimum(alpha, 1)), np.where(bare, np.float32(0), ink)
