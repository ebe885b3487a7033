"""From request to report: plan, make by the cheapest way, verify, put in place."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from reposter.craft.convert.plan import Action, Plan, plan, untouched
from reposter.craft.convert.targets import find_target
from reposter.craft.render.chain import Passed, transcode
from reposter.craft.render.effects import choose_effects
from reposter.craft.render.progress import Ticker
from reposter.craft.render.report import Outcome, RenderReport, StepReport, Thumbnail
from reposter.craft.render.request import FORMAT_CONVERSION, THUMBNAIL_GENERATION, RenderRequest, positions_of
from reposter.craft.render.verification import require_fit, verify_output
from reposter.craft.thumbnails.pick import Still, StillPicker, pick_by_seeking
from reposter.craft.thumbnails.positions import parse_positions
from reposter.kit.errors import StorageExhausted
from reposter.kit.files import disk_full_as_error, free_bytes, move_into_place, sha256_of, write_atomic
from reposter.kit.process import OnProgress
from reposter.media.frames import FrameEffect
from reposter.media.probe import probe
from reposter.media.remux import remux
from reposter.media.source import open_source
from reposter.media.verify import require_whole, verify_playable
from reposter.media.writer import Encoding
from reposter.vocabulary.media import MediaInfo

SPARE_BYTES = 64 << 20


@dataclass(frozen=True)
class Made:
    """What lies at the work path, not yet in place."""

    output: MediaInfo
    frames: int
    stills: tuple[Still, ...]
    seconds: float


def make_rendition(request: RenderRequest, work_path: Path, on_progress: OnProgress) -> RenderReport:
    """Carry out a request in this process, writing to `work_path` until all is well.

    Raises:
        As `service.render`, but for ChildFailed.
    """
    started = time.perf_counter()
    info = probe(request.input_path)
    effects, effect_reports = choose_effects(request)
    chosen = _choose_plan(request, info, has_effects=bool(effects))
    _require_room(request.output_path, info)
    try:
        made = _make(request, info, chosen, effects, work_path, on_progress)
        if request.step(FORMAT_CONVERSION):
            require_fit(made.output, find_target(request.target))
        output_sha256 = sha256_of(work_path)
        thumbnails, thumbnail_report = _keep_stills(request, made.stills)
        move_into_place(work_path, request.output_path)
    finally:
        work_path.unlink(missing_ok=True)
    conversion = _conversion_report(request, chosen, made.seconds)
    total = time.perf_counter() - started
    return RenderReport(
        input_path=request.input_path,
        output_path=request.output_path,
        input=info,
        output=made.output,
        input_sha256=output_sha256 if chosen.action is Action.COPY else sha256_of(request.input_path),
        output_sha256=output_sha256,
        steps=_in_order(request, (*effect_reports, conversion, thumbnail_report)),
        thumbnails=thumbnails,
        frames=made.frames,
        frames_per_second=round(made.frames / max(made.seconds, 0.001), 1),
        total_seconds=round(total, 3),
    )


def _choose_plan(request: RenderRequest, info: MediaInfo, *, has_effects: bool) -> Plan:
    if request.step(FORMAT_CONVERSION) or has_effects:
        return plan(info, find_target(request.target), has_effects=has_effects)
    return untouched(info, "conversion was not asked for; the file is copied as it is")


def _require_room(output: Path, info: MediaInfo) -> None:
    if free_bytes(output.parent) < info.size_bytes + SPARE_BYTES:
        raise StorageExhausted(
            f"The disk is almost full: there is no room for {output.name}.",
            hint=f"Free some space under {output.parent}; work goes on by itself.",
        )


def _make(
    request: RenderRequest,
    info: MediaInfo,
    chosen: Plan,
    effects: tuple[FrameEffect, ...],
    work_path: Path,
    on_progress: OnProgress,
) -> Made:
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
                passed = transcode(
                    source, chosen, encoding, work_path, effects=effects, stills=picker, on_frame=ticker.tick
                )
            _require_whole_input(request, info, passed)
            output = verify_output(work_path, chosen, info, passed)
            stills = picker.stills()
        case Action.REMUX:
            verify_playable(request.input_path)
            with open_source(request.input_path) as source:
                passed = Passed(remux(source, work_path, on_packets=ticker.tick), float(source.end))
            output = verify_output(work_path, chosen, info, passed)
            stills = pick_by_seeking(work_path, wanted)
        case Action.COPY:
            verify_playable(request.input_path)
            with disk_full_as_error(work_path):
                shutil.copyfile(request.input_path, work_path)
            passed = Passed(info.video.frames, info.duration_seconds)
            stills = pick_by_seeking(request.input_path, wanted)
    ticker.finish(passed.frames)
    return Made(output, passed.frames, stills, time.perf_counter() - started)


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


def _keep_stills(request: RenderRequest, stills: tuple[Still, ...]) -> tuple[tuple[Thumbnail, ...], StepReport]:
    if not request.step(THUMBNAIL_GENERATION):
        return (), StepReport(THUMBNAIL_GENERATION, Outcome.SKIPPED, "not asked for")
    if not request.thumbnails_dir:
        return (), StepReport(THUMBNAIL_GENERATION, Outcome.SKIPPED, "no folder was named for them")
    started = time.perf_counter()
    thumbnails = []
    for still in stills:
        path = request.thumbnails_dir / f"{request.output_path.stem}_{still.number}.jpg"
        write_atomic(path, still.jpeg)
        thumbnails.append(Thumbnail(path, round(still.at_seconds, 3)))
    seconds = round(time.perf_counter() - started, 3)
    why = f"{len(thumbnails)} stills from the finished picture"
    return tuple(thumbnails), StepReport(THUMBNAIL_GENERATION, Outcome.DONE, why, seconds=seconds)


def _conversion_report(request: RenderRequest, chosen: Plan, seconds: float) -> StepReport:
    outcome = Outcome.DONE if request.step(FORMAT_CONVERSION) else Outcome.SKIPPED
    return StepReport(
        FORMAT_CONVERSION, outcome, "; ".join(chosen.reasons), action=chosen.action.value, seconds=round(seconds, 3)
    )


def _in_order(request: RenderRequest, reports: tuple[StepReport, ...]) -> tuple[StepReport, ...]:
    """The request's own order; steps that it does not name come last."""
    names = [step.name for step in request.steps]
    ranked = sorted(reports, key=lambda report: names.index(report.name) if report.name in names else len(names))
    return tuple(replace(report, seconds=round(report.seconds, 3)) for report in ranked)
