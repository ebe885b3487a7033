"""One file out of one file, by the cheapest way that its plan allows, checked before anyone sees it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from reposter.craft.convert.plan import Action, Plan
from reposter.craft.render.chain import Passed, transcode
from reposter.craft.render.progress import Ticker
from reposter.craft.render.request import FORMAT_CONVERSION, THUMBNAIL_GENERATION, RenderRequest, positions_of
from reposter.craft.render.verification import verify_output
from reposter.craft.thumbnails.pick import Still, StillPicker, pick_by_seeking
from reposter.craft.thumbnails.positions import parse_positions
from reposter.kit.files import disk_full_as_error
from reposter.kit.process import OnProgress
from reposter.media.frames import FrameEffect
from reposter.media.remux import remux
from reposter.media.source import open_source
from reposter.media.verify import require_whole, verify_playable
from reposter.media.writer import Encoding
from reposter.vocabulary.media import MediaInfo


@dataclass(frozen=True)
class Made:
    """What lies at the work path, not yet in place."""

    plan: Plan
    output: MediaInfo
    frames: int
    stills: tuple[Still, ...]
    seconds: float


def make_file(
    request: RenderRequest,
    info: MediaInfo,
    chosen: Plan,
    effects: Sequence[FrameEffect],
    path: Path,
    on_progress: OnProgress,
) -> Made:
    """Write `path` as planned.

    Raises:
        UnreadableMedia: the input is damaged.
        OutputRejected: what came out was not what was planned.
        StorageExhausted: the disk is full.
    """
    started = time.perf_counter()
    total = round(info.duration_seconds * chosen.frame_rate) if chosen.frame_rate else info.video.frames
    ticker = Ticker(FORMAT_CONVERSION, total, on_progress)
    wanted = _still_positions(request, info)
    output = info
    match chosen.action:
        case Action.TRANSCODE:
            picker = StillPicker(wanted)
            encoding = Encoding(request.preset, request.crf, chosen.bits_per_second_max)
            with open_source(request.input_path) as source:
                passed = transcode(source, chosen, encoding, path, effects=effects, stills=picker, on_frame=ticker.tick)
            _require_whole_input(request, info, passed)
            output = verify_output(path, chosen, info, passed)
            stills = picker.stills()
        case Action.REMUX:
            verify_playable(request.input_path)
            with open_source(request.input_path) as source:
                passed = Passed(remux(source, path, on_packets=ticker.tick), float(source.end))
            output = verify_output(path, chosen, info, passed)
            stills = pick_by_seeking(path, wanted)
        case Action.COPY:
            verify_playable(request.input_path)
            with disk_full_as_error(path):
                shutil.copyfile(request.input_path, path)
            passed = Passed(info.video.frames, info.duration_seconds)
            stills = pick_by_seeking(request.input_path, wanted)
    ticker.finish(passed.frames)
    return Made(chosen, output, passed.frames, stills, time.perf_counter() - started)


def _still_positions(request: RenderRequest, info: MediaInfo) -> tuple[Fraction, ...]:
    step = request.step(THUMBNAIL_GENERATION) if request.thumbnails_dir else None
    return parse_positions(positions_of(step), info.duration_seconds) if step else ()


def _require_whole_input(request: RenderRequest, info: MediaInfo, passed: Passed) -> None:
    require_whole(
        request.input_path,
        declared_seconds=info.duration_seconds,
        found_seconds=passed.end_seconds,
        frame_rate=info.video.frame_rate,
    )
