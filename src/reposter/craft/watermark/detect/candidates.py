"""From an echo to a picture that left one place and appeared at another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from reposter.craft.watermark.detect.echo import Echo
from reposter.craft.watermark.detect.gradients import Field, SteadyGradients
from reposter.craft.watermark.detect.likeness import likeness_by_lines
from reposter.craft.watermark.detect.presence import Presence, measure_presence, template_of
from reposter.craft.watermark.mark import Template
from reposter.craft.watermark.picture import F32, Box
from reposter.craft.watermark.samples import Samples

AGREEMENT_MIN = 0.35
ONE_JUMP_MIN = 0.25  # of a single jump that is worth a look at all of them
WIDTH_MIN, WIDTH_MAX = 0.12, 0.60
HEIGHT_MIN, HEIGHT_MAX = 0.027, 0.285
"""Of a mark, in shares of the picture's shorter side."""
INK_PIXELS_MIN = 80
ALIKE_PIXELS = 6
STAY_LOOKS_MIN, PLAIN = 3, 0.7
ALIKE_MAX = 3
"""The same jump is seen from several moments; more than so many looks at it teach nothing new."""
RANK_ENOUGH = 0.5
"""A jump that was seen so well, and several times, needs no rivals."""
COARSE = 4  # the place of the most matched energy is found in a map so many times smaller


@dataclass(frozen=True)
class Candidate:
    """A picture seen at both ends of a jump; `places` are small boxes, `agreement` is the correlation of both ends."""

    places: tuple[Box, Box]
    template: Template
    agreement: float
    sharpness: float
    presence: Presence

    @property
    def rank(self) -> float:
        """Higher is likelier: one picture, alternately at both places, nearly all the time."""
        seen = self.presence
        return seen.long_share * self.agreement * (seen.least_used > 0.08) * seen.exclusiveness


def find_candidates(samples: Samples, gradients: SteadyGradients, echoes: Sequence[Echo]) -> list[Candidate]:
    """What the echoes come from, likeliest first."""
    found: list[Candidate] = []
    for echo in echoes:
        places = _places(echo)
        if places is None:
            continue
        places, picture, agreement = _both_ends(gradients, echo, *places)
        template = template_of(picture)
        is_inked = int((picture.squared() > 16).sum()) >= INK_PIXELS_MIN
        alike = sum(_is_alike(places, one.places) for one in found)
        if agreement < ONE_JUMP_MIN or not is_inked or alike >= ALIKE_MAX:
            continue
        presence = measure_presence(samples, template, places)
        agreement = max(agreement, _over_all_stays(gradients, places, presence))
        if agreement < AGREEMENT_MIN:
            continue
        found.append(Candidate(places, template, agreement, echo.sharpness, presence))
        if alike == ALIKE_MAX - 1 and found[-1].rank > RANK_ENOUGH:
            break
    return sorted(found, key=lambda one: one.rank, reverse=True)


def is_mark_sized(box: Box, shape: tuple[int, int]) -> bool:
    """Whether a mark may be so large, in a small picture of `shape` (height, width)."""
    side = min(shape)
    return (
        WIDTH_MIN * side < box.width < WIDTH_MAX * side
        and HEIGHT_MIN * side < box.height < HEIGHT_MAX * side
        and box.width > 1.1 * box.height
    )


def _places(echo: Echo) -> tuple[Box, Box] | None:
    """Where the picture appeared, and where it left."""
    resolved = _resolve(echo)
    if resolved is None:
        return None
    energy, down, across = resolved
    shape = energy.shape
    box = _box_of(energy)
    if box is None or not is_mark_sized(box, (shape[0], shape[1])):
        return None
    left = box.moved(-across, -down)
    # Cut at the picture's edge, wherever either of the two meets it.
    x0, y0 = max(0, -left.x0), max(0, -left.y0)
    x1, y1 = max(0, left.x1 - shape[1]), max(0, left.y1 - shape[0])
    box = Box(box.x0 + x0, box.y0 + y0, box.x1 - x1, box.y1 - y1)
    left = box.moved(-across, -down)
    if box.width < 20 or box.height < 8 or box.overlap(left):  # a jump leaves its place completely
        return None
    return box, left


def _resolve(echo: Echo) -> tuple[F32, int, int] | None:
    """A circular shift has four readings: take the one with the most matched energy somewhere."""
    change = echo.change
    height, width = change.shape
    best: tuple[float, F32, int, int] | None = None
    for down in {echo.down, echo.down - height}:
        for across in {echo.across, echo.across - width}:
            if abs(down) > 0.88 * height or abs(across) > 0.85 * width:
                continue
            after = Box(max(0, across), max(0, down), min(width, width + across), min(height, height + down))
            if after.width < 8 or after.height < 8:
                continue
            here, there = change.cut(after), change.cut(after.moved(-across, -down))
            matched = np.zeros(change.shape, np.float32)
            matched[after.slices] = -(here.across * there.across + here.down * there.down)
            most = float(cv2.blur(_coarse(matched), (15, 8)).max())
            if best is None or most > best[0]:
                best = (most, matched, down, across)
    return best[1:] if best else None


def _coarse(picture: F32) -> F32:
    height, width = picture.shape
    size = (width // COARSE, height // COARSE)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def _box_of(energy: F32) -> Box | None:
    """Around the patch of matched energy that holds the most of it."""
    height, width = energy.shape
    coarse = cv2.GaussianBlur(_coarse(energy), (0, 0), 3)
    row, column = (int(at) * COARSE + COARSE // 2 for at in np.unravel_index(int(coarse.argmax()), coarse.shape))
    reach = int(0.75 * min(height, width))
    window = Box(
        max(0, column - reach), max(0, row - reach // 2), min(width, column + reach), min(height, row + reach // 2)
    )
    smooth = cv2.GaussianBlur(energy[window.slices], (0, 0), 5)
    peak = row - window.y0, column - window.x0
    if smooth[peak] <= 0:
        return None
    patches = cv2.dilate((smooth > 0.2 * smooth[peak]).astype(np.uint8), np.ones((5, 15), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(patches)
    x, y, w, h = (int(one) for one in stats[labels[peak]][:4])
    return Box(x, y, x + w, y + h).moved(window.x0, window.y0)


def _both_ends(gradients: SteadyGradients, echo: Echo, came: Box, left: Box) -> tuple[tuple[Box, Box], Field, float]:
    """The places in the order (came to, left), the picture as the mean of both ends, and how well they agree."""
    before = [gradients.inside(place, echo.before) for place in (came, left)]
    after = [gradients.inside(place, echo.after) for place in (came, left)]
    at_came, at_left = after[0].minus(before[0]), before[1].minus(after[1])
    # Either place may be the one that was left: the picture must be there while it is.
    forward = after[0].dot(at_came) + before[1].dot(at_left)
    backward = -before[0].dot(at_came) - after[1].dot(at_left)
    agreement = at_came.agreement(at_left)
    picture = at_came.plus(at_left).times(0.5)
    if backward > forward:
        return (left, came), picture.times(-1.0), agreement
    return (came, left), picture, agreement


def _over_all_stays(gradients: SteadyGradients, places: tuple[Box, Box], presence: Presence) -> float:
    """Agreement, line by line, of what comes and goes with the picture at each place over all its stays.

    One jump's scene may be restless, and the lines of a mirrored mark jump by different vectors. 0 where too little is
    seen, or where it is not plain.
    """
    alone = presence.alone
    changes: list[Field] = []
    for number, place in enumerate(places):
        there = [look for look, at in enumerate(alone) if at == number]
        gone = [look for look, at in enumerate(alone) if at == 1 - number]
        if min(len(there), len(gone)) < STAY_LOOKS_MIN:
            return 0.0
        changes.append(gradients.inside(place, there).minus(gradients.inside(place, gone)))
    likeness = likeness_by_lines(changes[0], changes[1])
    return likeness if likeness >= PLAIN else 0.0


def _is_alike(one: Sequence[Box], other: Sequence[Box]) -> bool:
    return all(
        abs(mine.x0 - theirs.x0) < ALIKE_PIXELS and abs(mine.y0 - theirs.y0) < ALIKE_PIXELS
        for mine, theirs in zip(one, other, strict=True)
    )
