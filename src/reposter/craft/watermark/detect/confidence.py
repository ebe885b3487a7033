"""How sure a sighting is.

The figure is a weighted mean of five pieces of evidence, each a straight line between a value at which it says nothing
and one at which it leaves no doubt; it grows with each of them. Weights and ends were set on ten clips with drawn
marks, which have 0.89 and more, and their originals, which have 0.46 and less.
"""

from __future__ import annotations

import math

from reposter.craft.watermark.detect.presence import Presence

ACCEPTED = 0.55
NOTICED = 0.5
"""From here on a sighting that is not accepted is worth a word to the operator."""
AGREEMENT_MIN = 0.45
COVERAGE_MIN = 0.5
LONG_SHARE_MIN = 0.45


def confidence_of(presence: Presence, agreement: float, sharpness: float) -> float:
    """0 to 1. `agreement` of both ends of the jump, `sharpness` of the echo in standard deviations."""
    return (
        0.30 * _between(0.35, 0.70, agreement)
        + 0.25 * _between(0.40, 0.90, presence.coverage)
        + 0.20 * _between(0.30, 0.80, presence.long_share)
        + 0.15 * _between(0.50, 0.90, presence.exclusiveness)
        + 0.10 * _between(math.log(4), math.log(10), math.log(max(sharpness, 1)))
    )


def confidence_of_known(correlation: float) -> float:
    """Of a mark that a memory knows, found with this mean correlation."""
    return 0.6 + 0.4 * _between(0.65, 0.85, correlation)


def confidence_of_pointed(agreement: float) -> float:
    """A person is sure that a mark is there; `agreement` of its looks says how well its picture is known."""
    return 0.7 + 0.3 * _between(0.3, 0.8, agreement)


def is_accepted(presence: Presence, agreement: float, confidence: float) -> bool:
    """Whether a jump is believed: no piece of evidence may be missing, however good the others are."""
    return (
        confidence >= ACCEPTED
        and agreement >= AGREEMENT_MIN
        and presence.coverage >= COVERAGE_MIN
        and presence.long_share >= LONG_SHARE_MIN
    )


def _between(nothing: float, doubtless: float, value: float) -> float:
    return min(1.0, max(0.0, (value - nothing) / (doubtless - nothing)))
