"""How strongly a known picture stands at each of its places in every look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from reposter.craft.watermark.detect.gradients import Field
from reposter.craft.watermark.mark import Template
from reposter.craft.watermark.picture import F32, F64, Box
from reposter.craft.watermark.samples import Samples

SHOWN = 0.4
"""Strength from which the picture is there."""
HELD = 0.2
"""Strength that still counts right beside looks where it is there at the same place."""
BRIDGED_SECONDS = 0.5
"""A gap of up to so long is a jump with a fade."""
LONG_SECONDS = 1.2


@dataclass(frozen=True)
class Presence:
    """Strength of a picture at each place in each look: `raw` as measured (places, looks)."""

    times: F64
    raw: F32

    @cached_property
    def smooth(self) -> F32:
        """Over three looks."""
        padded = np.pad(self.raw, ((0, 0), (1, 1)), "edge")
        return np.asarray(0.25 * padded[:, :-2] + 0.5 * padded[:, 1:-1] + 0.25 * padded[:, 2:], np.float32)

    @cached_property
    def alone(self) -> list[int]:
        """The place in each look where the picture is at one place and at no other, else -1."""
        shown = self.smooth > SHOWN
        return [int(one) for one in np.where(shown.sum(axis=0) == 1, self.smooth.argmax(axis=0), -1)]

    @property
    def is_shown(self) -> list[bool]:
        return [bool(one) for one in self.smooth.max(axis=0) > SHOWN]

    @property
    def coverage(self) -> float:
        """Share of the looks that show the picture."""
        return float(np.mean(self.is_shown))

    @property
    def least_used(self) -> float:
        """Share of the looks at the place that has the fewest."""
        return min(float(np.mean(np.array(self.alone) == place)) for place in range(len(self.raw)))

    @property
    def long_share(self) -> float:
        """Share of the time in stays long enough to be read."""
        stays = (self.seconds(start, end) for start, end, place in runs(self.alone) if place >= 0)
        return sum(one for one in stays if one > LONG_SECONDS) / float(self.times[-1] - self.times[0] + 1e-6)

    @property
    def exclusiveness(self) -> float:
        """1: never a trace at a second place; 0: as strong there."""
        looks = np.flatnonzero(np.array(self.alone) >= 0)
        if len(self.raw) < 2 or not len(looks):
            return 1.0
        ranked = np.sort(self.smooth[:, looks], axis=0)
        level, other = float(np.median(ranked[-1])), float(np.median(np.abs(ranked[-2])))
        return max(0.0, 1 - other / max(level, 0.1))

    @property
    def states(self) -> tuple[int, ...]:
        """The place in each look, -1 where none shows the picture for more than the moment of a jump."""
        strongest, strength = self.smooth.argmax(axis=0), self.smooth.max(axis=0)
        states = [int(place) if shown > SHOWN else -1 for place, shown in zip(strongest, strength, strict=True)]
        _hold(states, strongest, strength)
        self._bridge(states)
        return tuple(states)

    def _bridge(self, states: list[int]) -> None:
        """Give the looks in the middle of a jump to the stronger of the two places."""
        step = self.seconds(0, 1)
        for start, end, place in runs(states):
            is_gap = place < 0 and start > 0 and end < len(states)
            if not is_gap or self.seconds(start - 1, end) > BRIDGED_SECONDS + step:
                continue
            before, after = states[start - 1], states[end]
            for look in range(start, end):
                states[look] = before if self.smooth[before, look] >= self.smooth[after, look] else after

    def seconds(self, start: int, end: int) -> float:
        """From look `start` until look `end`, or the last one."""
        last = len(self.times) - 1
        return float(self.times[min(end, last)] - self.times[min(start, last)])


def measure_presence(samples: Samples, template: Template, places: Sequence[Box]) -> Presence:
    """Least-squares strength of the template's gradients at small boxes of its size."""
    return Presence(samples.times, np.stack([_strength(samples, template, place) for place in places]))


def runs(states: Sequence[int]) -> list[tuple[int, int, int]]:
    """Start, end (exclusive) and state of each stretch without a change."""
    edges = [0, *(i for i in range(1, len(states)) if states[i] != states[i - 1]), len(states)]
    return [(start, end, states[start]) for start, end in pairwise(edges) if end > start]


def template_of(picture: Field) -> Template:
    """A template of gradients seen; its mask is where they are strong."""
    strength = np.sqrt(picture.squared())
    mask = strength > 0.25 * np.percentile(strength, 98)
    return Template(np.ascontiguousarray(picture.across), np.ascontiguousarray(picture.down), mask)


def field_of(template: Template) -> Field:
    """The template's gradients where they are strong, 0 elsewhere."""
    return Field(template.across * template.mask, template.down * template.mask)


def _hold(states: list[int], strongest: NDArray[np.intp], strength: F32) -> None:
    """Lengthen each stay over looks that show the picture more faintly at the same place."""
    forward = [(look, look - 1) for look in range(1, len(states))]
    for look, neighbour in [*forward, *((before, at) for at, before in reversed(forward))]:
        if states[look] < 0 <= states[neighbour] == strongest[look] and strength[look] > HELD:
            states[look] = states[neighbour]


def _strength(samples: Samples, template: Template, place: Box) -> F32:
    """Σ gradient · template = Σ pixel · kernel, with a kernel made once: no look needs its gradients."""
    height, width = samples.small[0].shape
    wanted = field_of(template)
    rows, columns = np.arange(place.y0, place.y1), np.arange(place.x0, place.x1)
    across = wanted.across * ((columns > 0) & (columns < width - 1))
    down = wanted.down * ((rows > 0) & (rows < height - 1))[:, None]
    kernel = np.zeros((place.height + 2, place.width + 2), np.float32)
    kernel[1:-1, 2:] += across
    kernel[1:-1, :-2] -= across
    kernel[2:, 1:-1] += down
    kernel[:-2, 1:-1] -= down
    around = Box(max(0, place.x0 - 1), max(0, place.y0 - 1), min(width, place.x1 + 1), min(height, place.y1 + 1))
    inner = kernel[around.moved(1 - place.x0, 1 - place.y0).slices]
    energy = wanted.dot(wanted) + 1e-6
    strengths = [float((look[around.slices].astype(np.float32) * inner).sum()) for look in samples.small]
    return np.asarray(strengths, np.float32) / np.float32(energy)
