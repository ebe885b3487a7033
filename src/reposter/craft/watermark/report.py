"""What the step's report and the sidecar beside the output say of a removal, as JSON."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import cv2
import numpy as np

from reposter.craft.watermark.effect import Touched
from reposter.craft.watermark.mark import (
    Estimate,
    Judgement,
    LeftAlone,
    Matte,
    Segment,
    Sighting,
)
from reposter.craft.watermark.memory.memory import LineAid
from reposter.craft.watermark.picture import Box

CORE_ALPHA = 0.3
Json = dict[str, Any]  # whatever JSON can hold


def mark_details(sighting: Sighting, estimate: Estimate, segments: Sequence[Segment], aids: Sequence[LineAid]) -> Json:
    """Detection, matte and memory: what each line that the memory looked for got from it, or why not."""
    return {
        "way": sighting.way.value,
        "confidence": round(sighting.confidence, 3),
        "coverage": round(sighting.coverage, 3),
        "agreement": round(sighting.agreement, 3),
        "places": [
            _place(sighting.places[k], matte, [one for one in segments if one.place == k])
            for k, matte in enumerate(estimate.mattes)
        ],
        "lines": len(estimate.lines),
        "memory": [_aid(one) for one in aids],
    }


def _aid(one: LineAid) -> Json:
    return {
        "line": one.line,
        "layout": one.layout,
        "siblings": one.siblings,
        "agreement": round(one.evidence.agreement, 3),
        "used": one.is_used,
        "why": one.refused or "",
    }


def judgement_details(judgement: Judgement) -> Json:
    return {**asdict(judgement), "verdict": judgement.verdict.value}


def touched_details(touched: Touched) -> Json:
    return {"frames": touched.frames, "pixels": touched.pixels}


def left_details(left: Sequence[LeftAlone]) -> list[Json]:
    return [
        {
            "reason": one.reason.value,
            "box": _corners(one.box),
            "start": round(one.start, 3),
            "end": round(one.end, 3),
            "why": one.why,
        }
        for one in left
    ]


def sidecar(mattes: Sequence[Matte], touched: Touched, frame_rate: float, size: tuple[int, int], basis: str) -> Json:
    """Which frames and pixels were changed: each place's pixels as a PNG, white where touched, in base64.

    Frame numbers count from 0 at `frame_rate`, that of the source; at a variable rate only the seconds are exact.
    """
    return {
        "version": 1,
        "basis": basis,
        "size": list(size),
        "frames": touched.frames,
        "pixels": touched.pixels,
        "places": [
            {"place": k, "box": _corners(matte.box), "pixels": int(matte.touched.sum()), "mask_png": _png(matte)}
            for k, matte in enumerate(mattes)
        ],
        "segments": [
            {
                **_span(one),
                "first_frame": round(one.start * frame_rate),
                "last_frame": max(round(one.start * frame_rate), round(one.end * frame_rate) - 1),
            }
            for one in touched.segments
        ],
    }


def _place(matched: Box, matte: Matte, segments: Sequence[Segment]) -> Json:
    core = matte.alpha[matte.alpha > CORE_ALPHA]
    median, upper, largest = (float(np.percentile(core, q)) if core.size else 0.0 for q in (50, 75, 100))
    ink = Box.around(matte.support)
    return {
        "box": _corners(ink.moved(matte.box.x0, matte.box.y0) if ink else matched),
        "alpha": {"median": round(median, 3), "p75": round(upper, 3), "max": round(largest, 3)},
        "ink_pixels": int(matte.support.sum()),
        "segments": [_span(one) for one in segments],
    }


def _span(one: Segment) -> Json:
    return {
        "place": one.place,
        "start": round(one.start, 3),
        "end": round(one.end, 3),
        "fade_seconds": round(one.fade_seconds, 3),
    }


def _corners(box: Box) -> list[int]:
    return [box.x0, box.y0, box.x1, box.y1]


def _png(matte: Matte) -> str:
    ok, data = cv2.imencode(".png", matte.touched.astype(np.uint8) * 255)
    assert ok, "a mask is a picture"
    return base64.b64encode(data.tobytes()).decode()
