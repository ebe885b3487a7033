"""Which places to learn from, how much around them, and which looks show the mark there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reposter.craft.watermark.mark import Sighting
from reposter.craft.watermark.picture import F32, Box, Mask
from reposter.craft.watermark.samples import Samples

LENGTHS_FOR_SIDE = 720
"""Lengths in pixels below are those of a picture with a shorter side of 720, where the method was tried."""
MARGIN_ACROSS_SHARE = 0.105  # of the width: a second line may be aligned to the other side
MARGIN_ACROSS = 24
MARGIN_DOWN_SHARE, MARGIN_DOWN_MIN = 0.9, 40
CORE_DOWN_SHARE = 0.5
FADED = 0.6  # of the usual strength: the mark is half there, or left for a moment


@dataclass(frozen=True)
class Place:
    """A place where the mark stands, as something to learn from.

    `box` is looked at, `matched` is the part of it that the search recognised, both in the full picture. `on` are looks
    with the mark there, `off` looks without, both away from a switch; `shown[i]`: look i has it there. `scale` turns
    lengths of 720-pixel pictures into those of this one.
    """

    box: Box
    matched: Box
    on: tuple[int, ...]
    off: tuple[int, ...]
    shown: tuple[bool, ...]
    scale: float

    @property
    def shape(self) -> tuple[int, int]:
        return self.box.height, self.box.width

    def length(self, pixels: float) -> int:
        return max(1, round(pixels * self.scale))

    def odd(self, pixels: float) -> int:
        """A length that has a middle, for kernels."""
        return max(1, round((pixels * self.scale - 1) / 2) * 2 + 1)

    def core(self, across: float) -> Mask:
        """The matched part and a little around it, in the pixels of `box`."""
        down, across = int(CORE_DOWN_SHARE * self.matched.height), self.length(across)
        inner = self.matched.moved(-self.box.x0, -self.box.y0)
        mask = np.zeros(self.shape, bool)
        mask[max(0, inner.y0 - down) : inner.y1 + down, max(0, inner.x0 - across) : inner.x1 + across] = True
        return mask


def scale_of(size: tuple[int, int]) -> float:
    return min(size) / LENGTHS_FOR_SIDE


def places_to_learn(samples: Samples, sighting: Sighting) -> tuple[Place, ...]:
    """One for each place of the sighting, in its order. `off` is empty where the mark never leaves."""
    states = np.array(sighting.states)
    steady = _steady(states)
    scale = scale_of(samples.size)
    return tuple(
        Place(
            _with_margin(box, samples.size, scale),
            box,
            _fully_there(_looks(states == index, steady), sighting.presence[index]),
            _looks(states != index, steady),
            tuple(bool(state == index) for state in states),
            scale,
        )
        for index, box in enumerate(sighting.places)
    )


def spread(looks: Sequence[int], most: int) -> list[int]:
    """At most so many of the looks, evenly spread."""
    return [looks[int(at)] for at in np.linspace(0, len(looks) - 1, min(most, len(looks)))]


def _with_margin(box: Box, size: tuple[int, int], scale: float) -> Box:
    across = int(MARGIN_ACROSS_SHARE * size[0]) + round(MARGIN_ACROSS * scale)
    down = max(int(MARGIN_DOWN_SHARE * box.height), round(MARGIN_DOWN_MIN * scale))
    return box.grown(across, down, size)


def _steady(states: np.ndarray[tuple[int, ...], np.dtype[np.int_]]) -> Mask:
    """Looks with no switch beside them: the mark may be half there in the others."""
    same = states[1:] == states[:-1]
    before, after = np.concatenate([[True], same]), np.concatenate([same, [True]])
    return np.asarray(before & after, bool)


def _looks(wanted: Mask, steady: Mask) -> tuple[int, ...]:
    chosen = np.flatnonzero(wanted & steady)
    if len(chosen) < 2:
        chosen = np.flatnonzero(wanted)
    return tuple(int(look) for look in chosen)


def _fully_there(looks: tuple[int, ...], presence: F32) -> tuple[int, ...]:
    """Without the looks into a fade or a gap."""
    strengths = [float(presence[look]) for look in looks]
    usual = float(np.median(strengths)) if looks else 0.0
    return tuple(look for look, strength in zip(looks, strengths, strict=True) if strength >= FADED * usual)
