"""From measures to a verdict and a sentence (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reposter.craft.watermark.judge.measures import Measures
from reposter.craft.watermark.mark import Judgement, Verdict

# True removals of ten development clips measured .95 to 1.06 before (with the true matte .81 to 1.03) and -.03 to .01
# after. A matte too weak or too strong by 30 % is above 1.27 or below .81 before, one shifted by two pixels below .78,
# a foreign or absent mark below .44.
MATCH = (0.80, 1.20)
"""The mark's share before removal: the matte's own effect is what stands in the picture."""
MATCH_MIN = 0.35
"""Below it the mark is not there at all."""
RESIDUE_MAX = 0.12
OVERDONE = -0.2
LITTLE_TAKEN = 0.6
OUTSIDE_MAX = 0.08
DAMAGE_MAX = 6.0
FLICKER_MAX = 2.5
OPAQUE_ALPHA = 0.93
ENERGY_FLOOR = 60.0
"""Squared steps of luma over two pixels that the eye does not see; a flat wall has next to none of its own."""


@dataclass(frozen=True)
class Evidence:
    """What was measured at one place: as it came, mended, and `bare` when the mark stood elsewhere.

    `flicker` and `bare_flicker`: change from picture to picture under the ink for each such change around it.
    """

    place: int
    ink_pixels: int
    alpha: float
    before: Measures
    after: Measures
    bare: Measures | None = None
    flicker: float | None = None
    bare_flicker: float | None = None

    @property
    def residue_before(self) -> float:
        return self.before.residue - (self.bare.residue if self.bare else 0.0)

    @property
    def residue_after(self) -> float:
        return self.after.residue - (self.bare.residue if self.bare else 0.0)

    @property
    def roughness_before(self) -> float:
        return _roughness(self.before) / self._own_roughness

    @property
    def damage(self) -> float:
        """Gradients on the letter edges against the surroundings, and against the same place without a mark."""
        return _roughness(self.after) / self._own_roughness

    @property
    def outside(self) -> float:
        return self.before.outside

    @property
    def flicker_ratio(self) -> float:
        return (self.flicker or 1.0) / max(self.bare_flicker or 1.0, 0.5)

    @property
    def _own_roughness(self) -> float:
        return _roughness(self.bare) if self.bare else 1.0


@dataclass(frozen=True)
class _Finding:
    verdict: Verdict
    why: str


def judgement_of(evidence: Sequence[Evidence], *, may_invent: bool = False) -> Judgement:
    """The worst place decides. `may_invent`: the operator wants inpainting where nothing shines through."""
    if not evidence:
        return Judgement(0.0, 0.0, 1.0, 0.0, Verdict.DOUBTFUL, "there was nothing to measure the removal on")
    findings = [_find(one, may_invent=may_invent) for one in evidence]
    order = [Verdict.WORSE, Verdict.DOUBTFUL, Verdict.BETTER]
    worst = min(findings, key=lambda finding: order.index(finding.verdict))
    ink = [float(one.ink_pixels) for one in evidence]

    def weighted(values: list[float]) -> float:
        return round(float(np.average(values, weights=ink)), 4)

    return Judgement(
        residue_before=weighted([one.residue_before for one in evidence]),
        residue_after=weighted([one.residue_after for one in evidence]),
        damage=weighted([one.damage for one in evidence]),
        clipped=weighted([one.outside for one in evidence]),
        verdict=worst.verdict,
        why=worst.why,
    )


def _find(one: Evidence, *, may_invent: bool) -> _Finding:
    found = _worse(one) or _doubtful(one, may_invent=may_invent)
    left = max(0.0, one.residue_after) * 100
    return found or _Finding(Verdict.BETTER, f"{left:.0f} % of the mark's outlines are left and its place looks whole")


def _worse(one: Evidence) -> _Finding | None:
    before, after = one.residue_before, one.residue_after
    if before < MATCH_MIN:
        why = f"only {max(0.0, before):.0%} of what would be taken away is in the picture"
    elif after < OVERDONE:
        why = f"more would be taken away than is there ({-after:.0%} too much): a negative of the mark would appear"
    elif after > LITTLE_TAKEN * before:
        why = f"{after / before:.0%} of the mark would stay"
    elif one.damage > max(DAMAGE_MAX, one.roughness_before):
        why = "its place would be rougher than with the mark"
    else:
        return None
    return _Finding(Verdict.WORSE, why)


def _doubtful(one: Evidence, *, may_invent: bool) -> _Finding | None:
    if one.alpha >= OPAQUE_ALPHA and not may_invent:
        why = "next to nothing of the picture shines through the mark; what is under it would be invented"
    elif not MATCH[0] <= one.residue_before <= MATCH[1]:
        why = f"the mark is {one.residue_before:.0%} as strong as it was reckoned to be"
    elif abs(one.residue_after) > RESIDUE_MAX:
        why = f"{one.residue_after:+.0%} of the mark's outlines would be left"
    elif one.outside > OUTSIDE_MAX:
        why = f"{one.outside:.0%} of the pixels would come out darker than black or brighter than white"
    elif one.damage > DAMAGE_MAX:
        why = f"its place would be {one.damage:.0f} times as rough as without a mark"
    elif one.flicker_ratio > FLICKER_MAX:
        why = f"its place would flicker {one.flicker_ratio:.1f} times as much as around it"
    else:
        return None
    return _Finding(Verdict.DOUBTFUL, why)


def _roughness(measures: Measures) -> float:
    return (measures.edges + ENERGY_FLOOR) / (measures.around + ENERGY_FLOOR)
