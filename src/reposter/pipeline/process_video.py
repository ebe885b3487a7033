"""Workflow: from an original to a file worth posting, with its thumbnails and a report of what was done."""

from __future__ import annotations

import threading

from dbos import DBOS

from reposter.craft.render.report import RenderReport
from reposter.craft.render.request import RenderRequest, Step
from reposter.guard.rights.service import basis_of
from reposter.kit.clock import utc_now
from reposter.kit.errors import AppError
from reposter.library.service import change_video, get_video
from reposter.library.states import VideoState
from reposter.pipeline.engine import RECOVERY_ATTEMPTS_MAX
from reposter.pipeline.fetch_video import set_aside
from reposter.pipeline.options import ProcessingOptions
from reposter.pipeline.plan_post import plan_job
from reposter.pipeline.steps import durable_step, retrying, working
from reposter.pipeline.telling import tell_step
from reposter.pipeline.tools import tools

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
    now = utc_now()
    with tools().database.transaction() as session:
        row = get_video(session, video_id)
        if row.processing_status not in (VideoState.DOWNLOADED, VideoState.PROCESSING):
            return  # a run before this one came to its end: its file may be on its way out already
        change_video(session, video_id, now=now, processing_status=VideoState.PROCESSING, error=None)
        basis = basis_of(session, row.source_id, now=now)
        assert row.original_path is not None, "a video is processed only once its original is there"
        source, day, author = layout.absolute(row.original_path), row.created_at, row.author
    request = RenderRequest(
        input_path=source,
        output_path=layout.rendition(video_id, day),
        thumbnails_dir=layout.thumbnails(video_id, day),
        steps=steps_of(options),
        basis=basis,
        target=options.target,
        preset=options.encoder_preset,
        crf=options.encoder_crf,
    )
    with working(f"Processing {video_id} of {author}", step="process", video_id=video_id) as report:
        done = tools().render(request, lambda at: report(at.get("fraction"), at.get("eta_seconds")))
    with tools().database.transaction() as session:
        change_video(
            session,
            video_id,
            now=utc_now(),
            processing_status=VideoState.READY,
            local_path=layout.relative(request.output_path),
            rendition_sha256=done.output_sha256,
            rendition_bytes=done.output.size_bytes,
            rendition_seconds=done.output.duration_seconds,
            report=done.to_dict(),
            thumbnails=[layout.relative(thumbnail.path) for thumbnail in done.thumbnails],
        )
        tell_step(session, video_id, "process", "done", _summary(done))
        tools().line.enqueue(session, plan_job(video_id))


def _summary(report: RenderReport) -> str:
    """What was done to the picture, in one line."""
    steps = (f"{step.name}: {step.action or step.outcome.value}" for step in report.steps)
    return f"{', '.join(steps)}; {report.frames} frames in {report.total_seconds:.1f} s."


def steps_of(options: ProcessingOptions) -> tuple[Step, ...]:
    """The steps of the specification in their order."""
    thumbnails = options.thumbnails
    return (
        Step("watermark_removal", options.watermark_removal, {"method": "ai_detection"}),
        Step("quality_enhancement", options.quality_enhancement, {}),
        Step("format_conversion", options.format_conversion, {"outputFormat": "mp4", "codec": "h264"}),
        Step(
            "thumbnail_generation",
            options.thumbnail_generation,
            {"count": thumbnails.count, "timestamps": list(thumbnails.timestamps)},
        ),
    )
