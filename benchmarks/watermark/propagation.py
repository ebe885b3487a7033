"""Baselines that borrow from other frames, told the true mask: a median over time, and flow-guided propagation.

The second is the classical core of FGVC, E2FGVI and ProPainter without their learned parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.watermark.metrics import Mask, Window
from benchmarks.watermark.overlay import Truth
from benchmarks.watermark.video import U8, Three

F32 = NDArray[np.float32]
NEAREST = 18  # unmarked frames that the median is taken of
FLOW_BLURS = (2.0, 4.0, 8.0, 16.0)  # pixels at a quarter of the size

Cuts = Sequence[Sequence[Three]]  # for each frame, the window of every place


def median_over_time(cuts: Cuts, truth: Truth) -> dict[int, Three | None]:
    """For the first frame of each stay, the median of the nearest frames in which its place is bare."""
    found: dict[int, Three | None] = {}
    for start, end, place in truth.stays():
        bare = [t for t in range(len(cuts)) if truth.shown[t] != place]
        near = sorted(bare, key=lambda t: min(abs(t - start), abs(t - end + 1)))[:NEAREST]
        medians = (
            [np.median(np.stack([cuts[t][place][i] for t in near]), 0).astype(np.uint8) for i in range(3)]
            if near
            else None
        )
        found[start] = (medians[0], medians[1], medians[2]) if medians else None
    return found


def propagate(cuts: Cuts, truth: Truth, windows: Sequence[Window]) -> Iterator[tuple[int, U8]]:
    """Frames with the masked pixels carried along the flow from before and after the stay; (h, w, 3) in YUV."""
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    for start, end, place in truth.stays():
        mask = windows[place].oracle
        onwards = dict(_carry(flow, cuts, place, mask, range(start, end), start - 1))
        backwards = dict(_carry(flow, cuts, place, mask, range(end - 1, start - 1, -1), end))
        for t in range(start, end):
            ahead, behind = onwards.get(t), backwards.get(t)
            if ahead is not None and behind is not None:
                trust = np.clip(((end - t) / (end - start) - 0.5) * 3 + 0.5, 0, 1)
                mixed = trust * ahead + (1 - trust) * behind
            else:
                mixed = next((one for one in (ahead, behind) if one is not None), stacked(cuts[t][place]))
            yield t, np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def stacked(cut: Three) -> F32:
    """(h, w, 3): all planes at the size of the luma."""
    y, u, v = cut
    size = (y.shape[1], y.shape[0])
    return np.dstack([y, *(cv2.resize(one, size, interpolation=cv2.INTER_LINEAR) for one in (u, v))]).astype(np.float32)


def _carry(
    flow: cv2.DISOpticalFlow, cuts: Cuts, place: int, mask: Mask, order: range, source: int
) -> Iterator[tuple[int, F32]]:
    if not 0 <= source < len(cuts) or not len(order):
        return
    last, last_luma = stacked(cuts[source][place]), cuts[source][place][0]
    for t in order:
        luma = cuts[t][place][0]
        moved = _warped(last, _completed(np.asarray(flow.calc(luma, last_luma, None), np.float32), mask))
        now = stacked(cuts[t][place])
        now[mask] = moved[mask]
        yield t, now
        last, last_luma = now, luma


def _completed(flow: F32, mask: Mask) -> F32:
    """The flow under the mask from around it, smoothly; at a quarter of the size, since it is smooth."""
    small = (flow.shape[1] // 4, flow.shape[0] // 4)
    known = cv2.resize((~mask).astype(np.float32), small, interpolation=cv2.INTER_AREA)
    seen = cv2.resize(flow * (~mask)[..., None], small, interpolation=cv2.INTER_AREA)
    filled, needed = np.zeros_like(seen), np.ones(known.shape, bool)
    for blur in FLOW_BLURS:
        weight = cv2.GaussianBlur(known, (0, 0), blur)
        is_seen = needed & (weight > 0.05)
        filled[is_seen] = (cv2.GaussianBlur(seen, (0, 0), blur) / np.maximum(weight, 1e-6)[..., None])[is_seen]
        needed &= ~is_seen
    large = cv2.resize(filled, (flow.shape[1], flow.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.where(mask[..., None], large, flow).astype(np.float32)


def _warped(picture: F32, flow: F32) -> F32:
    rows, columns = np.mgrid[: flow.shape[0], : flow.shape[1]].astype(np.float32)
    moved = cv2.remap(
        picture, columns + flow[..., 0], rows + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, np.float32)
