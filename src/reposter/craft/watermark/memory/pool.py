"""What several videos know together about one line of a mark: random effects, so that no single video rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from reposter.craft.watermark.estimate.solving import solve, tidied
from reposter.craft.watermark.picture import F32
from reposter.craft.watermark.sums import CENTRE, Sums

BETWEEN_VIDEOS = 2.0
"""Variance between videos in squared grey levels: what the errors of one video share, however long it is."""
ROBUST_ROUNDS = 3
ROBUST_VIDEOS_MIN = 3
DOUBTED_AT = 4.0
SURE_ERRORS = 1.2
"""Ink is believed from so many standard errors on; a single video needs twice as many."""
KNOWN_FROM = 1e-4


@dataclass(frozen=True)
class LineMatte:
    """How a line mixes with the picture, in its region: a = 1 - α and c, `variance` that of a."""

    see_through: F32
    ink: F32
    variance: F32

    @property
    def alpha(self) -> F32:
        return 1 - self.see_through


def limited(sums: Sums) -> Sums:
    """As one voice among several: however much a video saw, its weight stays under 1 / BETWEEN_VIDEOS."""
    return sums.times(np.asarray(1 / (1 + sums.weight * BETWEEN_VIDEOS), np.float32))


def at_full_strength(sums: Sums, strength: float) -> Sums:
    """The sums as they would be had the mark its remembered strength: I' = B + (I - B) / strength."""
    inverse = np.float32(1 / strength)
    return Sums(
        sums.weight,
        sums.under,
        sums.under + (sums.seen - sums.under) * inverse,
        sums.under_squared,
        sums.under_squared + (sums.under_seen - sums.under_squared) * inverse,
        sums.noise,
    )


def combine(voices: Sequence[Sums]) -> LineMatte:
    """One matte from the limited sums of several videos; pixels where one of them disagrees hear it less."""
    total = _together(voices, _belief(voices))
    solution = tidied(solve(total), total.weight > KNOWN_FROM, errors=SURE_ERRORS)
    return LineMatte(solution.see_through, solution.ink, solution.variance)


def _belief(voices: Sequence[Sums]) -> list[F32]:
    believed: list[F32] = [np.ones(voices[0].shape, np.float32) for _ in voices]
    if len(voices) < ROBUST_VIDEOS_MIN:
        return believed
    for _ in range(ROBUST_ROUNDS):
        solution = solve(_together(voices, believed))
        believed = [_agreement(one, solution.see_through, solution.ink) for one in voices]
    return believed


def _agreement(voice: Sums, see_through: F32, ink: F32) -> F32:
    weight = np.maximum(voice.weight, 1e-6)
    under, seen = voice.under / weight + CENTRE, voice.seen / weight + CENTRE
    rest = np.asarray((seen - see_through * under - ink) ** 2, np.float32)
    near = np.asarray(cv2.GaussianBlur(rest, (0, 0), 1.0), np.float32)
    return np.asarray(1 / (1 + near / (DOUBTED_AT * (1 / weight + DOUBTED_AT))), np.float32)


def _together(voices: Sequence[Sums], believed: Sequence[F32]) -> Sums:
    total = voices[0].times(believed[0])
    for voice, share in zip(voices[1:], believed[1:], strict=True):
        total = total.plus(voice.times(share))
    return total
