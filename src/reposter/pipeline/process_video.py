"""Workflow: from an original to a file worth posting, with its thumbnails and a report of what was done."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from dbos import DBOS
from sqlalchemy.orm import Session

from reposter.craft.render.report import Outcome, RenderReport
from reposter.craft.render.request import DETECTION, WATERMARK_REMOVAL, RenderRequest, Step
from reposter.craft.watermark.errors import MemoryUnusable
from reposter.guard.rights.rules import may
from reposter.guard.rights.service import basis_of
from reposter.kit.clock import utc_now
from reposter.kit.database import serialise
from reposter.kit.errors import AppError
from reposter.kit.ids import new_id
from reposter.kit.process import OnProgress
from reposter.library.service import change_video, get_video
from reposter.library.states import VideoState
from reposter.library.tables import VideoRow
from reposter.pipeline.engine import RECOVERY_ATTEMPTS_MAX
from reposter.pipeline.fetch_video import process_job, set_aside
from reposter.pipeline.options import ProcessingOptions
from reposter.pipeline.plan_post import plan_job
from reposter.pipeline.steps import durable_step, retrying, working
from reposter.pipeline.telling import tell_error, tell_step
from reposter.pipeline.tools import tools
from reposter.pipeline.version_question import rights_key
from reposter.storage.layout import Layout
from reposter.vocabulary.rights import Act, Basis
from reposter.vocabulary.wishes import Wishes

WORKFLOW = "process_video"
_turn = threading.Lock()
"""An agent renders one video at a time; jobs that wait for their next try must not keep others from it."""


@DBOS.workflow(name=WORKFLOW, max_recovery_attempts=RECOVERY_ATTEMPTS_MAX)
def process_video(video_id: str) -> None:
    try:
        retrying(render_video, tools().options().acquire.retry_delays_seconds)(video_id)
    except AppError as error:
        set_aside(video_id, "process", error.to_dict())


@durable_step("render_video")
def render_video(video_id: str) -> None:
    """One pass over the picture; the result replaces an earlier one only when it is whole."""
    with _turn:
        _render(video_id)


def _render(video_id: str) -> None:
    layout, options = tools().layout, tools().options().processing
    with tools().database.transaction() as session:
        row = get_video(session, video_id)
        if row.processing_status not in (VideoState.DOWNLOADED, VideoState.PROCESSING):
            return  # a run before this one came to its end: its file may be on its way out already
        now = utc_now()
        change_video(session, video_id, now=now, processing_status=VideoState.PROCESSING, error=None)
        request = _request_for(row, layout, options, basis_of(session, row.source_id, now=now))
    with working(f"Processing {video_id} of {row.author}", step="process", video_id=video_id) as report:
        done = _rendered(request, row, lambda at: report(at.get("fraction"), at.get("eta_seconds")))
    if done.alternative is None:
        _remove_cleaned(layout.cleaned(video_id, row.created_at))
    with tools().database.transaction() as session:
        serialise(session, rights_key(row.source_id))
        change_video(session, video_id, now=utc_now(), **_result(done, layout))
        tell_step(session, video_id, "process", "done", _summary(done))
        _pass_on(session, row, request, done)


def _rendered(request: RenderRequest, row: VideoRow, on_progress: OnProgress) -> RenderReport:
    """A memory is a help: one that cannot be used is told, and the line goes on without it."""
    try:
        return tools().render(request, on_progress)
    except MemoryUnusable as error:
        hint = f"Forget it with `reposter source forget-marks {row.source_id}`; it is built anew from the next videos."
        told = MemoryUnusable(f"{error.message} {row.video_id} was processed without it.", hint=hint)
        with tools().database.transaction() as session:
            tell_error(session, told, where="process", video_id=row.video_id)
        return tools().render(replace(request, memory_path=None), on_progress)


def _remove_cleaned(path: Path) -> None:
    """What an earlier run left, even one that died before its row was written: the version and its sidecar.

    Before the row says so, since no file of a video in work is used, and afterwards the next run may have begun.
    """
    for left in path.parent.glob(f"{path.name}*"):
        left.unlink(missing_ok=True)


def _request_for(row: VideoRow, layout: Layout, options: ProcessingOptions, basis: Basis) -> RenderRequest:
    assert row.original_path is not None, "a video is processed only once its original is there"
    video_id, day = row.video_id, row.created_at
    layout.memory.mkdir(exist_ok=True)  # an installation of before has none
    return RenderRequest(
        input_path=layout.absolute(row.original_path),
        output_path=layout.rendition(video_id, day),
        thumbnails_dir=layout.thumbnails(video_id, day),
        steps=steps_of(options, Wishes.from_json(row.watermark_wishes) if row.watermark_wishes else None),
        basis=basis,
        target=options.target,
        preset=options.encoder_preset,
        crf=options.encoder_crf,
        memory_path=layout.mark_memory(row.source_id) if row.source_id else None,
        video_id=video_id,
        alternative_path=layout.cleaned(video_id, day),
    )


def _result(done: RenderReport, layout: Layout) -> dict[str, object]:
    """Columns of the video; of two versions the one with its mark is the one at hand until a person chooses."""
    other = done.alternative
    return {
        "processing_status": VideoState.READY,
        "local_path": layout.relative(done.output_path),
        "rendition_sha256": done.output_sha256,
        "rendition_bytes": done.output.size_bytes,
        "rendition_seconds": done.output.duration_seconds,
        "report": done.to_dict(),
        "thumbnails": [layout.relative(thumbnail.path) for thumbnail in done.thumbnails],
        "watermark_outcome": done.step(WATERMARK_REMOVAL).outcome.value,
        "watermark_choice": None,
        "alternative_path": layout.relative(other.path) if other else None,
        "alternative_sha256": other.sha256 if other else None,
        "alternative_bytes": other.size_bytes if other else None,
    }


def _pass_on(session: Session, row: VideoRow, request: RenderRequest, done: RenderReport) -> None:
    """On to planning; or once more, where the rights that the removal waited for were declared meanwhile."""
    was_barred = not may(request.basis, Act.REMOVE_WATERMARK).allowed
    is_left_marked = done.step(WATERMARK_REMOVAL).outcome is Outcome.HELD and was_barred
    basis = basis_of(session, row.source_id, now=utc_now())
    if is_left_marked and may(basis, Act.REMOVE_WATERMARK).allowed:
        change_video(session, row.video_id, now=utc_now(), processing_status=VideoState.DOWNLOADED)
        tools().line.enqueue(session, process_job(row.video_id, new_id("again")))
    else:
        tools().line.enqueue(session, plan_job(row.video_id, new_id("done")))


def _summary(report: RenderReport) -> str:
    """What was done to the picture, in one line."""
    steps = (f"{step.name}: {step.action or step.outcome.value}" for step in report.steps)
    return f"{', '.join(steps)}; {report.frames} frames in {report.total_seconds:.1f} s."


def steps_of(options: ProcessingOptions, wishes: Wishes | None = None) -> tuple[Step, ...]:
    """The steps of the specification in their order; a person's wishes switch the removal on for their video."""
    thumbnails = options.thumbnails
    removal = {"method": DETECTION, **(wishes.to_json() if wishes else {})}
    return (
        Step(WATERMARK_REMOVAL, options.watermark_removal or wishes is not None, removal),
        Step("quality_enhancement", options.quality_enhancement, {}),
        Step("format_conversion", options.format_conversion, {"outputFormat": "mp4", "codec": "h264"}),
        Step(
            "thumbnail_generation",
            options.thumbnail_generation,
            {"count": thumbnails.count, "timestamps": list(thumbnails.timestamps)},
        ),
    )
