"""What a person reads at the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from benchmarks.watermark.baselines import BASELINES
from benchmarks.watermark.jobs import Json, mean
from benchmarks.watermark.recall import BLIND, BOUND, FEW, MANY


def show_comparison(console: Console, results: dict[str, Json]) -> None:
    """In-mask PSNR of every method, then ours against the best baseline of each clip."""
    names = [
        "clip",
        "input",
        *BASELINES,
        "inversion",
        "ours",
        "gain",
        "SSIM",
        "gain",
        "flicker",
        "best",
        "final",
        "away",
        "verdict",
    ]
    rows = [
        [
            name,
            _psnr(one["input"]),
            *(_psnr(one["baselines"][method]) for method in (*BASELINES, "inversion")),
            _psnr(one["ours"]),
            f"{one['psnr_gain']:+.2f}",
            f"{one['ours']['ssim']:.3f}",
            f"{one['ssim_gain']:+.3f}",
            f"{one['ours']['flicker']:.2f}",
            f"{one['flicker_best']:.2f}",
            _psnr(one["final"]),
            str(one["changed_away"]),
            one["verdict"] if one["found"] else "missed",
        ]
        for name, one in results.items()
    ]
    means = [f"{mean([one['baselines'][method]['psnr'] for one in results.values()]):.1f}" for method in BASELINES]
    rows.append(["mean", "", *means, "", f"{mean([one['ours']['psnr'] for one in results.values()]):.1f}"])
    _print(console, "In the mask, dB; gains over the best that knows where", names, rows)


def show_memory(console: Console, results: dict[str, Json]) -> None:
    columns = [BLIND, str(FEW), str(MANY), BOUND]
    rows = [
        [
            name,
            *(_psnr(one["scores"].get(column)) for column in columns),
            ", ".join(w for w, bad in one["wrong"].items() if bad),
        ]
        for name, one in results.items()
    ]
    names = ["clip", BLIND, f"{FEW} siblings", f"{MANY} siblings", BOUND, "wrong marks let in"]
    _print(console, "With a memory of other videos, dB", names, rows)


def show_stress(console: Console, rows: Iterable[Json]) -> None:
    lines = [[row["case"], f"{row['psnr']:.1f}", f"{row['gain_db']:+.1f}", ", ".join(row["fates"])] for row in rows]
    _print(console, "Harder cases", ["case", "dB", "over the input", "clip by clip"], lines)


def show_innocents(console: Console, results: dict[str, Json]) -> None:
    suspects = [
        [name, str(one["altered_pixels"]), one["verdict"], one["why"]] for name, one in results.items() if one["found"]
    ]
    _print(
        console, f"Of {len(results)} clips without a mark, suspected", ["clip", "pixels", "verdict", "why"], suspects
    )


def show_speed(console: Console, speed: Json, memory: Json) -> None:
    rows = [
        [preset, *(f"{one[side]:.2f}" for side in ("ffmpeg", "plain", "removing", "ratio", "ratio_to_plain"))]
        for preset, one in speed.items()
    ]
    names = ["preset", "ffmpeg", "ours, plain", "ours, removing", "÷ ffmpeg", "÷ plain"]
    _print(console, "Processor seconds of whole processes", names, rows)
    held = [[f"{seconds} s", f"{one['largest']:.0f}", f"{one['all']:.0f}"] for seconds, one in memory.items()]
    _print(console, "Most memory held at 1080×1920, MB", ["clip", "largest process", "all processes"], held)


def _print(console: Console, title: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(title=title, title_justify="left")
    for number, name in enumerate(names):
        table.add_column(name, justify="left" if number == 0 else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _psnr(score: Json | None) -> str:
    return f"{score['psnr']:.1f}" if score else "–"
