"""The remembered mark as the search sees it: gradients in small pictures."""

from __future__ import annotations

import cv2
import numpy as np

from reposter.craft.watermark.mark import Template
from reposter.craft.watermark.memory.gate import INK
from reposter.craft.watermark.memory.known import KnownLine, KnownMark, gradients
from reposter.craft.watermark.picture import Box
from reposter.craft.watermark.sums import CENTRE, shift

STRONG_SHARE = 0.25  # of the 98th percentile, as for the templates that a jump gives
MARGIN = 6


def templates_of(mark: KnownMark, factor: int, siblings_min: int) -> tuple[Template, ...]:
    """One for each layout, of the lines that at least `siblings_min` siblings show."""
    known = [line for line in mark.lines if len(line.voices) >= siblings_min]
    layouts = sorted({line.layout for line in known})
    templates = (_template([line for line in known if line.layout == layout], factor) for layout in layouts)
    return tuple(template for template in templates if template is not None)


def _template(lines: list[KnownLine], factor: int) -> Template | None:
    shifts = [_shift_against(lines[0], line) for line in lines]
    corners = [
        (line.region.y0 + down, line.region.x0 + across) for line, (down, across) in zip(lines, shifts, strict=True)
    ]
    top, left = min(y for y, _ in corners), min(x for _, x in corners)
    height = max(y + line.region.height for line, (y, _) in zip(lines, corners, strict=True)) - top
    width = max(x + line.region.width for line, (_, x) in zip(lines, corners, strict=True)) - left
    effect, alpha = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    for line, (y, x) in zip(lines, corners, strict=True):
        added = line.matte.ink - line.matte.alpha * np.float32(CENTRE)
        effect += shift(added, y - top, x - left, (height, width))
        alpha += shift(line.matte.alpha, y - top, x - left, (height, width))
    inked = Box.around(alpha > INK)
    if inked is None:
        return None
    box = inked.grown(MARGIN, MARGIN, (width, height))
    columns, rows = box.width // factor, box.height // factor
    cut = effect[box.y0 : box.y0 + rows * factor, box.x0 : box.x0 + columns * factor]
    small = np.asarray(cv2.resize(cut, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)
    across, down = gradients(small)
    strength = np.hypot(across, down)
    return Template(across, down, strength > STRONG_SHARE * np.percentile(strength, 98))


def _shift_against(first: KnownLine, other: KnownLine) -> tuple[int, int]:
    """How much further (down, across) than the first line this one stands from its place in the canvas."""
    at = {(one.sibling, one.place): one.spot for one in first.placements}
    pairs = [(at[one.sibling, one.place], one.spot) for one in other.placements if (one.sibling, one.place) in at]
    if not pairs:
        return 0, 0
    return (
        round(float(np.median([mine.down - its.down for its, mine in pairs]))),
        round(float(np.median([mine.across - its.across for its, mine in pairs]))),
    )
