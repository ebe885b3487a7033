"""Search a clip for a mark: by its jumps, then by its picture if a memory knows one; or where a person pointed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from reposter.craft.watermark.detect.candidates import Candidate, find_candidates
from reposter.craft.watermark.detect.confidence import (
    NOTICED,
    confidence_of,
    confidence_of_known,
    confidence_of_pointed,
    is_accepted,
)
from reposter.craft.watermark.detect.echo import find_echoes
from reposter.craft.watermark.detect.gradients import Field, SteadyGradients
from reposter.craft.watermark.detect.impostors import Impostor, unmask
from reposter.craft.watermark.detect.known import Match, find_known, steady_windows
from reposter.craft.watermark.detect.places import add_places
from reposter.craft.watermark.detect.pointed import find_pointed
from reposter.craft.watermark.detect.presence import Presence, measure_presence
from reposter.craft.watermark.detect.scene import card_start, find_cuts
from reposter.craft.watermark.detect.stillness import find_static
from reposter.craft.watermark.mark import Finding, LeftAlone, Reason, Sighting, Template, Way, Wishes
from reposter.craft.watermark.picture import Box, Region
from reposter.craft.watermark.samples import Samples

NO_WISHES = Wishes()
LOOKS_MIN = 3
RANK_MIN = 0.15
CANDIDATES_TRIED = 3
KNOWN_MAX = 12
"""Templates that are searched: each costs some 30 ms."""


def detect(samples: Samples, *, wishes: Wishes = NO_WISHES, known: Sequence[Template] = ()) -> Finding:
    """The mark of the clip, if there is one that can be told from what belongs to it, and what was left alone.

    `known` are pictures of marks from other videos of the same size. A mark that is not accepted, but nearly, is
    named as uncertain.
    """
    if len(samples) < LOOKS_MIN:
        return Finding(None, (_too_short(samples),))
    search = _Search(samples, wishes)
    sighting, left = search.by_wish() if wishes.marks else search.by_itself(known)
    if sighting and search.is_protected(sighting):
        why = "A place of the mark is in a region that is protected."
        left = [search.left(Reason.PROTECTED, box, why) for box in sighting.places]
        sighting = None
    places = [*(sighting.places if sighting else ()), *(one.box for one in left)]
    return Finding(sighting, (*left, *search.static(places), *(search.end_card(sighting) if sighting else ())))


@dataclass(frozen=True)
class _Seen:
    """A picture at small boxes."""

    template: Template
    places: tuple[Box, ...]
    presence: Presence
    agreement: float
    confidence: float
    is_sure: bool
    impostor: Impostor | None = None


class _Search:
    """One clip, with what is computed of it once."""

    def __init__(self, samples: Samples, wishes: Wishes) -> None:
        self._samples = samples
        self._wishes = wishes
        self._protected = [region.box(samples.size) for region in wishes.protected]
        self._gradients = SteadyGradients(samples)
        self._cuts = find_cuts(samples)
        self._card = card_start(samples, self._cuts)

    def by_itself(self, known: Sequence[Template]) -> tuple[Sighting | None, list[LeftAlone]]:
        jumping = self._best_jump()
        if jumping and jumping.is_sure:
            return self._sighting(Way.JUMP, jumping), []
        remembered = self._best_known(known)
        if remembered:
            return self._sighting(Way.MEMORY, remembered), []
        return None, self._doubts(jumping) if jumping else []

    def by_wish(self) -> tuple[Sighting | None, list[LeftAlone]]:
        """A mark in the first pointed region that has one; the other regions count if they show the same picture."""
        regions = [region.box(self._samples.size) for region in self._wishes.marks]
        jumping = self._best_jump()
        if jumping and jumping.confidence >= NOTICED and self._is_at(jumping, regions):
            return self._pointed(jumping, regions)
        for region in self._wishes.marks:
            seen = find_pointed(self._steady, self._small(region))
            if seen:
                presence = measure_presence(self._samples, seen.template, seen.places)
                confidence = confidence_of_pointed(seen.agreement)
                found = _Seen(seen.template, seen.places, presence, seen.agreement, confidence, is_sure=True)
                return self._pointed(found, regions)
        why = "Nothing in the region that was pointed at stays the same for long enough."
        return None, [self.left(Reason.UNCERTAIN, box, why) for box in regions]

    def is_protected(self, sighting: Sighting) -> bool:
        return any(place.overlap(box) for place in sighting.places for box in self._protected)

    def left(self, reason: Reason, box: Box, why: str, start: float = 0.0) -> LeftAlone:
        return LeftAlone(reason, box, start, _end(self._samples), why)

    def static(self, places: Sequence[Box]) -> list[LeftAlone]:
        factor = self._samples.factor
        taken = [Box(*(side // factor for side in (box.x0, box.y0, box.x1, box.y1))) for box in places]
        why = "It never moves: a channel's own logo or title looks the same. Point at it if it is a mark."
        boxes = find_static(self._samples, self._gradients, taken)
        return [self.left(Reason.STATIC, self._full(box), why) for box in boxes]

    def end_card(self, sighting: Sighting) -> list[LeftAlone]:
        if self._card is None or any(state >= 0 for state in sighting.states[self._card + 1 :]):
            return []
        whole = Box(0, 0, *self._samples.size)
        why = "After the last cut the mark is nowhere: an end card."
        return [self.left(Reason.END_CARD, whole, why, float(self._samples.times[self._card]))]

    def _doubts(self, jumping: _Seen) -> list[LeftAlone]:
        if jumping.impostor is Impostor.SOLID:
            reason, why = Reason.OPAQUE, "It changes its place, but nothing of the picture shines through."
        elif jumping.impostor is None and jumping.confidence >= NOTICED:
            reason = Reason.UNCERTAIN
            why = "Something seems to jump between places, but too little was seen of it to take it for a mark."
        else:
            return []
        return [self.left(reason, self._full(box), why) for box in jumping.places]

    @cached_property
    def _steady(self) -> list[Field]:
        return steady_windows(self._samples, self._gradients)

    def _best_jump(self) -> _Seen | None:
        """The surest; one at a protected place only if there is nothing else, so that it can be named."""
        echoes = find_echoes(self._samples, self._gradients)
        candidates = [one for one in find_candidates(self._samples, self._gradients, echoes) if one.rank > RANK_MIN]
        free = [one for one in candidates if not self._touches_protected(one)]
        tried = [self._followed(one) for one in (free or candidates)[:CANDIDATES_TRIED]]
        return max(tried, key=lambda one: (one.is_sure, one.agreement * one.presence.long_share), default=None)

    def _is_at(self, seen: _Seen, regions: Sequence[Box]) -> bool:
        return any(_is_inside(self._full(place), box) for place in seen.places for box in regions)

    def _touches_protected(self, candidate: Candidate) -> bool:
        return any(self._full(place).overlap(box) for place in candidate.places for box in self._protected)

    def _followed(self, candidate: Candidate) -> _Seen:
        template = candidate.template
        places, presence = add_places(self._samples, self._gradients, template, candidate.places, candidate.presence)
        body = self._body(presence)
        confidence = confidence_of(body, candidate.agreement, candidate.sharpness)
        impostor = unmask(self._samples, self._gradients, template, places, presence.states, self._cuts)
        is_sure = impostor is None and is_accepted(body, candidate.agreement, confidence)
        return _Seen(template, places, presence, candidate.agreement, confidence, is_sure, impostor)

    def _best_known(self, known: Sequence[Template]) -> _Seen | None:
        matches: list[tuple[Match, Template]] = []
        for template in known[:KNOWN_MAX]:
            match = find_known(self._steady, template)
            if match:
                matches.append((match, template))
        if not matches:
            return None
        match, template = max(matches, key=lambda one: one[0].correlation)
        presence = measure_presence(self._samples, template, match.places)
        confidence = confidence_of_known(match.correlation)
        return _Seen(template, match.places, presence, match.correlation, confidence, is_sure=True)

    def _body(self, presence: Presence) -> Presence:
        """Without an end card, which nobody marks."""
        cut = self._card
        if cut is None or any(presence.is_shown[cut + 1 :]) or cut < LOOKS_MIN:
            return presence
        return Presence(presence.times[:cut], presence.raw[:, :cut])

    def _pointed(self, seen: _Seen, regions: Sequence[Box]) -> tuple[Sighting, list[LeftAlone]]:
        sighting = self._sighting(Way.POINTED, seen)
        missed = [box for box in regions if not any(_is_inside(place, box) for place in sighting.places)]
        why = "Another mark than the one taken away was pointed at; one run takes away one."
        return sighting, [self.left(Reason.UNCERTAIN, box, why) for box in missed]

    def _sighting(self, way: Way, seen: _Seen) -> Sighting:
        return Sighting(
            way=way,
            places=tuple(self._full(place) for place in seen.places),
            states=seen.presence.states,
            presence=seen.presence.raw,
            template=seen.template,
            agreement=min(1.0, max(0.0, seen.agreement)),
            coverage=seen.presence.coverage,
            confidence=seen.confidence,
        )

    def _full(self, small: Box) -> Box:
        return small.scaled(self._samples.factor)

    def _small(self, region: Region) -> Box:
        height, width = self._samples.small[0].shape
        box = region.box((width, height))
        return Box(box.x0, box.y0, min(width, max(box.x1, box.x0 + 2)), min(height, max(box.y1, box.y0 + 2)))


def _is_inside(place: Box, region: Box) -> bool:
    return 2 * place.overlap(region) >= min(place.area, region.area)


def _end(samples: Samples) -> float:
    step = float(np.median(np.diff(samples.times))) if len(samples) > 1 else 0.0
    return float(samples.times[-1]) + step if len(samples) else 0.0


def _too_short(samples: Samples) -> LeftAlone:
    why = "The clip is too short to tell a mark from the scene."
    return LeftAlone(Reason.UNCERTAIN, Box(0, 0, *samples.size), 0.0, _end(samples), why)
