"""Everything that is decided about a clip's mark before a frame is changed: found, learnt, remembered, tried out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reposter.craft.watermark.detect.service import detect
from reposter.craft.watermark.effect import MarkRemoval
from reposter.craft.watermark.estimate.ink import Refusal, ink_of
from reposter.craft.watermark.estimate.service import estimate
from reposter.craft.watermark.judge import Gauge, RunningJudge, judgement_of, try_out
from reposter.craft.watermark.mark import Estimate, Judgement, LeftAlone, Matte, Reason, Segment, Sighting, Wishes
from reposter.craft.watermark.memory.memory import Aided, LineAid, MarkMemory
from reposter.craft.watermark.picture import U8, Box
from reposter.craft.watermark.restore.fusion import Restorer
from reposter.craft.watermark.restore.references import References
from reposter.craft.watermark.restore.timeline import Timeline
from reposter.craft.watermark.samples import Samples, sampled
from reposter.media.source import Source

NO_MARK = "no mark was found"


@dataclass(frozen=True)
class FoundMark:
    """A mark that may be taken away, with all that its removal needs; good as long as its samples are open.

    `estimate` is with the help of the memory, `own` without: what is learnt must not be what was remembered. `aids`
    say of each remembered line what it did. `watch` judges while frames are mended.
    """

    sighting: Sighting
    estimate: Estimate
    own: Estimate
    aids: tuple[LineAid, ...]
    timeline: Timeline
    references: References
    watch: RunningJudge
    may_invent: bool

    @property
    def segments(self) -> tuple[Segment, ...]:
        """When it stands where: exact to a look, and to the frame once all frames have passed."""
        return self.timeline.segments

    def removal(self) -> MarkRemoval:
        """An effect for one pass over all frames."""
        return MarkRemoval(
            self.estimate.mattes,
            self.timeline,
            self.references,
            may_inpaint=self.may_invent,
            witness=self.watch,
        )


@dataclass(frozen=True)
class Analysis:
    """`mark` is what may be taken away, if anything; `why` says why not. `left` was seen and stays.

    `seconds` is the time spent on each part.
    """

    samples: Samples
    mark: FoundMark | None
    judgement: Judgement | None
    left: tuple[LeftAlone, ...]
    why: str
    seconds: dict[str, float]


@dataclass(frozen=True)
class Recollection:
    """What other videos taught, and the name of this one, whose own lesson is left aside."""

    memory: MarkMemory | None = None
    video_id: str | None = None


@contextmanager
def analysed(
    source: Source,
    size: tuple[int, int],
    *,
    wishes: Wishes,
    recalls: Recollection,
    folder: Path,
    seconds: float,
    on_progress: Callable[[float], None],
) -> Iterator[Analysis]:
    """Look through `source` at `size` and decide; `folder` takes a temporary file until the end of the `with`.

    `seconds` is the clip's length as far as known; `on_progress` hears how much of it has been looked through.

    Raises:
        UnreadableMedia: the source is damaged.
        StorageExhausted: the disk is full.
    """
    clock = _Clock()
    with sampled(source, size, folder=folder, seconds=seconds, on_look=on_progress) as samples:
        del source  # the caller may close it before the encode, and its decoder with it
        clock.lap("look")
        yield _analyse(samples, wishes, recalls, clock)


class _Clock:
    """Seconds of processor time for each part."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._latest = time.process_time()

    def lap(self, part: str) -> None:
        now = time.process_time()
        self.seconds[part] = now - self._latest
        self._latest = now


def _analyse(samples: Samples, wishes: Wishes, recalls: Recollection, clock: _Clock) -> Analysis:
    memory, video_id = recalls.memory, recalls.video_id
    known = memory.templates(samples.size, samples.factor) if memory else ()
    finding = detect(samples, wishes=wishes, known=known)
    clock.lap("detect")
    if finding.sighting is None:
        return Analysis(samples, None, None, finding.left, _why_nothing(finding.left), clock.seconds)
    own = estimate(samples, finding.sighting)
    clock.lap("estimate")
    aided = memory.aid(own, samples.size, video_id) if memory else Aided(own)
    clock.lap("memory")
    refusal = ink_of(aided.estimate, samples.size)
    if refusal and not (refusal.reason is Reason.OPAQUE and wishes.may_inpaint):
        left = (*finding.left, *_refused(finding.sighting, refusal, samples))
        return Analysis(samples, None, None, left, f"{NO_MARK} that can be taken away: {refusal.why}", clock.seconds)
    mark, judgement = _try_out(samples, finding.sighting, own, aided, may_invent=wishes.may_inpaint)
    clock.lap("judge")
    return Analysis(samples, mark, judgement, finding.left, judgement.why, clock.seconds)


def _try_out(
    samples: Samples, sighting: Sighting, own: Estimate, aided: Aided, *, may_invent: bool
) -> tuple[FoundMark, Judgement]:
    mattes = aided.estimate.mattes
    timeline = Timeline(samples, sighting, mattes)
    references = References(samples, timeline.states)
    gauges = [Gauge(matte, samples.size) for matte in mattes]
    evidence = try_out(samples, timeline.states, gauges, _Trial(samples, mattes, references).mend)
    watch = RunningJudge(gauges, evidence)
    mark = FoundMark(sighting, aided.estimate, own, aided.lines, timeline, references, watch, may_invent)
    return mark, judgement_of(evidence, may_invent=may_invent)


class _Trial:
    """Mends whole pictures of the first pass."""

    def __init__(self, samples: Samples, mattes: Sequence[Matte], references: References) -> None:
        self._samples = samples
        self._references = references
        self._restorers = [Restorer(matte) for matte in mattes]

    def mend(self, place: int, fine: int, box: Box) -> U8:
        restorer = self._restorers[place]
        if restorer.box is None:
            return self._samples.fine_luma(fine, box)
        references = self._references.of(place, float(self._samples.fine_times[fine]), restorer.box)
        mended = restorer.restore(self._samples.fine_planes(fine, restorer.box), 1.0, references).planes.y
        return laid_over(self._samples.fine_luma(fine, box), box, mended, restorer.box)


def laid_over(picture: U8, at: Box, patch: U8, patch_at: Box) -> U8:
    """`picture` of place `at` with `patch` of place `patch_at` where they overlap."""
    canvas = picture.copy()
    left, top = max(at.x0, patch_at.x0), max(at.y0, patch_at.y0)
    right, bottom = min(at.x1, patch_at.x1), min(at.y1, patch_at.y1)
    if right > left and bottom > top:
        common = Box(left, top, right, bottom)
        canvas[common.moved(-at.x0, -at.y0).slices] = patch[common.moved(-patch_at.x0, -patch_at.y0).slices]
    return canvas


def _why_nothing(left: Sequence[LeftAlone]) -> str:
    if not left:
        return NO_MARK
    return f"{NO_MARK} that can be taken away: {left[0].why[0].lower()}{left[0].why[1:].removesuffix('.')}"


def _refused(sighting: Sighting, refusal: Refusal, samples: Samples) -> list[LeftAlone]:
    end = float(samples.times[-1])
    return [LeftAlone(refusal.reason, box, 0.0, end, refusal.why) for box in sighting.places]
