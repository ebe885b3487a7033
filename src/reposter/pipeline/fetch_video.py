"""Workflow: one video's original file, downloaded, verified and in the library."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from datetime import datetime

from dbos import DBOS
from sqlalchemy.orm import Session

from reposter.acquire.download.service import Original, fetch_original
from reposter.kit.clock import utc_now
from reposter.kit.errors import AppError, StorageExhausted
from reposter.kit.files import free_bytes, move_into_place
from reposter.library.service import change_video, get_video
from reposter.library.states import VideoState
from reposter.pipeline.engine import RECOVERY_ATTEMPTS_MAX, Job
from reposter.pipeline.queues import Queue
from reposter.pipeline.steps import durable_step, retrying, working
from reposter.pipeline.telling import tell_error, tell_step
from reposter.pipeline.tools import tools

WORKFLOW = "fetch_video"


def process_job(video_id: str, occasion: str = "first") -> Job:
    return Job("process_video", Queue.PROCESS, f"process:{video_id}:{occasion}", (video_id,))


@DBOS.workflow(name=WORKFLOW, max_recovery_attempts=RECOVERY_ATTEMPTS_MAX)
def fetch_video(video_id: str) -> None:
    try:
        retrying(download_original, tools().options().acquire.retry_delays_seconds)(video_id)
    except AppError as error:
        set_aside(video_id, "download", error.to_dict())


@durable_step("download_original")
def download_original(video_id: str) -> None:
    """Download, verify, move into the library, and put the video on to processing."""
    layout = tools().layout
    with tools().database.transaction() as session:
        row = get_video(session, video_id)
        if row.processing_status not in (VideoState.FOUND, VideoState.DOWNLOADING):
            return  # a run before this one came to its end
        change_video(session, video_id, now=utc_now(), processing_status=VideoState.DOWNLOADING, error=None)
        url, author, day = row.original_url, row.author, row.created_at
    _keep_room()
    workspace = layout.workspace(video_id)
    with working(f"Downloading {video_id} of {author}", step="download", video_id=video_id) as report:
        original = fetch_original(
            url,
            downloaders=tools().downloaders,
            into=workspace,
            verify=tools().verify_media,
            on_progress=lambda at: report(_share(at), at.get("eta_seconds")),
        )
        final = layout.original(video_id, day)
        move_into_place(original.path, final)
    shutil.rmtree(workspace, ignore_errors=True)
    with tools().database.transaction() as session:
        change_video(
            session,
            video_id,
            now=utc_now(),
            processing_status=VideoState.DOWNLOADED,
            original_path=layout.relative(final),
            original_sha256=original.sha256,
            duration_seconds=original.info.duration_seconds,
            download=_record_of(original),
        )
        tell_step(session, video_id, "download", "done", f"Downloaded by {original.service} and verified.")
        tools().line.enqueue(session, process_job(video_id))


@durable_step("set_aside")
def set_aside(video_id: str, step: str, error: dict[str, object]) -> None:
    """A video that cannot go on waits for a person, with the reason."""
    with tools().database.transaction() as session:
        put_aside(session, video_id, step, AppError.from_dict(error), now=utc_now())


def put_aside(session: Session, video_id: str, step: str, error: AppError, *, now: datetime) -> None:
    kept = {**error.to_dict(), "step": step}
    change_video(session, video_id, now=now, processing_status=VideoState.REVIEW, error=kept)
    tell_step(session, video_id, step, "failed", error.message)
    tell_error(session, error, where=step, video_id=video_id)


def _share(at: dict[str, float | None]) -> float | None:
    done, total = at.get("downloaded_bytes"), at.get("total_bytes")
    return min(1.0, done / total) if done and total else None


def _record_of(original: Original) -> dict[str, object]:
    """What the row keeps of a download: who delivered, in which format, and who failed before."""
    return {
        "service": original.service,
        "format": original.format_id,
        "watermarked": original.is_watermarked,
        "attempts": [asdict(attempt) for attempt in original.attempts],
    }


def _keep_room() -> None:
    """Intake stops before the disk is full, so that publishing and the journal never do."""
    wanted, free = tools().options().acquire.free_bytes_min, free_bytes(tools().layout.storage)
    if free < wanted:
        raise StorageExhausted(
            f"Only {free / 1e9:.1f} GB are free, and downloads stop below {wanted / 1e9:.1f} GB.",
            hint="Free some space or lower acquire.free_bytes_min in the settings; downloads go on by themselves.",
        )
