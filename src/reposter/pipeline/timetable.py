"""What falls due by the clock: scans, work of agents that are gone, posts that nobody carries."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from reposter.acquire.sources.service import claim_due_sources
from reposter.deliver.scheduling.service import change_post
from reposter.deliver.scheduling.tables import PostState, ScheduledPostRow
from reposter.kit.clock import to_iso
from reposter.kit.database import Database
from reposter.kit.errors import AppError, Verdict
from reposter.library.states import VideoState
from reposter.library.tables import VideoRow
from reposter.pipeline.agents import live_executors
from reposter.pipeline.engine import Line, pending_executors, take_over
from reposter.pipeline.fetch_video import put_aside
from reposter.pipeline.plan_post import publish_job
from reposter.pipeline.publish_post import confirm_job
from reposter.pipeline.scan_source import scan_job

SCANS_PER_TICK_MAX = 20
OVERDUE = timedelta(minutes=2)
SILENT = timedelta(minutes=10)
ON_ITS_WAY = (VideoState.FOUND, VideoState.DOWNLOADING, VideoState.DOWNLOADED, VideoState.PROCESSING)
log = structlog.get_logger()


class WorkLost(AppError):
    """A video was on its way, and no job carried it any more."""

    code = "work_lost"
    verdict = Verdict.NEEDS_PERSON


def start_due_scans(database: Database, line: Line, *, now: datetime) -> int:
    """Put each source whose scan is due on the line, exactly once over all processes."""
    with database.transaction() as session:
        due = claim_due_sources(session, now=now, limit=SCANS_PER_TICK_MAX)
        for source in due:
            line.enqueue(session, scan_job(source.source_id, to_iso(now)))
        return len(due)


def adopt_orphans(database: Database, *, now: datetime) -> int:
    """Hand the work of executors without a heartbeat back to its queues."""
    with database.transaction() as session:
        live = live_executors(session, now=now)
    gone = sorted(pending_executors() - live)
    if not gone:
        return 0
    log.warning("agents.gone", executors=gone)
    return take_over(gone)


def carry_forgotten_posts(database: Database, line: Line, *, now: datetime) -> int:
    """Posts that are overdue and on no job: put them back. They go through the same journal, so nothing doubles."""
    carried = line.unfinished("publish_post") | line.unfinished("confirm_post")
    with database.transaction() as session:
        overdue = session.scalars(
            sa.select(ScheduledPostRow).where(
                ScheduledPostRow.status.in_((PostState.QUEUED, PostState.PROCESSING)),
                ScheduledPostRow.scheduled_time < now - OVERDUE,
                ScheduledPostRow.updated_at < now - OVERDUE,
            )
        ).all()
        forgotten = [post for post in overdue if not _is_carried(post, carried)]
        for post in forgotten:
            log.warning("post.forgotten", post=post.id, status=post.status)
            change_post(session, post.id, now=now, scheduled_time=now)
            line.enqueue(session, publish_job(post) if post.status == PostState.QUEUED else confirm_job(post))
        return len(forgotten)


def set_lost_videos_aside(database: Database, line: Line, *, now: datetime) -> int:
    """Videos on their way that no job carries any more (it died too often): a person decides whether to try again."""
    carried = {job.split(":")[1] for name in ("fetch_video", "process_video") for job in line.unfinished(name)}
    with database.transaction() as session:
        silent = session.scalars(
            sa.select(VideoRow.video_id).where(
                VideoRow.processing_status.in_(ON_ITS_WAY), VideoRow.updated_at < now - SILENT
            )
        ).all()
        lost = [video_id for video_id in silent if video_id not in carried]
        for video_id in lost:
            log.warning("video.lost", video=video_id)
            error = WorkLost(
                "The work on this video ended again and again without a result.",
                hint="Look at the agents' logs, then put it back with POST /api/videos/{id}/retry.",
            )
            put_aside(session, video_id, "work", error, now=now)
        return len(lost)


def _is_carried(post: ScheduledPostRow, jobs: set[str]) -> bool:
    return any(job.startswith((f"publish:{post.id}:", f"confirm:{post.id}:")) for job in jobs)
