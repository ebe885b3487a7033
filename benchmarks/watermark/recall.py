"""What a memory of the source's other videos is worth, and whether it lets a wrong mark in.

One mark stands on every clip. Each target is mended blind, with what three and ten other clips taught, and with the
truth about the mark's mix; then marks that only look alike offer their help and must be refused.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.watermark.jobs import Job, Json, mean, product_code, run_jobs
from benchmarks.watermark.marks import MarkDesign
from benchmarks.watermark.ours import Knowledge, estimate_of, score_removal
from benchmarks.watermark.overlay import burn
from benchmarks.watermark.settings import FAMILY, SIBLINGS_OF_A_WRONG_MARK, WRONG, family_marking
from reposter.craft.watermark.mark import Estimate
from reposter.craft.watermark.memory.memory import MarkMemory

OnDone = Callable[[str], None]
FEW, MANY = 3, 10
BLIND, BOUND = "blind", "true opacity"
SIZE = (720, 1280)
OWN = "family"


def try_memory(
    targets: Sequence[Path], more_siblings: Sequence[Path], folder: Path, on_done: OnDone
) -> dict[str, Json]:
    """By target: scores blind, with few and many siblings, with the truth; and of the wrong marks which were let in."""
    clips = [*targets, *more_siblings]
    lessons = folder / "lessons"
    own = [(number, clip, OWN, FAMILY) for number, clip in enumerate(clips)]
    wrong = [
        (number, clip, name, design)
        for kind, (name, design) in enumerate(WRONG.items())
        for number, clip in _some(clips, kind, SIBLINGS_OF_A_WRONG_MARK)
    ]
    learning = [
        Job(_lesson_name(clip, name), _learn, (number, clip, name, design, folder))
        for number, clip, name, design in (*own, *wrong)
    ]
    learnt = run_jobs(learning, product_code(), folder / "results" / "lessons", on_done)
    taught = [clip for clip in clips if learnt[_lesson_name(clip, OWN)]["found"]]
    strangers = {
        name: tuple(lessons / f"{_lesson_name(clip, name)}.pickle" for _, clip, other, _ in wrong if other == name)
        for name in WRONG
    }
    jobs = []
    for number, target in enumerate(targets):
        others = [clip for clip in _in_turn(taught, number) if clip != target]
        siblings = tuple(lessons / f"{_lesson_name(clip, OWN)}.pickle" for clip in others[:MANY])
        jobs.append(Job(target.stem, _recall, (number, target, siblings, tuple(strangers.items()), folder)))
    return run_jobs(jobs, product_code(), folder / "results" / "recall", on_done)


def jobs_of_memory(targets: int, more_siblings: int) -> int:
    return 2 * targets + more_siblings + len(WRONG) * SIBLINGS_OF_A_WRONG_MARK


def memory_figures(results: dict[str, Json]) -> Json:
    """Harm is measured against the blind result, from three siblings on."""
    rows = [one["scores"] for one in results.values() if one["scores"]]
    tried = [pair for one in results.values() for pair in one["wrong"].items()]
    changes = [
        row[str(count)]["psnr"] - row[BLIND]["psnr"] for row in rows for count in (FEW, MANY) if str(count) in row
    ]
    gaps = [row[BOUND]["psnr"] - row[str(MANY)]["psnr"] for row in rows if str(MANY) in row]
    return {
        "memory_gap_to_bound_db": mean(gaps) if gaps else None,
        "memory_harm_worst_db": min(changes) if changes else None,
        "wrong_memories": len(tried),
        "wrong_memories_accepted": sum(accepted for _, accepted in tried),
    }


def _learn(number: int, clip: Path, name: str, design: MarkDesign, folder: Path) -> Json:
    """Mark the clip, analyse it, and keep the estimate for others."""
    lesson = _lesson_name(clip, name)
    marked = burn(clip, family_marking(number, design), folder / "marked", lesson)
    estimate = estimate_of(marked.marked)
    path = folder / "lessons" / f"{lesson}.pickle"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    if estimate:
        path.write_bytes(pickle.dumps(estimate))
    return {"found": estimate is not None}


def _recall(
    number: int,
    target: Path,
    siblings: tuple[Path, ...],
    strangers: tuple[tuple[str, tuple[Path, ...]], ...],
    folder: Path,
) -> Json:
    lesson = _lesson_name(target, OWN)
    marked = burn(target, family_marking(number), folder / "marked", lesson)
    own = _read(folder / "lessons" / f"{lesson}.pickle")
    if own is None:  # nothing to join a memory with; whether a template helps is seen with many siblings
        return {"scores": {}, "wrong": {}}
    told = {BLIND: Knowledge(), BOUND: Knowledge(truth=marked.truth)}
    told |= {str(count): Knowledge(memory=_memory(siblings[:count])) for count in (FEW, MANY) if len(siblings) >= count}
    mended = {name: score_removal(marked, knowledge) for name, knowledge in told.items()}
    wrong = {name: _memory(lessons).aid(own, SIZE, lesson).is_helped for name, lessons in strangers}
    return {
        "scores": {name: one["ours"] for name, one in mended.items()},
        "lines_helped": {name: one["lines_helped"] for name, one in mended.items()},
        "wrong": wrong,
    }


def _memory(lessons: Sequence[Path]) -> MarkMemory:
    estimates = [(estimate, path.stem) for path in lessons if (estimate := _read(path))]
    return MarkMemory.of((estimate, SIZE, name) for estimate, name in estimates)


def _read(path: Path) -> Estimate | None:
    return pickle.loads(path.read_bytes()) if path.exists() else None  # our own file


def _some(clips: Sequence[Path], first: int, count: int) -> list[tuple[int, Path]]:
    """`count` clips in a row, with their numbers, from number `first` on."""
    return [
        (number % len(clips), clips[number % len(clips)]) for number in range(first, first + min(count, len(clips)))
    ]


def _in_turn(clips: Sequence[Path], start: int) -> list[Path]:
    """The clips from number `start` on, then those before it."""
    start %= max(1, len(clips))
    return [*clips[start:], *clips[:start]]


def _lesson_name(clip: Path, name: str) -> str:
    return f"{clip.stem}.{''.join(letter if letter.isalnum() else '_' for letter in name)}"
