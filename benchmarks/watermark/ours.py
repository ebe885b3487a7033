"""Our own removal on the bench's clips, scored before the final encode, frame by frame.

`removal` is the one place that touches the product.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np

from benchmarks.watermark.jobs import Json
from benchmarks.watermark.metrics import Scorer, Window, changed_away, windows_of
from benchmarks.watermark.overlay import Marked, Marking, Place, Truth, burn, halved
from benchmarks.watermark.picture import OURS, Album
from benchmarks.watermark.video import U8, Three, frames_of, shape_of
from reposter.craft.watermark.analysis import Analysis, Recollection, analysed
from reposter.craft.watermark.effect import MarkRemoval
from reposter.craft.watermark.mark import Estimate, Judgement, Matte, Wishes
from reposter.craft.watermark.memory.memory import MarkMemory
from reposter.craft.watermark.restore.references import References
from reposter.media.reader import Reader
from reposter.media.source import open_source

TREATED_SHARE_MIN = 0.3  # of the mark's pixels, for a frame to count as treated
FOUND_SHARE_MIN = 0.5  # of the frames with a mark


@dataclass(frozen=True)
class Removal:
    """What our analysis came to, and the pictures that it would let out. `left` names what was seen and not touched.

    `judgement`: of what has passed; best asked when all pictures have. `lines_helped` of the mark's text lines were
    mended with the help of a memory.
    """

    found: bool
    judgement: Callable[[], Judgement | None]
    why: str
    left: tuple[str, ...]
    confidence: float
    lines_helped: int
    analysis_seconds: float
    pictures: Callable[[], Iterator[U8]]


@dataclass(frozen=True)
class Knowledge:
    """What the analysis is told beforehand: what other videos taught, or the truth about the mark's mix."""

    memory: MarkMemory | None = None
    truth: Truth | None = None


BLIND = Knowledge()


@contextmanager
def removal(path: Path, knowledge: Knowledge = BLIND) -> Iterator[Removal]:
    """Analyse the clip at `path` as the product does, for as long as the pictures are wanted."""
    with _analysed(path, knowledge.memory) as (analysis, seconds):
        mark = analysis.mark

        def pictures() -> Iterator[U8]:
            assert mark
            effect = mark.removal()
            if knowledge.truth:
                mattes = [true_matte(matte, knowledge.truth) for matte in mark.estimate.mattes]
                bare = References(analysis.samples, mark.timeline.states)  # the mark's own keeps cuts of other boxes
                effect = MarkRemoval(mattes, mark.timeline, bare)
            with open_source(path) as source:
                for frame in effect.apply(Reader(source, size=analysis.samples.size).frames()):
                    yield cast("U8", frame.image.to_ndarray(format="yuv420p"))  # PyAV does not say of what

        yield Removal(
            found=mark is not None,
            judgement=lambda: mark.watch.judgement(may_invent=mark.may_invent) if mark else None,
            why=analysis.why,
            left=tuple(one.reason.value for one in analysis.left),
            confidence=mark.sighting.confidence if mark else 0.0,
            lines_helped=sum(one.is_used for one in mark.aids) if mark else 0,
            analysis_seconds=seconds,
            pictures=pictures,
        )


def estimate_of(path: Path) -> Estimate | None:
    """What the clip teaches about its mark, without any help; None where nothing may be taken away."""
    with _analysed(path, None) as (analysis, _):
        return analysis.mark.own if analysis.mark else None


def true_matte(matte: Matte, truth: Truth) -> Matte:
    """The matte of the nearest true place, in the pixels of `matte`; nothing about it is uncertain."""
    across, down = matte.box.x0 + matte.box.x1, matte.box.y0 + matte.box.y1

    def distance(place: Place) -> float:
        x0, y0, x1, y1 = place.box
        return abs(x0 + x1 - across) + abs(y0 + y1 - down)

    place = min(truth.places, key=distance)
    alpha, ink = np.zeros(truth.shape.size[::-1], np.float32), np.zeros((3, *truth.shape.size[::-1]), np.float32)
    x0, y0, x1, y1 = place.box
    alpha[y0:y1, x0:x1], ink[:, y0:y1, x0:x1] = place.mark.alpha, place.mark.ink
    rows, columns = matte.box.slices
    alpha, ink = alpha[rows, columns], ink[:, rows, columns]
    return replace(
        matte,
        see_through=1 - alpha,
        ink=ink[0],
        variance=np.zeros_like(alpha),
        chroma_see_through=1 - halved(alpha),
        ink_u=halved(ink[1]),
        ink_v=halved(ink[2]),
    )


@contextmanager
def _analysed(path: Path, memory: MarkMemory | None) -> Iterator[tuple[Analysis, float]]:
    """The analysis, and its seconds of processor time."""
    shape = shape_of(path)
    started = time.process_time()
    with (
        tempfile.TemporaryDirectory() as folder,
        open_source(path) as source,
        analysed(
            source,
            shape.size,
            wishes=Wishes(),
            recalls=Recollection(memory, path.stem),
            folder=Path(folder),
            seconds=float(shape.frames / shape.rate),
            on_progress=lambda seconds: None,
        ) as analysis,
    ):
        yield analysis, time.process_time() - started


def score_ours(clip: Path, marking: Marking, folder: Path, name: str) -> Json:
    """One clip with one mark, blind."""
    return score_removal(burn(clip, marking, folder, name), BLIND, Album(folder / "crops", name))


def score_removal(marked: Marked, knowledge: Knowledge, album: Album | None = None) -> Json:
    """Figures of one clip; see `Tally` for those beyond the score. One picture of it goes into the album."""
    truth = marked.truth
    tally = Tally(truth, windows_of(truth), album)
    with removal(marked.marked, knowledge) as ours:
        started = time.process_time()
        pictures = ours.pictures() if ours.found else frames_of(marked.marked)
        triples = zip(frames_of(marked.marked), pictures, frames_of(marked.clean), strict=True)
        for number, (before, after, clean) in enumerate(triples):
            tally.add(number, before, after, clean)
        return tally.result() | {
            "found": ours.found and tally.treated_share >= FOUND_SHARE_MIN,
            **_judged(ours),
            "why": ours.why,
            "left": list(ours.left),
            "confidence": round(ours.confidence, 3),
            "lines_helped": ours.lines_helped,
            "analysis_seconds": round(ours.analysis_seconds, 2),
            "restore_and_score_seconds": round(time.process_time() - started, 2),
        }


def score_innocent(path: Path) -> Json:
    """What became of a clip without a mark: the number of pixels that would have changed."""
    with removal(path) as ours:
        changed = 0
        if ours.found:
            for before, after in zip(frames_of(path), ours.pictures(), strict=True):
                changed += changed_away(before, after, None)
        return {
            "found": ours.found,
            "altered_pixels": changed,
            **_judged(ours),
            "why": ours.why,
            "left": list(ours.left),
            "analysis_seconds": round(ours.analysis_seconds, 2),
        }


def _judged(ours: Removal) -> Json:
    judgement = ours.judgement()
    if not judgement:
        return {"verdict": "", "residue": None, "damage": None}
    return {
        "verdict": judgement.verdict.value,
        "residue": round(judgement.residue_after, 3),
        "damage": round(judgement.damage, 3),
    }


class Tally:
    """Scores of one clip, and of the input beside them.

    `changed_away`: luma pixels changed away from the mark, in all frames that show it; `changed_bare`: any pixels in
    frames that do not; `changed_card`: those on an end card.
    """

    def __init__(self, truth: Truth, windows: tuple[Window, ...], album: Album | None = None) -> None:
        self._truth, self._windows, self._album = truth, windows, album
        self._ours, self._input = Scorer(windows), Scorer(windows)
        self._changed_away = self._changed_bare = self._changed_card = 0
        self._treated: list[bool] = []

    def add(self, number: int, before: U8, after: U8, clean: U8) -> None:
        place = int(self._truth.shown[number])
        changed = changed_away(before, after, self._truth.places[place] if place >= 0 else None)
        if number >= self._truth.card_from:
            self._changed_card += changed
        elif place < 0:
            self._changed_bare += changed
        else:
            self._changed_away += changed
        if place < 0 or number % 6 not in (0, 1):
            return
        window = self._windows[place]
        cuts: list[Three] = [window.cut(one) for one in (before, after, clean)]
        self._ours.add(number, place, cuts[1], cuts[2])
        self._input.add(number, place, cuts[0], cuts[2])
        if self._album and number == self._truth.portrait_frame:
            self._album.keep(OURS, cuts[1])
        touched = (cuts[0][0] != cuts[1][0])[window.mask]
        self._treated.append(bool(touched.mean() >= TREATED_SHARE_MIN))

    @property
    def treated_share(self) -> float:
        return float(np.mean(self._treated)) if self._treated else 0.0

    def result(self) -> Json:
        return {
            "ours": self._ours.score().to_dict(),
            "input": self._input.score().to_dict(),
            "changed_away": self._changed_away,
            "changed_bare": self._changed_bare,
            "changed_card": self._changed_card,
            "treated_share": round(self.treated_share, 3),
        }
