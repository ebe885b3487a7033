"""A sheet of crops: the input, the best baseline, ours and the truth, for the worst clips and the best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.watermark.jobs import Json
from benchmarks.watermark.video import U8, Three

OURS, TRUTH, INPUT = "ours", "truth", "untouched"
WORST, BEST = 3, 2
CELL = (330, 220)  # width and height in pixels
HEAD_PIXELS = 26
PAPER, INK = 255, (40, 40, 40)


@dataclass(frozen=True)
class Album:
    """One crop of one frame for each method."""

    folder: Path
    clip: str

    def path(self, method: str) -> Path:
        return self.folder / f"{self.clip}.{method}.png"

    def keep(self, method: str, cut: Three) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        y, u, v = cut
        size = (y.shape[1], y.shape[0])
        large = [cv2.resize(one, size, interpolation=cv2.INTER_LINEAR) for one in (v, u)]
        cv2.imwrite(str(self.path(method)), cv2.cvtColor(np.dstack([y, *large]), cv2.COLOR_YCrCb2BGR))


def write_sheet(results: dict[str, Json], crops: Path, path: Path) -> None:
    """The worst three clips by gain and the best two, one row each."""
    ranked = sorted(results, key=lambda name: float(results[name]["psnr_gain"]))
    chosen = list(dict.fromkeys([*ranked[:WORST], *ranked[-BEST:]]))
    rows = [_header(("with the mark", "best that knows where", "ours, blind", "never marked"))]
    for name in chosen:
        result = results[name]
        methods = (INPUT, str(result["best_by_ssim"]), OURS, TRUTH)
        gain = f"{name}: {result['psnr_gain']:+.1f} dB, SSIM {result['ssim_gain']:+.3f}"
        psnr = f"{result['ours']['psnr']:.1f} dB"
        rows += [_cells([Album(crops, name).path(method) for method in methods], (gain, methods[1], psnr, ""))]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.vstack(rows))


def _header(words: Sequence[str]) -> U8:
    return _joined([_labelled(np.full((0, CELL[0], 3), PAPER, np.uint8), word) for word in words])


def _cells(paths: Sequence[Path], words: Sequence[str]) -> U8:
    return _joined([_labelled(_fitted(path), word) for path, word in zip(paths, words, strict=True)])


def _fitted(path: Path) -> U8:
    """The crop made as large as a cell, its middle shown."""
    image = cv2.imread(str(path))
    if image is None:
        return np.full((CELL[1], CELL[0], 3), PAPER, np.uint8)
    scale = max(CELL[0] / image.shape[1], CELL[1] / image.shape[0])
    large = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    top, left = (large.shape[0] - CELL[1]) // 2, (large.shape[1] - CELL[0]) // 2
    return np.asarray(large[top : top + CELL[1], left : left + CELL[0]], np.uint8)


def _labelled(image: U8, word: str) -> U8:
    strip = np.full((HEAD_PIXELS, CELL[0], 3), PAPER, np.uint8)
    cv2.putText(strip, word, (4, HEAD_PIXELS - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.45, INK, 1, cv2.LINE_AA)
    return np.vstack([strip, image])


def _joined(cells: Sequence[NDArray[np.uint8]]) -> U8:
    gap = np.full((cells[0].shape[0], 4, 3), PAPER, np.uint8)
    return np.hstack([part for cell in cells for part in (cell, gap)])
