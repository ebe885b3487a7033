"""ffmpeg's own two logo filters, told the true boxes (delogo) or the true masks (removelogo)."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from benchmarks.watermark.metrics import Window
from benchmarks.watermark.overlay import Truth
from benchmarks.watermark.video import FFMPEG, U8


def delogo(marked: Path, truth: Truth, windows: Sequence[Window]) -> Iterator[U8]:
    """I420 pictures with the box of each stay smoothed over."""
    width, height = truth.shape.size
    steps = []
    for start, end, place in truth.stays():
        window = windows[place]
        rows, columns = np.flatnonzero(window.mask.any(1)), np.flatnonzero(window.mask.any(0))
        x, y = max(1, window.left + int(columns[0]) - 1), max(1, window.top + int(rows[0]) - 1)
        wide = min(width - x - 1, int(columns[-1] - columns[0]) + 3)
        high = min(height - y - 1, int(rows[-1] - rows[0]) + 3)
        steps.append(f"delogo=x={x}:y={y}:w={wide}:h={high}:{_while(start, end)}")
    return _filtered(marked, truth, steps, None)


def removelogo(marked: Path, truth: Truth, windows: Sequence[Window], folder: Path) -> Iterator[U8]:
    """I420 pictures with the masked pixels of each stay blurred over; `folder` takes the masks."""
    width, height = truth.shape.size
    for place, window in enumerate(windows):
        bitmap = np.zeros((height, width), np.uint8)
        bitmap[window.top : window.bottom, window.left : window.right] = window.oracle * np.uint8(255)
        cv2.imwrite(str(folder / f"place{place}.png"), bitmap)
    steps = [f"removelogo=place{place}.png:{_while(start, end)}" for start, end, place in truth.stays()]
    return _filtered(marked, truth, steps, folder)


def _while(start: int, end: int) -> str:
    return f"enable='between(n,{start},{end - 1})'"


def _filtered(marked: Path, truth: Truth, steps: list[str], folder: Path | None) -> Iterator[U8]:
    width, height = truth.shape.size
    command = [
        *(FFMPEG, "-v", "error", "-threads", "1", "-i", str(marked.absolute()), "-vf", ",".join(steps) or "null"),
        *("-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder)
    assert process.stdout
    size = width * height * 3 // 2
    try:
        while len(data := process.stdout.read(size)) == size:
            yield np.frombuffer(data, np.uint8).reshape(height * 3 // 2, width)
    finally:
        process.stdout.close()
        process.wait()
