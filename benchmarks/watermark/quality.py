"""The main comparison: every target with a mark of its own, ours blind beside all baselines that know where it is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.watermark.baselines import BASELINES, score_baselines
from benchmarks.watermark.innocents import innocent_cases, write_innocent
from benchmarks.watermark.jobs import BASELINE_CODE, PRODUCT, Job, Json, mean, product_code, run_jobs
from benchmarks.watermark.metrics import Scorer, windows_of
from benchmarks.watermark.ours import score_innocent, score_ours
from benchmarks.watermark.overlay import Marked, Marking, burn
from benchmarks.watermark.picture import Album
from benchmarks.watermark.settings import main_marking
from benchmarks.watermark.video import Upload, frames_of, frames_on_show

OnDone = Callable[[str], None]


def compare(clips: Sequence[Path], folder: Path, on_done: OnDone) -> dict[str, Json]:
    """For each clip: `ours`, `input`, each baseline, the best of them for each measure, and the final file."""
    made = folder / "marked"
    named = [(clip, main_marking(number)) for number, clip in enumerate(clips)]
    baselines = run_jobs(
        [Job(clip.stem, _baselines, (clip, marking, made)) for clip, marking in named],
        BASELINE_CODE,
        folder / "results" / "baselines",
        on_done,
    )
    ours = run_jobs(
        [Job(clip.stem, score_ours, (clip, marking, made, clip.stem)) for clip, marking in named],
        product_code(),
        folder / "results" / "ours",
        on_done,
    )
    final = run_jobs(
        [Job(clip.stem, _final, (clip, marking, made)) for clip, marking in named],
        (*product_code(), *(PRODUCT / "craft" / "render").rglob("*.py")),
        folder / "results" / "final",
        on_done,
    )
    return {
        name: ours[name] | {"baselines": baselines[name]} | final[name] | compare_to_best(ours[name], baselines[name])
        for name in ours
    }


def jobs_of_compare(clips: int) -> int:
    return 3 * clips


def quality_figures(results: dict[str, Json]) -> Json:
    """Those of the closing line that the main comparison gives."""
    rows = list(results.values())
    # What the judge holds back keeps its mark in the final file until a person decides; that is no loss of the encoder.
    went_out = [row for row in rows if row.get("final") and row["found"] and row["verdict"] == "better"]
    losses = [row["ours"]["psnr"] - row["final"]["psnr"] for row in went_out]
    return {
        "clips": len(rows),
        "found_share": mean([float(row["found"]) for row in rows]),
        "psnr_gain_mean_db": mean([row["psnr_gain"] for row in rows]),
        "psnr_gain_worst_db": min(row["psnr_gain"] for row in rows),
        "ssim_gain_mean": mean([row["ssim_gain"] for row in rows]),
        "ssim_gain_worst": min(row["ssim_gain"] for row in rows),
        "flicker_lower_share": mean([float(row["flicker_lower"]) for row in rows]),
        "encode_loss_db": max(losses, default=None),
    }


def check_innocents(
    clips: Sequence[Path], legit: Sequence[Path], folder: Path, at_least: int, on_done: OnDone
) -> dict[str, Json]:
    """Clips without a mark, as they are and under overlays that people put there; `legit` have theirs burnt in."""
    made = folder / "innocent"
    cases = [(clips[number], kind) for number, kind in innocent_cases(len(clips), at_least)]
    cases += [(clip, "none") for clip in legit]
    jobs = [Job(f"{clip.stem} {kind}", _innocent, (clip, kind, made)) for clip, kind in cases]
    return run_jobs(jobs, product_code(), folder / "results" / "innocent", on_done)


def innocent_figures(results: dict[str, Json]) -> Json:
    altered = [name for name, one in results.items() if one["altered_pixels"]]
    return {"clean_clips": len(results), "clean_altered": len(altered)}


def compare_to_best(ours: Json, baselines: Json) -> Json:
    """Ours against the best baseline of this clip, each measure against its own best.

    Flicker is lower if it is lower than that of the best baseline by PSNR and of the best by SSIM.
    """
    by_psnr = max(BASELINES, key=lambda name: float(baselines[name]["psnr"]))
    by_ssim = max(BASELINES, key=lambda name: float(baselines[name]["ssim"]))
    flicker = min(baselines[by_psnr]["flicker"], baselines[by_ssim]["flicker"])
    return {
        "best_by_psnr": by_psnr,
        "best_by_ssim": by_ssim,
        "psnr_gain": ours["ours"]["psnr"] - baselines[by_psnr]["psnr"],
        "ssim_gain": ours["ours"]["ssim"] - baselines[by_ssim]["ssim"],
        "flicker_best": flicker,
        "flicker_lower": ours["ours"]["flicker"] < flicker,
    }


def _baselines(clip: Path, marking: Marking, folder: Path) -> Json:
    scores = score_baselines(burn(clip, marking, folder, clip.stem), Album(folder / "crops", clip.stem))
    return {name: score.to_dict() for name, score in scores.items()}


def _final(clip: Path, marking: Marking, folder: Path) -> Json:
    """The file that `reposter process` makes, scored as it is; nothing where the mark was left in."""
    marked = burn(clip, marking, folder, clip.stem)
    output = folder / f"{clip.stem}.final.mp4"
    process_clip(marked.marked, output, steps="watermark_removal,format_conversion")
    return {"final": score_file(marked, output)}


def process_clip(source: Path, output: Path, *, steps: str, preset: str = "medium") -> None:
    subprocess.run(process_command(source, output, steps=steps, preset=preset), check=True, stdout=subprocess.DEVNULL)


def process_command(source: Path, output: Path, *, steps: str, preset: str) -> list[str]:
    return [
        *(sys.executable, "-m", "reposter", "process", str(source), "-o", str(output), "--rights", "own"),
        *("--steps", steps, "--preset", preset, "--crf", "20", "--quiet"),
    ]


def score_file(marked: Marked, path: Path) -> Json:
    """A finished file against the clean clip."""
    truth = marked.truth
    windows = windows_of(truth)
    scorer = Scorer(windows)
    shown = frames_on_show(path, [number / truth.shape.rate for number in range(len(truth.shown))])
    for number, (mended, clean) in enumerate(zip(shown, frames_of(marked.clean), strict=True)):
        place = int(truth.shown[number])
        if place >= 0 and number % 6 in (0, 1):
            scorer.add(number, place, windows[place].cut(mended), windows[place].cut(clean))
    return dict(scorer.score().to_dict())


def _innocent(clip: Path, kind: str, folder: Path) -> Json:
    return score_innocent(write_innocent(clip, kind, folder, Upload()))
