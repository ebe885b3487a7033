"""Open an uploaded file as the platform does and say whether it may be posted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import av
import cv2

from reposter_sandbox.footage.strip import read_number
from reposter_sandbox.ledger import Inspection

FORMAT, DURATION, RATE, SIZE = (
    "file_format_check_failed",
    "duration_check_failed",
    "frame_rate_check_failed",
    "picture_size_check_failed",
)
CONTAINERS = ("mp4", "mov", "webm")
CODECS = frozenset({"h264", "hevc", "vp8", "vp9"})
# 23 and 60 in the documents; measured averages of 23.976 or 59.94 material scatter a little.
FPS_MIN, FPS_MAX = 22.9, 60.5
SIDE_MIN, SIDE_MAX = 360, 4_096
API_SECONDS_MAX = 600


@dataclass(frozen=True)
class _Facts:
    verdict: str
    duration_seconds: float = 0.0
    width: int = 0
    height: int = 0


def inspect_upload(path: Path, *, duration_seconds_max: int, cover: Path) -> Inspection:
    """Checks as in the platform's "video restrictions"; a readable first frame is kept as `cover`."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1_000_000):
            digest.update(piece)
    try:
        facts = _look(path, duration_seconds_max, cover)
    except (av.FFmpegError, ValueError):
        facts = _Facts(FORMAT)
    return Inspection(
        verdict=facts.verdict,
        sha256=digest.hexdigest(),
        size_bytes=path.stat().st_size,
        source_video=read_number(path),
        duration_seconds=facts.duration_seconds,
        width=facts.width,
        height=facts.height,
    )


def _look(path: Path, duration_seconds_max: int, cover: Path) -> _Facts:
    with av.open(str(path)) as container:
        if not container.streams.video or not any(name in container.format.name for name in CONTAINERS):
            return _Facts(FORMAT)
        stream = container.streams.video[0]
        if stream.codec_context.name not in CODECS:
            return _Facts(FORMAT)
        frame = next(container.decode(stream), None)
        if frame is None:
            return _Facts(FORMAT)
        picture = cv2.resize(frame.to_ndarray(format="bgr24"), (360, max(1, 360 * frame.height // frame.width)))
        cv2.imwrite(str(cover), picture)
        seconds = float(container.duration or 0) / 1_000_000
        rate = float(stream.average_rate or stream.guessed_rate or 0)
        return _Facts(
            _verdict(seconds, rate, frame.width, frame.height, duration_seconds_max),
            seconds,
            frame.width,
            frame.height,
        )


def _verdict(seconds: float, rate: float, width: int, height: int, duration_seconds_max: int) -> str:
    if not FPS_MIN <= rate <= FPS_MAX:
        return RATE
    if not (SIDE_MIN <= width <= SIDE_MAX and SIDE_MIN <= height <= SIDE_MAX):
        return SIZE
    if not 0 < seconds <= min(duration_seconds_max, API_SECONDS_MAX):
        return DURATION
    return ""
