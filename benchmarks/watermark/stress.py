"""Harder cases, one difficulty at a time: each is recovered, or left and said so; none may come out worse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path

from benchmarks.watermark.jobs import Job, Json, mean, product_code, run_jobs
from benchmarks.watermark.ours import score_ours
from benchmarks.watermark.overlay import Marking
from benchmarks.watermark.settings import stress_markings

RECOVERED_DB = 3.0  # better than the input by so much
WORSE_DB = -0.05


class Fate(StrEnum):
    RECOVERED = "recovered"
    REVIEW = "held for review"  # done, but a person decides
    LEFT = "left and said so"
    MISSED = "missed"  # left, and not a word about it
    LITTLE = "better by little"
    WORSE = "made worse"


def try_stress(clips: Sequence[Path], folder: Path, on_done: Callable[[str], None]) -> dict[str, Json]:
    """Each difficulty on each of the clips; a result names its `case` and its `fate`."""
    jobs = []
    for number, clip in enumerate(clips):
        for case, marking in stress_markings(number).items():
            name = f"{clip.stem}.{slug(case)}"
            jobs.append(Job(name, _stressed, (case, clip, marking, folder / "stress", name)))
    return run_jobs(jobs, product_code(), folder / "results" / "stress", on_done)


def stress_rows(results: dict[str, Json]) -> list[Json]:
    """One row for each case: decibels gained over the input, and how the clips fared."""
    rows = []
    for case in dict.fromkeys(one["case"] for one in results.values()):
        of_case = [one for one in results.values() if one["case"] == case]
        rows.append(
            {
                "case": case,
                "gain_db": round(mean([one["ours"]["psnr"] - one["input"]["psnr"] for one in of_case]), 2),
                "psnr": round(mean([one["ours"]["psnr"] for one in of_case]), 2),
                "fates": [one["fate"] for one in of_case],
            }
        )
    return rows


def fate_of(result: Json) -> Fate:
    """A change on an end card or away from the mark is harm whatever was gained in the mark."""
    gain = result["ours"]["psnr"] - result["input"]["psnr"]
    if gain < WORSE_DB or result["changed_away"] or result["changed_card"]:
        return Fate.REVIEW if result["verdict"] in ("doubtful", "worse") else Fate.WORSE
    if not result["found"]:
        return Fate.LEFT if result["left"] else Fate.MISSED
    if result["verdict"] in ("doubtful", "worse"):
        return Fate.REVIEW
    return Fate.RECOVERED if gain >= RECOVERED_DB else Fate.LITTLE


def slug(case: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in case)


def _stressed(case: str, clip: Path, marking: Marking, folder: Path, name: str) -> Json:
    result = score_ours(clip, marking, folder, name)
    return result | {"case": case, "fate": fate_of(result).value}
