"""Work in two processes whose results are kept: a second run does only what is new."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2

from reposter.kit.files import write_atomic

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "benchmarks" / "watermark"
PRODUCT = ROOT / "src" / "reposter"
DRAWING = tuple(BENCH / f"{name}.py" for name in ("marks", "overlay", "video", "metrics", "innocents", "settings"))
BASELINE_CODE = (*DRAWING, *(BENCH / f"{name}.py" for name in ("baselines", "filters", "propagation")))
WORKERS = 2

Json = dict[str, Any]  # of one result
Work = Callable[..., Json]


@dataclass(frozen=True)
class Job:
    """A piece of work by its `name`; `work` is called with `arguments` and must be a function of a module."""

    name: str
    work: Work
    arguments: tuple[Any, ...]  # what can be pickled and written as text

    def key(self, code: str) -> str:
        what = f"{self.work.__module__}.{self.work.__qualname__}"
        return hashlib.sha256(repr((what, self.name, self.arguments, code)).encode()).hexdigest()[:24]


def fingerprint(paths: Sequence[Path]) -> str:
    """Of the text of files; it changes when a result may."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def product_code() -> tuple[Path, ...]:
    """What decides our own results: the removal, the reading of media, and this bench's own side of it."""
    ours = [*(PRODUCT / "craft" / "watermark").rglob("*.py"), *(PRODUCT / "media").rglob("*.py")]
    return (*ours, *DRAWING, BENCH / "ours.py", BENCH / "recall.py")


def run_jobs(
    jobs: Sequence[Job], code: Sequence[Path], folder: Path, on_done: Callable[[str], None]
) -> dict[str, Json]:
    """Results by the jobs' names; what is known is not done again. An error of a job stops all of them."""
    now = fingerprint(code)
    results: dict[str, Json] = {}
    waiting: list[tuple[Job, Path]] = []
    for job in jobs:
        path = folder / f"{job.key(now)}.json"
        if path.exists():
            results[job.name] = json.loads(path.read_text())
            on_done(job.name)
        else:
            waiting.append((job, path))
    if not waiting:
        return results
    folder.mkdir(parents=True, exist_ok=True)
    fresh = get_context("spawn")  # a forked child would wait for threads that OpenCV had in its parent
    with ProcessPoolExecutor(min(WORKERS, os.cpu_count() or 1), fresh, initializer=_use_one_thread) as pool:
        running = {pool.submit(job.work, *job.arguments): (job, path) for job, path in waiting}
        try:
            for future in as_completed(running):
                job, path = running[future]
                results[job.name] = future.result()
                write_atomic(path, json.dumps(results[job.name]).encode())
                on_done(job.name)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return {job.name: results[job.name] for job in jobs}


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def column(results: Mapping[str, Json], name: str) -> list[float]:
    return [float(result[name]) for result in results.values() if result.get(name) is not None]


def _use_one_thread() -> None:
    cv2.setNumThreads(1)
