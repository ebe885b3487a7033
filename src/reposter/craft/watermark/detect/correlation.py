"""How well a known picture fits at each place, by its gradients."""

from __future__ import annotations

import cv2
import numpy as np

from reposter.craft.watermark.detect.gradients import Field
from reposter.craft.watermark.picture import F32, Box

ENERGY_FLOOR = 0.02  # of the picture's strongest place: in an empty one anything would correlate


def correlate(steady: Field, wanted: Field) -> F32:
    """Σ of the products at every place where `wanted` fits into the picture."""
    across = cv2.matchTemplate(steady.across, wanted.across, cv2.TM_CCORR)
    return np.asarray(across + cv2.matchTemplate(steady.down, wanted.down, cv2.TM_CCORR), np.float32)


def correlation_map(steady: Field, wanted: Field) -> F32:
    """Normalised correlation at every place where `wanted` fits, -1 to 1; counted where it is strong."""
    counted = (wanted.squared() > 1).astype(np.float32)
    energy = cv2.matchTemplate(steady.squared(), counted, cv2.TM_CCORR)
    floor = np.float32(ENERGY_FLOOR * float(energy.max()) + 1)
    scale = np.sqrt(np.maximum(energy, floor) * np.float32(wanted.dot(wanted)) + np.float32(1e-6))
    return np.asarray(correlate(steady, wanted) / scale, np.float32)


def correlation_at(steady: Field, wanted: Field, place: Box) -> float:
    """Normalised correlation at one place."""
    here = steady.cut(place)
    counted = (wanted.squared() > 1).astype(np.float32)
    return here.times(counted).agreement(wanted)
