"""What the videos of one source taught about its marks, and the help it gives to the next one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from reposter.craft.watermark.mark import Estimate, Template
from reposter.craft.watermark.memory.aid import Recognised, joined, recognise, with_line
from reposter.craft.watermark.memory.gate import Evidence
from reposter.craft.watermark.memory.known import FOUND_AT, KnownMark, extended, know
from reposter.craft.watermark.memory.outlines import templates_of
from reposter.craft.watermark.memory.record import Sibling, sibling_of
from reposter.craft.watermark.memory.retention import most_informative

SIBLINGS_MIN = 3
"""Fewer siblings do more harm than good: one alone is worse than the video by itself."""
LINE_SIBLINGS_MIN = 2
"""Of these some may never have shown the line in this layout; with so many the video's own sums make up a third."""
MARKS_MAX = 16
REBUILT_UNTIL = 6
"""So many siblings are compared anew with each other whenever one comes; later ones only with what is known."""


@dataclass(frozen=True)
class LineAid:
    """A remembered line in this video: `line` counts from the top, `layout` 1 has the second line moved sideways.
    `siblings` know it. `refused` says why it was not used, None if it was. `gap`: how far (RMS) the α of the others
    lies from that of the video itself."""

    line: int
    layout: int
    siblings: int
    evidence: Evidence
    refused: str | None
    gap: float

    @property
    def is_used(self) -> bool:
        return self.refused is None


@dataclass(frozen=True)
class Aided:
    """An estimate with the help of the memory, and for each line that was looked for what came of it."""

    estimate: Estimate
    lines: tuple[LineAid, ...] = ()

    @property
    def is_helped(self) -> bool:
        return any(one.is_used for one in self.lines)

    @property
    def gap(self) -> float | None:
        """Mean gap of the lines used, None where none was."""
        gaps = [one.gap for one in self.lines if one.is_used]
        return float(np.mean(gaps)) if gaps else None


@dataclass(frozen=True)
class MarkMemory:
    """The marks of one source. Each picture size has its own: a mark is drawn anew for each size, not resampled."""

    marks: tuple[KnownMark, ...] = ()

    @classmethod
    def of(cls, taught: Iterable[tuple[Estimate, tuple[int, int], str]]) -> Self:
        """A memory of several videos: estimate, picture size (width, height), name of the video."""
        memory = cls()
        for estimate, size, video_id in taught:
            memory = memory.learned(estimate, size, video_id)
        return memory

    @property
    def siblings(self) -> tuple[Sibling, ...]:
        return tuple(sibling for mark in self.marks for sibling in mark.siblings)

    def learned(self, estimate: Estimate, size: tuple[int, int], video_id: str) -> Self:
        """The memory after one more video. A video that was learned before is replaced, so it counts once.

        At most `MARKS_MAX` marks are kept, and of each at most `retention.SIBLINGS_MAX` videos.
        """
        sibling = sibling_of(estimate, size, video_id)
        if sibling is None:
            return self
        marks = list(self._without(video_id))
        index = _home_of(sibling, marks)
        if index is None:
            marks.append(know([sibling]))
        else:
            marks[index : index + 1] = _grown(marks[index], sibling)
        # of marks that few videos know the later ones stay: a source changes its mark, and the old one ends
        order = sorted(range(len(marks)), key=lambda number: (-len(marks[number].placed), -number))
        return type(self)(tuple(marks[number] for number in order[:MARKS_MAX]))

    def aid(self, estimate: Estimate, size: tuple[int, int], video_id: str | None = None) -> Aided:
        """The estimate with every line that the memory knows and that fits; other lines stay as they are.

        What was learned from `video_id` itself is left aside, so that a video never confirms itself.
        """
        target = sibling_of(estimate, size, video_id or "")
        marks = [mark for mark in self._without(video_id) if mark.size == size and len(mark.placed) >= SIBLINGS_MIN]
        if target is None or not marks:
            return Aided(estimate)
        found = [recognise(mark, target) for mark in marks]
        best = max(range(len(marks)), key=lambda index: _merit(found[index]))
        return _joined_lines(estimate, marks[best], found[best])

    def templates(self, size: tuple[int, int], factor: int) -> tuple[Template, ...]:
        """Gradients in pictures `factor` times smaller, one template for each layout of each mark of that size."""
        known = (mark for mark in self.marks if mark.size == size and len(mark.placed) >= SIBLINGS_MIN)
        return tuple(template for mark in known for template in templates_of(mark, factor, LINE_SIBLINGS_MIN))

    def _without(self, video_id: str | None) -> tuple[KnownMark, ...]:
        marks = []
        for mark in self.marks:
            rest = [one for one in mark.siblings if one.video_id != video_id]
            if len(rest) == len(mark.siblings):
                marks.append(mark)
            elif rest:
                marks.append(know(rest))
        return tuple(marks)


def _home_of(sibling: Sibling, marks: list[KnownMark]) -> int | None:
    """The mark of that size that the video's lines fit best, if they are anything like it."""
    merits = {index: _merit(recognise(mark, sibling)) for index, mark in enumerate(marks) if mark.size == sibling.size}
    best = max(merits, key=lambda index: merits[index], default=None)
    return best if best is not None and merits[best][1] >= FOUND_AT else None


def _grown(mark: KnownMark, sibling: Sibling) -> list[KnownMark]:
    """The mark with the video; where it does not fit in, one more mark."""
    if len(mark.siblings) < REBUILT_UNTIL:
        return _split(know([*mark.siblings, sibling]))
    shown = [one for one in recognise(mark, sibling) if one.evidence.objection is None]
    if not shown:
        return [mark, know([sibling])]
    grown = extended(mark, sibling, [(one.line, one.spots, one.evidence.strength) for one in shown])
    return [most_informative(grown)]


def _split(mark: KnownMark) -> list[KnownMark]:
    """Videos that do not fit are another mark as soon as they are enough to be one."""
    foreign = [one for number, one in enumerate(mark.siblings) if number not in mark.placed]
    if len(foreign) < SIBLINGS_MIN:
        return [mark]
    own = [one for number, one in enumerate(mark.siblings) if number in mark.placed]
    return [know(part) for part in (own, foreign) if part]


def _merit(found: tuple[Recognised, ...]) -> tuple[int, float]:
    """Lines that fit, where enough videos know them to say so, then the best agreement."""
    fitting = sum(one.evidence.objection is None for one in found if len(one.line.voices) >= LINE_SIBLINGS_MIN)
    return fitting, max((one.evidence.agreement for one in found), default=0.0)


def _joined_lines(estimate: Estimate, mark: KnownMark, found: tuple[Recognised, ...]) -> Aided:
    reports, helped = [], [False] * len(estimate.lines)
    canvas = mark.siblings[mark.base].places[mark.siblings[mark.base].reference].shape
    aided = estimate
    for one in found:
        count = len(one.line.voices)
        refused = one.evidence.objection
        if refused is None and count < LINE_SIBLINGS_MIN:
            refused = f"{count} video knows this line here, {LINE_SIBLINGS_MIN} are needed"
        gap = 0.0
        if refused is None:
            before = aided
            aided = with_line(aided, one, joined(one.line, one.sums, one.evidence.strength), canvas)
            gap = _distance(before, aided, one)
            helped = [was or now for was, now in zip(helped, _rows_helped(estimate, one), strict=True)]
        reports.append(LineAid(one.line.line, one.line.layout, count, one.evidence, refused, gap))
    return Aided(replace(aided, from_memory=tuple(helped)), tuple(reports))


def _distance(before: Estimate, after: Estimate, one: Recognised) -> float:
    squares, count = 0.0, 0
    for place in one.spots:
        old, new = before.mattes[place].alpha, after.mattes[place].alpha
        inked = (new > 0.02) | (old > 0.02)
        squares, count = squares + float(((old - new)[inked] ** 2).sum()), count + int(inked.sum())
    return float(np.sqrt(squares / max(count, 1)))


def _rows_helped(estimate: Estimate, one: Recognised) -> list[bool]:
    """Which of the video's own lines a remembered line stands in."""
    helped = [False] * len(estimate.lines)
    for place, corner in one.corners.items():
        middle = corner[0] + (one.line.picture.box.y0 + one.line.picture.box.y1) / 2
        for number, line in enumerate(estimate.alignment[place]):
            if line is not None and line.top + line.down <= middle < line.bottom + line.down:
                helped[number] = True
    return helped
