"""Cuts of the scene, and the card that some exports put behind the clip."""

from __future__ import annotations

import numpy as np

from reposter.craft.watermark.picture import F64
from reposter.craft.watermark.samples import Samples

CUT_STEP_MIN = 12.0
"""Mean change of brightness from one look to the next."""
CUT_TIMES_USUAL = 3.0
CARD_SECONDS_MIN, CARD_SECONDS_MAX = 0.6, 4.0
SKIPPED = 4  # every fourth pixel of every fourth row is enough


def find_cuts(samples: Samples) -> tuple[int, ...]:
    """The first look of each new scene."""
    changes = _changes(samples)
    if len(changes) < 2:
        return ()
    bar = max(CUT_STEP_MIN, CUT_TIMES_USUAL * float(np.median(changes[1:])))
    return tuple(int(look) for look in np.flatnonzero(changes > bar))


def card_start(samples: Samples, cuts: tuple[int, ...]) -> int | None:
    """The first look after a cut so near to the end that an end card may follow it; None without one."""
    end = samples.times[-1] + float(np.median(np.diff(samples.times)))
    near = [look for look in cuts if CARD_SECONDS_MIN <= end - samples.times[look] <= CARD_SECONDS_MAX]
    return near[0] if near else None


def _changes(samples: Samples) -> F64:
    changes = np.zeros(len(samples))
    before = None
    for look, picture in enumerate(samples.small):
        thin = picture[::SKIPPED, ::SKIPPED].astype(np.int16)
        if before is not None:
            changes[look] = np.abs(thin - before).mean()
        before = thin
    return changes
