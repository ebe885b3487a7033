"""What the removal costs: processor time of whole processes beside two plain transcodes, and the most memory held.

Runs alone, after everything else; the sides take turns, and each side's least figure counts.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil

from benchmarks.watermark.jobs import Json
from benchmarks.watermark.overlay import burn
from benchmarks.watermark.quality import process_command
from benchmarks.watermark.settings import main_marking, stress_markings
from benchmarks.watermark.video import FFMPEG, enlarge

PRESETS = ("medium", "veryfast")
REPEATS = 2
LOOK_SECONDS = 0.05
LONG_SECONDS = 30.0
REMOVING, PLAIN = "watermark_removal,format_conversion", "format_conversion"


def measure_speed(clip: Path, folder: Path, on_done: Callable[[str], None], *, repeats: int = REPEATS) -> Json:
    """Seconds of processor time by preset and side, on one clip of about ten seconds."""
    marked = burn(clip, main_marking(0), folder / "marked", f"{clip.stem}.speed").marked
    outputs = folder / "speed"
    outputs.mkdir(parents=True, exist_ok=True)
    result: Json = {}
    for preset in PRESETS:
        sides = {
            "ffmpeg": ffmpeg_command(marked, outputs / "ffmpeg.mp4", preset),
            "plain": _transcoding(marked, outputs / "plain.mp4", preset),
            "removing": process_command(marked, outputs / "removing.mp4", steps=REMOVING, preset=preset),
        }
        seconds: dict[str, list[float]] = {side: [] for side in sides}
        for _ in range(repeats):
            for side, command in sides.items():
                seconds[side].append(busy_seconds(command))
                on_done(f"{preset} {side}")
        least = {side: round(min(values), 2) for side, values in seconds.items()}
        ratio = least["removing"] / least["ffmpeg"]
        result[preset] = least | {"ratio": ratio, "ratio_to_plain": least["removing"] / least["plain"]}
    return result


def measure_memory(clip: Path, folder: Path, on_done: Callable[[str], None], *, is_long: bool = True) -> Json:
    """Most resident memory (MB) of a removal at 1080×1920, for 10 s and for 30 s.

    Of its largest process, which decodes, mends and encodes; and of all its processes added up.
    """
    outputs = folder / "speed"
    outputs.mkdir(parents=True, exist_ok=True)
    result: Json = {}
    for seconds in (10.0, LONG_SECONDS) if is_long else (10.0,):
        large = outputs / f"{clip.stem}.large{seconds:g}.mp4"
        if not large.exists():
            enlarge(clip, large, (1080, 1920), seconds=seconds)
        marking = stress_markings(0)["1080×1920"]
        lasting = replace(marking, size=None, seconds_max=seconds)
        marked = burn(large, lasting, folder / "marked", large.stem).marked
        command = process_command(marked, outputs / "memory.mp4", steps=REMOVING, preset="medium")
        largest, family = most_resident_mb(command)
        result[f"{seconds:g}"] = {"largest": round(largest, 1), "all": round(family, 1)}
        on_done(f"memory {seconds:g} s")
    return result


def speed_figures(speed: Json, memory: Json) -> Json:
    figures: Json = {f"cpu_ratio_{preset}": speed[preset]["ratio"] if preset in speed else None for preset in PRESETS}
    return figures | {"rss_mb": max((one["largest"] for one in memory.values()), default=None)}


def ffmpeg_command(source: Path, output: Path, preset: str) -> list[str]:
    """A plain transcode with the same encoder settings."""
    return [
        *(FFMPEG, "-y", "-nostdin", "-loglevel", "error", "-i", str(source), "-c:v", "libx264", "-preset", preset),
        *("-crf", "20", "-pix_fmt", "yuv420p", "-fps_mode", "passthrough", "-c:a", "copy"),
        *("-movflags", "+faststart", str(output)),
    ]


def busy_seconds(command: list[str]) -> float:
    """User and system time of a command and all its children."""
    before = os.times()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def most_resident_mb(command: list[str]) -> tuple[float, float]:
    """Of the command's largest process and of all of them together, looked at twenty times a second."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    largest = family = 0.0
    while process.poll() is None:
        each = _resident(process.pid)
        largest, family = max(largest, *each, 0.0), max(family, sum(each))
        time.sleep(LOOK_SECONDS)
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return largest / 1e6, family / 1e6


def _resident(pid: int) -> list[float]:
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
    each = []
    for one in family:
        with suppress(psutil.NoSuchProcess):  # it may end between two looks
            each.append(float(one.memory_info().rss))
    return each


def _transcoding(source: Path, output: Path, preset: str) -> list[str]:
    """Ours without removal, made to encode although the file would do as it is."""
    return [sys.executable, "-m", "benchmarks.transcode", "--preset", preset, "--ours", str(source), str(output)]
