"""Whether an estimate is a mark's at all: thin, semi-transparent ink, not a caption or its box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reposter.craft.watermark.estimate.places import scale_of
from reposter.craft.watermark.mark import Estimate, Matte, Reason
from reposter.craft.watermark.picture import Box

CORE_ALPHA = 0.3
CORE_PIXELS_MIN = 120  # in a picture with a shorter side of 720
OPAQUE_ALPHA = 0.93  # less than a fourteenth of the picture shines through: the coding has eaten it
SOLID_SHARE = 0.6  # of the box around the ink


@dataclass(frozen=True)
class Refusal:
    """Why the ink is none that can be taken away; `why` is for a person."""

    reason: Reason
    why: str


def ink_of(estimate: Estimate, size: tuple[int, int]) -> Refusal | None:
    """None where the mattes of more than half of the places look like a mark's; `size` is that of the picture."""
    refusals = [refusal for matte in estimate.mattes if (refusal := refusal_of(matte, size))]
    return refusals[0] if 2 * len(refusals) >= len(estimate.mattes) else None


def refusal_of(matte: Matte, size: tuple[int, int]) -> Refusal | None:
    """The same of one place."""
    core = matte.alpha > CORE_ALPHA
    box = Box.around(core)
    if box is None or core.sum() < CORE_PIXELS_MIN * scale_of(size) ** 2:
        return Refusal(Reason.UNCERTAIN, "Too little of it was seen.")
    strong = float(np.percentile(matte.alpha[core], 75))
    if strong > OPAQUE_ALPHA:
        return Refusal(Reason.OPAQUE, f"It covers {strong:.0%} of the picture under it; too little shines through.")
    if core.sum() > SOLID_SHARE * box.area:
        return Refusal(Reason.UNCERTAIN, "It is a solid box, more like a caption than like a mark.")
    return None
