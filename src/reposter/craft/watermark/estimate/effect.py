"""What a mark does to the gradients of the picture: there with it, gone without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reposter.craft.watermark.estimate.places import Place, spread
from reposter.craft.watermark.picture import F32, U8, Mask
from reposter.craft.watermark.samples import Samples
from reposter.craft.watermark.sums import shift

LOOKS_FOR_MEDIAN = 13


@dataclass(frozen=True)
class Effect:
    """Central differences (h, w) of the luma that the mark adds."""

    across: F32
    down: F32

    @property
    def energy(self) -> F32:
        return self.across * self.across + self.down * self.down

    def times(self, factor: F32) -> Effect:
        return Effect(self.across * factor, self.down * factor)

    def within(self, mask: Mask) -> Effect:
        return Effect(np.where(mask, self.across, 0), np.where(mask, self.down, 0))

    def shifted(self, down: int, across: int, shape: tuple[int, int]) -> Effect:
        return Effect(shift(self.across, down, across, shape), shift(self.down, down, across, shape))

    def cut(self, rows: slice, columns: slice) -> Effect:
        return Effect(self.across[rows, columns].copy(), self.down[rows, columns].copy())


def effect_at(samples: Samples, place: Place) -> Effect:
    """Median gradient with the mark less that without it, damped where the looks do not agree; none if never shown."""
    if not place.on:
        return Effect(np.zeros(place.shape, np.float32), np.zeros(place.shape, np.float32))
    across, down, noise = _typical(samples, place, place.on)
    if place.off:
        across_off, down_off, noise_off = _typical(samples, place, place.off)
        across, down, noise = across - across_off, down - down_off, noise + noise_off
    effect = Effect(across, down)
    return effect.times(effect.energy / (effect.energy + 4 * noise + 4))


def _typical(samples: Samples, place: Place, looks: Sequence[int]) -> tuple[F32, F32, F32]:
    """Medians of both gradients, and the variance of these medians. Differences of 8 bits fit into 16."""
    lumas = [samples.luma(look, place.box) for look in spread(looks, LOOKS_FOR_MEDIAN)]
    across = np.stack([_differences(luma) for luma in lumas])
    down = np.stack([_differences(luma.T).T for luma in lumas])
    middle_across, middle_down = _median(across), _median(down)
    squares = np.stack([(x - middle_across) ** 2 + (y - middle_down) ** 2 for x, y in zip(across, down, strict=True)])
    return middle_across, middle_down, _median(squares) / np.float32(len(lumas))


def _differences(luma: U8) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    wide = np.zeros(luma.shape, np.int16)
    wide[:, 1:-1] = luma[:, 2:].astype(np.int16) - luma[:, :-2]
    return wide


def _median(stack: np.ndarray[tuple[int, ...], np.dtype[np.int16]] | F32) -> F32:
    return np.asarray(np.median(stack, axis=0), np.float32)
