"""What is known of a mark: where it stands when, and how it mixes with the picture under it.

The mark is drawn as I = a·B + c: B is the picture under it, a = 1 - α lets it through, c = α·ink is what was added.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from reposter.craft.watermark.picture import F32, Box, Mask, Region
from reposter.craft.watermark.sums import Sums


class Way(StrEnum):
    """How a mark was found."""

    JUMP = "jump"  # it left one place and stood at another
    MEMORY = "memory"  # another video of the source showed its picture
    POINTED = "pointed"  # a person said where


@dataclass(frozen=True)
class Wishes:
    """What the operator asked for. `protected` is never touched; `marks` are places where one is known to be."""

    protected: tuple[Region, ...] = ()
    marks: tuple[Region, ...] = ()
    may_inpaint: bool = False


@dataclass(frozen=True)
class Template:
    """The mark's own gradients in small pictures: (h, w) each; `mask` is where they are strong."""

    across: F32
    down: F32
    mask: Mask


@dataclass(frozen=True)
class Sighting:
    """A mark and its whereabouts.

    `places`: boxes of the matched part in the full picture, all of one size, one for each place where it stands.
    `states[i]`: the place at sample i, -1 where none shows it. `presence[k, i]`: strength at place k, 1 is fully there.
    `agreement`: correlation of both ends of the jump (or with the memory), 0 to 1. `coverage`: share of the time with
    the mark at one of its places. `confidence`: 0 to 1.
    """

    way: Way
    places: tuple[Box, ...]
    states: tuple[int, ...]
    presence: F32
    template: Template
    agreement: float
    coverage: float
    confidence: float


@dataclass(frozen=True)
class Matte:
    """How the mark mixes with the picture at one place, in the pixels of `box`.

    `see_through` (a) is 1 away from the ink, `ink` (c) is 0 there; luma of 0 to 255. `variance` is that of a.
    The chroma fields have half the size: 128 is neutral, so c = α·128 is grey ink.
    """

    box: Box
    see_through: F32
    ink: F32
    variance: F32
    chroma_see_through: F32
    ink_u: F32
    ink_v: F32

    @property
    def alpha(self) -> F32:
        return 1 - self.see_through

    @property
    def support(self) -> Mask:
        """Where there is ink."""
        return self.see_through < SEEN_THROUGH

    @property
    def touched(self) -> Mask:
        """Where the picture is mended: the ink, and the rim in which the codec rings."""
        size = 2 * RIM + 1
        return np.asarray(cv2.dilate(self.support.astype(np.uint8), np.ones((size, size), np.uint8)) > 0, bool)


RIM = 2  # pixels
SEEN_THROUGH = 0.995  # an ink of less than half a per cent changes no pixel by more than one step


@dataclass(frozen=True)
class Line:
    """A text line of the mark: rows `top` to `bottom` of the reference place's box.

    At a place where it is shifted by (`down`, `across`), row y and column x of the reference box are row y + down and
    column x + across of that place's box: all places in line, or the second line aligned to the right, or apart.
    The rests are fractions of a pixel on top: text is set to less than a pixel.
    """

    top: int
    bottom: int
    down: int = 0
    across: int = 0
    down_rest: float = 0.0
    across_rest: float = 0.0


@dataclass(frozen=True)
class PlaceEvidence:
    """What one place of one clip taught: the sums of its regression and its gradients, in the pixels of `box`.

    The gradients are those that the mark adds to the picture, central differences of luma, pooled over all places and
    damped where these disagree. `matched` is the part that the search recognised, in the full picture like `box`.
    """

    box: Box
    matched: Box
    sums: Sums
    effect_across: F32
    effect_down: F32


@dataclass(frozen=True)
class Estimate:
    """One matte for each place of a sighting; `lines` are rows of place `reference`, `evidence` is what memory keeps.

    `alignment[k][n]` is line n as it stands at place k, None where it was not found there; no shift at the reference.
    """

    mattes: tuple[Matte, ...]
    evidence: tuple[PlaceEvidence, ...]
    reference: int
    lines: tuple[Line, ...]
    alignment: tuple[tuple[Line | None, ...], ...]
    from_memory: tuple[bool, ...] = ()  # for each line: a memory helped


@dataclass(frozen=True)
class Shown:
    """The mark at place `place` with `strength` 0 to 1 in one frame."""

    place: int
    strength: float


@dataclass(frozen=True)
class Segment:
    """From `start` until `end` (seconds) the mark stood at `place`; it took `fade_seconds` to come or go."""

    place: int
    start: float
    end: float
    fade_seconds: float = 0.0


class Reason(StrEnum):
    """Why something that looks drawn over the picture was left in it."""

    STATIC = "static"  # it never moves: nobody but the operator can tell a mark from a channel's logo
    OPAQUE = "opaque"  # nothing of the picture shines through
    PROTECTED = "protected"  # the operator said so
    END_CARD = "end_card"  # the clip's last seconds show something else
    UNCERTAIN = "uncertain"  # too little was seen of it


@dataclass(frozen=True)
class LeftAlone:
    """Something found and not touched, from `start` until `end` seconds; `box` in the full picture."""

    reason: Reason
    box: Box
    start: float
    end: float
    why: str


@dataclass(frozen=True)
class Finding:
    """What a search came to: a mark to take away or none, and what was seen and left."""

    sighting: Sighting | None
    left: tuple[LeftAlone, ...] = ()


@dataclass(frozen=True)
class Judgement:
    """Measures without a reference. Shares of the mark's own gradients still in the picture (1: all of them).

    `damage`: how much rougher the mended place is than its surroundings, 1 is alike. `clipped`: share of mended pixels
    that ran into black or white.
    """

    residue_before: float
    residue_after: float
    damage: float
    clipped: float
    verdict: Verdict
    why: str


class Verdict(StrEnum):
    BETTER = "better"
    DOUBTFUL = "doubtful"  # a person should look at both versions
    WORSE = "worse"
