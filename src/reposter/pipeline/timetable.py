"""What falls due by the clock: scans, work of agents that are gone, posts that nobody carries."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from reposter.acquire.sources.service import claim_due_sources
from reposter.deliver.accounts.account import AccountStatus
from reposter.deliver.accounts.tables import AccountRow
from reposter.deliver.scheduling.service import change_post, get_post
from reposter.deliver.scheduling.tables import PostState, ScheduledPostRow
from reposter.guard.rights.rules import may
from reposter.guard.rights.service import basis_of
from reposter.kit.clock import to_iso
from reposter.kit.database import Database, serialise
from reposter.kit.errors import AppError, Verdict
from reposter.kit.ids import new_id
from reposter.library.states import VideoState
from reposter.library.tables import VideoRow
from reposter.pipeline.agents import live_executors
from reposter.pipeline.commands import release_held
from reposter.pipeline.engine import Line, pending_executors, take_over
from reposter.pipeline.fetch_video import put_aside
from reposter.pipeline.follow_up import confirm_job
from reposter.pipeline.limiting import LimitReached
from reposter.pipeline.options import LineOptions
from reposter.pipeline.plan_post import publish_job
from reposter.pipeline.refusals import AccountStandsStill, RightsUnknown, refusal_of
from reposter.pipeline.scan_source import scan_job
from reposter.pipeline.settle_post import post_key
from reposter.pipeline.version_question import VideoInWork, WatermarkDoubtful
from reposter.vendors.tiktok.errors import ReauthNeeded
from reposter.vocabulary.rights import Act

SCANS_PER_TICK_MAX = 20
OVERDUE = timedelta(minutes=2)
SILENT = timedelta(minutes=10)
IN_HAND = (PostState.QUEUED, PostState.PROCESSING)
OUR_QUESTIONS = (AccountStandsStill.code, RightsUnknown.code, VideoInWork.code, WatermarkDoubtful.code)
TIKTOKS_QUESTIONS = (ReauthNeeded.code,)
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
            sa.select(ScheduledPostRow.id).where(
                ScheduledPostRow.status.in_(IN_HAND),
                ScheduledPostRow.scheduled_time < now - OVERDUE,
                ScheduledPostRow.updated_at < now - OVERDUE,
            )
        ).all()
    forgotten = [post_id for post_id in overdue if not _is_carried(post_id, carried)]
    return sum(_carry_on(database, line, post_id, now) for post_id in forgotten)


def release_answered_posts(database: Database, line: Line, options: LineOptions, *, now: datetime) -> int:
    """Posts held by a question that was answered before it was written down, so that the answer released nothing.

    What the rights and the account say is ours to know. What TikTok said of the account is asked anew only when the
    account was changed after the post was begun; so an answer that stays the same is not asked for again and again.
    """
    row, account = ScheduledPostRow, AccountRow
    is_old_answer = sa.or_(row.last_attempt.is_(None), account.updated_at > row.last_attempt)
    with database.transaction() as session:
        held = session.scalars(
            sa.select(row)
            .join(account, account.handle == row.tiktok_account)
            .where(
                row.status == PostState.HELD,
                account.status == AccountStatus.CONNECTED,
                sa.or_(
                    row.error_code.in_(OUR_QUESTIONS), sa.and_(row.error_code.in_(TIKTOKS_QUESTIONS), is_old_answer)
                ),
            )
            .order_by(row.scheduled_time, row.id)
        ).all()
        allowed = [post.id for post in held if may(basis_of(session, post.source_id, now=now), Act.PUBLISH).allowed]
    return sum(_release_if_answered(database, line, options, post_id, now) for post_id in allowed)


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


def _is_carried(post_id: int, jobs: set[str]) -> bool:
    return any(job.startswith((f"publish:{post_id}:", f"confirm:{post_id}:")) for job in jobs)


def _carry_on(database: Database, line: Line, post_id: int, now: datetime) -> bool:
    """Look again, alone, and give it a job of a new id: its old one has ended. It keeps its place in the order."""
    with database.transaction() as session:
        serialise(session, post_key(post_id))
        post = get_post(session, post_id)
        if post.status not in IN_HAND or post.updated_at >= now - OVERDUE:
            return False
        log.warning("post.forgotten", post=post.id, status=post.status)
        change_post(session, post.id, now=now)
        job = publish_job(post) if post.status == PostState.QUEUED else confirm_job(post)
        line.enqueue(session, replace(job, id=f"{job.id}:{new_id('again')}"))
        return True


def _release_if_answered(database: Database, line: Line, options: LineOptions, post_id: int, now: datetime) -> bool:
    """A limit is no question: under it the post waits in the queue like any other."""
    with database.transaction() as session:
        serialise(session, post_key(post_id))
        post = get_post(session, post_id)
        if post.status != PostState.HELD or post.error_code not in (*OUR_QUESTIONS, *TIKTOKS_QUESTIONS):
            return False
        refusal = refusal_of(session, post, options.publishing, now)
        if refusal is not None and not isinstance(refusal, LimitReached):
            return False
        log.info("post.released", post=post.id, question=post.error_code)
        return bool(release_held(session, line, options, [post_id], now=now))
