"""The removal of a mark in one rendition: looked for, judged before and after, reported."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reposter.craft.render.progress import Ticker
from reposter.craft.render.report import Outcome, StepReport
from reposter.craft.render.request import DETECTION, WATERMARK_REMOVAL, RenderRequest, wishes_of
from reposter.craft.watermark.analysis import Analysis, Recollection, analysed
from reposter.craft.watermark.effect import MarkRemoval
from reposter.craft.watermark.errors import MemoryUnusable
from reposter.craft.watermark.mark import Judgement, Verdict, Wishes
from reposter.craft.watermark.memory.memory import MarkMemory
from reposter.craft.watermark.picture import Region
from reposter.craft.watermark.report import judgement_details, left_details, mark_details, sidecar, touched_details
from reposter.kit.errors import StorageExhausted
from reposter.kit.files import write_atomic
from reposter.kit.process import LIBC, OnProgress
from reposter.media.source import open_source
from reposter.vocabulary.media import MediaInfo

M_TRIM_THRESHOLD = -1  # of mallopt(3)
KEPT_WHILE_MENDING_BYTES = 4 << 20
SIDECAR_SUFFIX = ".watermark.json"
VERDICTS = (Verdict.WORSE, Verdict.DOUBTFUL, Verdict.BETTER)  # the first one that was given decides
OUTCOMES = {Verdict.WORSE: Outcome.REFUSED, Verdict.DOUBTFUL: Outcome.HELD, Verdict.BETTER: Outcome.DONE}


@dataclass
class Removal:
    """What is known of a clip's mark, and what became of taking it away.

    `effect` is there while there is something to take away, and is for one pass; after it `pass_judged` takes what
    was seen on the way into account. `verdict` is None where there is nothing to judge.
    """

    request: RenderRequest
    info: MediaInfo
    analysis: Analysis
    effect: MarkRemoval | None
    seconds: float
    _encode: Judgement | None = field(default=None, init=False)

    @property
    def verdict(self) -> Verdict | None:
        return self._decisive.verdict if self._decisive else None

    @property
    def wants_cleaned(self) -> bool:
        """A cleaned version is worth encoding: it will go out, or somebody will compare it."""
        return self.verdict is Verdict.BETTER or (
            self.verdict is Verdict.DOUBTFUL and self.request.alternative_path is not None
        )

    def pass_judged(self) -> Verdict:
        """The verdict with all frames seen."""
        mark = self.analysis.mark
        assert mark, "there was a pass"
        self._encode = mark.watch.judgement(may_invent=mark.may_invent)
        assert self.verdict
        return self.verdict

    def report(self) -> StepReport:
        judgement = self._decisive
        if judgement is None:
            outcome, why = Outcome.SKIPPED, self.analysis.why
        else:
            outcome, why = OUTCOMES[judgement.verdict], _sentence(judgement)
        return StepReport(WATERMARK_REMOVAL, outcome, why, seconds=self.seconds, details=self._details())

    def write_sidecar(self, beside: Path) -> Path:
        """Which frames and pixels of the file `beside` were touched."""
        mark, path = self.analysis.mark, sidecar_of(beside)
        assert mark and self.effect, "something was touched"
        rate, basis = self.info.video.frame_rate, self.request.basis.value
        said = sidecar(mark.estimate.mattes, self.effect.touched, rate, self.analysis.samples.size, basis)
        write_atomic(path, json.dumps(said, indent=1).encode())
        return path

    def learn(self) -> str:
        """Add what this clip taught to the memory; answers why not, empty if so. The output is good either way."""
        mark, path = self.analysis.mark, self.request.memory_path
        if mark is None or path is None:
            return "no memory was named"
        from reposter.craft.watermark.memory.file import learn  # noqa: PLC0415  # see `_remembered`

        try:
            learn(path, mark.own, self.analysis.samples.size, self.request.video_id or str(self.request.input_path))
        except (MemoryUnusable, StorageExhausted) as error:
            return error.message
        return ""

    @property
    def _decisive(self) -> Judgement | None:
        given = [one for one in (self.analysis.judgement, self._encode) if one]
        return min(given, key=lambda one: VERDICTS.index(one.verdict)) if given else None

    def _details(self) -> dict[str, Any]:  # any JSON
        mark, analysis = self.analysis.mark, self.analysis
        is_kept = self.effect and self._encode and self.verdict is not Verdict.WORSE
        return {
            "method": DETECTION,
            "basis": self.request.basis.value,
            "mark": mark and mark_details(mark.sighting, mark.estimate, mark.segments, mark.aids),
            "judge": {
                "trial": judgement_details(analysis.judgement) if analysis.judgement else None,
                "encode": judgement_details(self._encode) if self._encode else None,
            },
            "touched": touched_details(self.effect.touched) if self.effect and is_kept else None,
            "left": left_details(analysis.left),
            "seconds": {name: round(spent, 3) for name, spent in analysis.seconds.items()},
        }


@contextmanager
def looked_for(
    request: RenderRequest, info: MediaInfo, size: tuple[int, int], folder: Path, on_progress: OnProgress
) -> Iterator[Removal]:
    """Look through the input at `size`; `folder` takes temporary files as long as the removal is in use.

    Raises:
        UnreadableMedia: the input is damaged.
        StorageExhausted: the disk is full.
        MemoryUnusable: the memory's file is no memory.
    """
    started = time.perf_counter()
    rate = info.video.frame_rate
    ticker = Ticker(WATERMARK_REMOVAL, round(info.duration_seconds * rate), on_progress)
    memory = _remembered(request.memory_path) if request.memory_path else None
    with ExitStack() as stack:
        with open_source(request.input_path) as source:  # closed before the encode: its decoder holds many pictures
            analysis = stack.enter_context(
                analysed(
                    source,
                    size,
                    wishes=_wishes(request),
                    recalls=Recollection(memory, request.video_id),
                    folder=folder,
                    seconds=info.duration_seconds,
                    on_progress=lambda seconds: ticker.tick(round(seconds * rate)),
                )
            )
        del source
        ticker.finish(round(info.duration_seconds * rate))
        _give_memory_back()
        effect = analysis.mark.removal() if analysis.mark else None
        yield Removal(request, info, analysis, effect, time.perf_counter() - started)


def _remembered(path: Path) -> MarkMemory:
    from reposter.craft.watermark.memory.file import load  # noqa: PLC0415  # it takes Pydantic, a tenth of a second

    return load(path)


def _give_memory_back() -> None:
    """The search's freed arrays would stay with the process (27 MB at 1080×1920) while the encoder needs the room."""
    if LIBC and hasattr(LIBC, "malloc_trim"):  # glibc's own
        LIBC.mallopt(M_TRIM_THRESHOLD, KEPT_WHILE_MENDING_BYTES)
        LIBC.malloc_trim(0)


def sidecar_of(output: Path) -> Path:
    return output.with_name(output.name + SIDECAR_SUFFIX)


def _wishes(request: RenderRequest) -> Wishes:
    step = request.step(WATERMARK_REMOVAL)
    assert step, "removal is wanted"
    asked = wishes_of(step)
    return Wishes(
        protected=tuple(Region(*region) for region in asked.protect),
        marks=tuple(Region(*region) for region in asked.marks),
        may_inpaint=asked.inpaint,
    )


def _sentence(judgement: Judgement) -> str:
    match judgement.verdict:
        case Verdict.BETTER:
            return f"the mark was taken away: {judgement.why}"
        case Verdict.DOUBTFUL:
            return f"a mark was found, but the result is in doubt and waits for a person: {judgement.why}"
        case Verdict.WORSE:
            return f"a mark was found, but without it the picture would look worse, so it was left: {judgement.why}"
