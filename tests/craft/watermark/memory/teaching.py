"""Videos that teach a drawn mark, as regression sums alone: no frames, no detector."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from drawing import DrawnMark, draw_mark

from reposter.craft.watermark.estimate.solving import solve, tidied
from reposter.craft.watermark.mark import Estimate, Line, Matte, PlaceEvidence
from reposter.craft.watermark.picture import F32, Box
from reposter.craft.watermark.sums import CENTRE, Sums

SIZE = (720, 1280)
WORDS = ("Sample", "@drawn_1")
MARGIN = 40
LOOKS = 10
LINES_PART = 33  # row of a mark of scale 1 between its two lines
NOISE = 3.0


@cache
def taught(
    seed: int,
    *,
    words: tuple[str, str] = WORDS,
    opacity: float = 0.7,
    scale: float = 2.0,
    aligned: tuple[bool, ...] = (False,),
) -> Estimate:
    """What a video with its own backgrounds would know of a mark at one place for each of `aligned` (to the right?).

    The background under the mark is seen with noise and with an error that lasts all through the video.
    """
    random = np.random.default_rng(seed)
    marks = [draw_mark(words, scale, opacity, 0.3, is_right=is_right) for is_right in aligned]
    both = [_place(mark, Box(60, 200 + 400 * k, 60, 200 + 400 * k), random) for k, mark in enumerate(marks)]
    part = MARGIN + int(LINES_PART * scale)
    lines = (Line(0, part), Line(part, both[0][0].box.height))
    return Estimate(
        mattes=tuple(matte for matte, _ in both),
        evidence=tuple(evidence for _, evidence in both),
        reference=0,
        lines=lines,
        alignment=tuple(lines for _ in both),
    )


def true_alpha(
    *, words: tuple[str, str] = WORDS, opacity: float = 0.7, scale: float = 2.0, is_right: bool = False
) -> F32:
    """In the pixels of a matte of `taught`."""
    return _framed(draw_mark(words, scale, opacity, 0.3, is_right=is_right).alpha)


def alpha_error(estimate: Estimate, truth: F32, place: int = 0) -> float:
    """Root mean square over the ink."""
    wrong = (estimate.mattes[place].alpha - truth)[truth > 0.02]
    return float(np.sqrt(np.mean(wrong**2)))


def _place(mark: DrawnMark, corner: Box, random: np.random.Generator) -> tuple[Matte, PlaceEvidence]:
    alpha, added = _framed(mark.alpha), _framed(mark.added)
    height, width = alpha.shape
    box = Box(corner.x0, corner.y0, corner.x0 + width, corner.y0 + height)
    lasting = _clouds(random, alpha.shape, 3.0)
    scene = random.uniform(70, 150) + _clouds(random, alpha.shape, 25.0)
    sums, effect = Sums.empty(alpha.shape), np.zeros(alpha.shape, np.float32)
    for _ in range(LOOKS):
        under = np.clip(scene + _clouds(random, alpha.shape, 8.0), 16, 235)
        seen = (1 - alpha) * under + added + random.normal(0, 1, alpha.shape)
        guess = under + lasting + random.normal(0, NOISE, alpha.shape)
        sums = sums.plus(_look(np.asarray(guess, np.float32), np.asarray(seen, np.float32)))
        effect += np.asarray(seen - guess, np.float32) / LOOKS
    across, down = _gradients(np.asarray(cv2.GaussianBlur(effect, (0, 0), 0.7), np.float32))
    matched = Box(box.x0 + MARGIN, box.y0 + MARGIN, box.x1 - MARGIN, box.y1 - MARGIN)
    return _matte(box, sums), PlaceEvidence(box, matched, sums, across, down)


def _look(guess: F32, seen: F32) -> Sums:
    weight = np.full(guess.shape, 1 / (NOISE**2 + 6), np.float32)
    under, above = guess - np.float32(CENTRE), seen - np.float32(CENTRE)
    return Sums(weight, weight * under, weight * above, weight * under**2, weight * under * above, weight * NOISE**2)


def _matte(box: Box, sums: Sums) -> Matte:
    solution = tidied(solve(sums), np.ones(sums.shape, bool))
    height, width = sums.shape
    half = solution.see_through.reshape(height // 2, 2, width // 2, 2).mean((1, 3))
    grey = (1 - half) * 128
    return Matte(box, solution.see_through, solution.ink, solution.variance, half, grey, grey)


def _framed(picture: F32) -> F32:
    return np.pad(picture, MARGIN)


def _clouds(random: np.random.Generator, shape: tuple[int, ...], spread: float) -> F32:
    coarse = random.normal(0, spread, (8, 12)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)


def _gradients(picture: F32) -> tuple[F32, F32]:
    across, down = np.zeros_like(picture), np.zeros_like(picture)
    across[:, 1:-1] = picture[:, 2:] - picture[:, :-2]
    down[1:-1] = picture[2:] - picture[:-2]
    damping = (across**2 + down**2) / (across**2 + down**2 + 8)
    return across * damping, down * damping
