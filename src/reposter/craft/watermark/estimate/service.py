"""From looks at a clip and the whereabouts of a mark to the mattes that take it away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from reposter.craft.watermark.estimate.chroma import fit_chroma
from reposter.craft.watermark.estimate.effect import Effect, effect_at
from reposter.craft.watermark.estimate.fit import Fit, fit_place
from reposter.craft.watermark.estimate.joining import Solved, solve_together
from reposter.craft.watermark.estimate.lines import align_lines, reference_of, split_lines
from reposter.craft.watermark.estimate.places import Place, places_to_learn
from reposter.craft.watermark.estimate.solving import Solution, expected_error
from reposter.craft.watermark.estimate.support import pooled_effects, support_of, without_strays
from reposter.craft.watermark.mark import Estimate, Matte, PlaceEvidence, Sighting
from reposter.craft.watermark.samples import Samples


def estimate(samples: Samples, sighting: Sighting) -> Estimate:
    """The mattes of a mark at each of its places.

    A mark that never leaves its place (no look without it) is fitted from its surroundings alone: expect letters of a
    flat scene to be right, a wide `Matte.variance`, and much too little ink where the scene itself stands still.
    """
    places = places_to_learn(samples, sighting)
    effects = tuple(effect_at(samples, place) for place in places)
    reference = reference_of(effects, places)
    lines = split_lines(effects[reference], places[reference].core(16))
    alignment = align_lines(lines, effects, places, reference)
    effects = pooled_effects(effects, alignment, reference)
    fits = [fit_place(samples, place, support_of(effect, place)) for effect, place in zip(effects, places, strict=True)]
    solved, alignment = solve_together(fits, places, lines, reference)
    return Estimate(
        mattes=tuple(_matte(samples, place, one) for place, one in zip(places, solved, strict=True)),
        evidence=tuple(_evidence(*both) for both in zip(places, fits, effects, strict=True)),
        reference=reference,
        lines=lines,
        alignment=alignment,
    )


def _evidence(place: Place, fit: Fit, effect: Effect) -> PlaceEvidence:
    return PlaceEvidence(place.box, place.matched, fit.sums, effect.across, effect.down)


def _matte(samples: Samples, place: Place, pooled: Solved) -> Matte:
    solution = _bare_outside(pooled, place)
    chroma = fit_chroma(samples, place, solution.see_through)
    return Matte(
        place.box,
        solution.see_through,
        solution.ink,
        np.where(solution.see_through < 1, expected_error(solution), np.float32(0)),
        chroma.see_through,
        chroma.ink_u,
        chroma.ink_v,
    )


def _bare_outside(pooled: Solved, place: Place) -> Solution:
    alpha = np.where(pooled.support, 1 - pooled.solution.see_through, np.float32(0))
    kept = pooled.support & without_strays(alpha, place)
    return replace(
        pooled.solution,
        see_through=np.where(kept, pooled.solution.see_through, np.float32(1)),
        ink=np.where(kept, pooled.solution.ink, np.float32(0)),
    )
