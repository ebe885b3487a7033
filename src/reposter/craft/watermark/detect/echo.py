"""Moments and directions of possible jumps.

A jump takes a picture away at one place and puts it down at another. What changed between the seconds before and after
is then the same gradients twice, with opposite signs: an echo of amplitude -1. In the inverse transform of the power
spectrum, compressed by an exponent between that of the autocorrelation (1) and the cepstrum (log), it is a sharp dip at
the vector of the jump, far from the slow hills that moving objects make.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import cv2
import numpy as np

from reposter.craft.watermark.detect.gradients import Field, SteadyGradients, spread
from reposter.craft.watermark.picture import F32
from reposter.craft.watermark.samples import Samples

WINDOW_SECONDS = 1.6
LOOKS_OF_A_WINDOW = 3
MOMENT_STEP_SECONDS = 0.5
MOMENTS_MAX = 120
"""In a clip of more than a minute not every half second is searched: the same jump vectors come back."""
ECHOES_KEPT = 30
ECHOES_OF_A_MOMENT = 3
COMPRESSION = 0.4  # plain autocorrelation (1) lost three of eleven clips, this none
SHARPNESS_MIN = 4.0
JUMP_ACROSS_MIN, JUMP_DOWN_MIN = 0.30, 0.213
"""Of the picture's shorter side; what moves less far in both directions may be an object of the scene."""
GRADIENT_MAX, GRADIENT_MIN = 40.0, 2.0


@dataclass(frozen=True, order=True)
class Echo:
    """A dip of `sharpness` (standard deviations of its map) at the circular shift (down, across).

    `before` and `after` are looks around the moment, `change` is what differs between them, flattened.
    """

    sharpness: float
    seconds: float
    down: int
    across: int
    before: tuple[int, ...] = field(compare=False)
    after: tuple[int, ...] = field(compare=False)
    change: Field = field(compare=False, repr=False)


def find_echoes(samples: Samples, gradients: SteadyGradients) -> list[Echo]:
    """The sharpest dips of the clip, sharpest first."""
    best: list[Echo] = []
    for seconds, before, after in _moments(samples):
        change = _flattened(gradients.over(after).minus(gradients.over(before)))
        for sharpness, down, across in _dips(change):
            echo = Echo(sharpness, seconds, down, across, before, after, change)
            if sharpness < SHARPNESS_MIN:
                continue
            if len(best) < ECHOES_KEPT:
                heapq.heappush(best, echo)
            else:
                heapq.heappushpop(best, echo)
    return sorted(best, reverse=True)


def window_seconds(samples: Samples) -> float:
    """Long enough for three looks where they are far apart."""
    step = float(np.median(np.diff(samples.times)))
    return max(WINDOW_SECONDS, (LOOKS_OF_A_WINDOW + 0.2) * step)


def _moments(samples: Samples) -> list[tuple[float, tuple[int, ...], tuple[int, ...]]]:
    times, window = samples.times, window_seconds(samples)
    moments = []
    for seconds in np.arange(times[0] + 0.6, times[-1] - 0.5, MOMENT_STEP_SECONDS):
        start, middle, end = np.searchsorted(times, (seconds - window, seconds, seconds + window)).tolist()
        if min(middle - start, end - middle) >= LOOKS_OF_A_WINDOW:
            moments.append((float(seconds), tuple(range(start, middle)), tuple(range(middle, end))))
    return [moments[index] for index in spread(range(len(moments)), MOMENTS_MAX)]


def _flattened(change: Field) -> Field:
    """Without noise, and strong edges no stronger than the faint ones of their surroundings."""
    across, down = (np.clip(part, -GRADIENT_MAX, GRADIENT_MAX) for part in (change.across, change.down))
    across *= np.abs(across) >= GRADIENT_MIN
    down *= np.abs(down) >= GRADIENT_MIN
    weight = np.sqrt(cv2.blur(across * across + down * down, (25, 13)))
    weight += 6
    np.divide(_edge_weight(change.shape), weight, out=weight)
    across *= weight
    down *= weight
    return Field(across, down)


def _edge_weight(shape: tuple[int, int]) -> F32:
    """Marks stand at the left or right; what happens in the middle counts a third."""
    across = np.abs((np.arange(shape[1]) + 0.5) / shape[1] - 0.5)
    return np.asarray(0.35 + 0.65 * np.clip((across - 0.06) / 0.06, 0, 1), np.float32)[None, :]


def _dips(change: Field) -> list[tuple[float, int, int]]:
    """Sharpness, shift down and shift across of the sharpest dips."""
    height, width = change.shape
    echoes = _compressed_autocorrelation(change)
    if echoes[0, 0] <= 0:
        return []
    half = echoes[: height // 2 + 1] / echoes[0, 0]  # the other half is its mirror image
    side = min(height, width)
    down, across = int(JUMP_DOWN_MIN * side), int(JUMP_ACROSS_MIN * side)
    half[: down + 1, : across + 1] = 0
    half[: down + 1, width - across :] = 0
    deviation = float(half.std()) + 1e-9
    half = half - cv2.blur(half, (15, 15))
    dips = []
    for _ in range(ECHOES_OF_A_MOMENT):
        row, column = divmod(int(half.argmin()), width)
        dips.append((-float(half[row, column]) / deviation, row, column))
        half[max(0, row - 4) : row + 5, max(0, column - 4) : column + 5] = 0
    return dips


def _compressed_autocorrelation(change: Field) -> F32:
    """Inverse transform of the summed power spectra to the power `COMPRESSION`, for circular shifts."""
    power = np.zeros(change.shape, np.float32)
    for part in (change.across, change.down):
        spectrum = cv2.dft(part)  # packed; the product with its own conjugate is packed alike, imaginary parts 0
        power += cv2.mulSpectrums(spectrum, spectrum, 0, conjB=True)
    return np.asarray(cv2.idft(_compressed(power), flags=cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT), np.float32)


def _compressed(power: F32) -> F32:
    """A packed power spectrum to the power `COMPRESSION`, in place.

    Between the edges every other column holds imaginary parts, which are 0, and to raise a 0 takes very long.
    """
    real = np.ascontiguousarray(power[:, 1:-1:2])
    power[:, 1:-1:2] = cv2.pow(np.maximum(real, 0, out=real), COMPRESSION)
    edges = power[:, [0, -1]]
    power[:, [0, -1]] = cv2.pow(np.maximum(edges, 0, out=edges), COMPRESSION)
    return power
