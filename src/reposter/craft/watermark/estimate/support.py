"""Where there may be ink: the gradients of all places together, and what clings to them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from reposter.craft.watermark.estimate.effect import Effect
from reposter.craft.watermark.estimate.lines import rows_of
from reposter.craft.watermark.estimate.places import Place
from reposter.craft.watermark.mark import Line
from reposter.craft.watermark.picture import F32, Mask

GRADIENT_MIN, GRADIENT_SHARE = 4.0, 0.12  # luma, and of the strongest in the core
CROWDED = 0.22  # share of strong gradients around a pixel of ink
IN_CORE_MIN = 0.4  # of a patch, or it belongs to the scene
ROW_SHARE, SHADOW_ROWS = 0.05, 13  # of the fullest row's ink; and how far shadows reach beyond, both ways together
STRAY_SHARE = 0.06  # of all ink, or it belongs to the scene


def pooled_effects(
    effects: Sequence[Effect], alignment: Sequence[Sequence[Line | None]], reference: int
) -> tuple[Effect, ...]:
    """Each line's gradients averaged over the places that show it, damped where these disagree."""
    pooled = [Effect(effect.across.copy(), effect.down.copy()) for effect in effects]
    shape = effects[reference].across.shape
    for index in range(len(alignment[reference])):
        standing = [(k, line) for k, lines in enumerate(alignment) if (line := lines[index])]
        if len(standing) < 2:
            continue
        aligned = [effects[k].shifted(-line.down, -line.across, shape) for k, line in standing]
        typical = _agreed(aligned)
        for k, line in standing:
            onto = effects[k].across.shape
            rows, moved = rows_of(line, shape, onto), typical.shifted(line.down, line.across, onto)
            pooled[k].across[rows] = moved.across[rows]
            pooled[k].down[rows] = moved.down[rows]
    return tuple(pooled)


def support_of(effect: Effect, place: Place) -> Mask:
    """Pixels that may carry ink: crowded with strong gradients and mostly inside the core."""
    core = place.core(40)
    strength = np.sqrt(effect.energy)
    threshold = max(GRADIENT_MIN, GRADIENT_SHARE * float(np.percentile(strength[core], 98)))
    crowd = cv2.GaussianBlur((strength > threshold).astype(np.float32), (0, 0), 3 * place.scale) > CROWDED
    closing = np.ones((place.odd(11), place.odd(21)), np.uint8)
    patches = cv2.morphologyEx(crowd.astype(np.uint8), cv2.MORPH_CLOSE, closing)
    count, labels = cv2.connectedComponents(patches)
    sizes = np.bincount(labels.ravel(), minlength=count)
    inside = np.bincount(labels[core], minlength=count)
    kept = inside > IN_CORE_MIN * sizes
    kept[0] = False
    return _widened(kept[labels], place.odd(13), place.odd(13)) & place.core(60)


def without_strays(alpha: F32, place: Place) -> Mask:
    """Where ink is part of the block of text, not a stray far from it or mostly beside what the search recognised."""
    blurred = cv2.GaussianBlur(alpha, (0, 0), 1.5 * place.scale)
    patches = _widened(blurred > 0.05, place.odd(9), place.odd(27)).astype(np.uint8)
    count, labels = cv2.connectedComponents(patches)
    amounts = np.bincount(labels.ravel(), alpha.ravel(), count)
    inside = np.bincount(labels.ravel(), np.where(place.core(16), alpha, 0).ravel(), count)
    kept = (amounts > STRAY_SHARE * amounts[1:].sum()) & (inside > IN_CORE_MIN * amounts)
    kept[0] = False
    return np.asarray(kept[labels] & _rows_of_text(alpha, place), bool)


def _rows_of_text(alpha: F32, place: Place) -> Mask:
    """The rows in which what was recognised has ink, and some more for a shadow: (h, 1)."""
    rows = np.where(place.core(16), alpha, 0).sum(axis=1, keepdims=True)
    return _widened(rows > ROW_SHARE * rows.max(initial=1e-3), place.odd(SHADOW_ROWS), 1)


def _agreed(aligned: Sequence[Effect]) -> Effect:
    across = np.asarray(np.mean([one.across for one in aligned], axis=0), np.float32)
    down = np.asarray(np.mean([one.down for one in aligned], axis=0), np.float32)
    spread = np.mean([(one.across - across) ** 2 + (one.down - down) ** 2 for one in aligned], axis=0)
    typical = Effect(across, down)
    return typical.times(np.asarray(typical.energy / (typical.energy + spread + 1), np.float32))


def _widened(mask: Mask, down: int, across: int) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((down, across), np.uint8)) > 0, bool)
