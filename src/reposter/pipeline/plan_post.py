"""Workflow: the caption for a finished video, and a slot on an account; or the question that must be answered first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dbos import DBOS
from sqlalchemy.orm import Session

from reposter.craft.captions.service import write_caption
from reposter.craft.captions.template import CaptionFacts
from reposter.deliver.accounts.account import AccountStatus
from reposter.deliver.accounts.service import list_accounts
from reposter.deliver.scheduling.service import NewPost, change_post, posts_of, replan, reserve_slot
from reposter.deliver.scheduling.slots import IntervalRule
from reposter.deliver.scheduling.tables import PostState, Priority, ScheduledPostRow
from reposter.guard.rights.rules import may
from reposter.guard.rights.service import basis_of
from reposter.kit.clock import utc_now
from reposter.kit.database import serialise
from reposter.kit.errors import AppError
from reposter.library.service import change_video
from reposter.library.states import VideoState
from reposter.library.tables import VideoRow
from reposter.pipeline.consenting import settled_consent
from reposter.pipeline.engine import RECOVERY_ATTEMPTS_MAX, Job, Line
from reposter.pipeline.fetch_video import set_aside
from reposter.pipeline.queues import PRIORITIES, Queue
from reposter.pipeline.settle_post import post_key
from reposter.pipeline.steps import durable_step, retrying
from reposter.pipeline.telling import tell_queue, tell_step
from reposter.pipeline.tools import tools
from reposter.pipeline.version_question import VideoInWork, WatermarkDoubtful, doubt_about, reserve_version
from reposter.vocabulary.rights import Act

WORKFLOW = "plan_post"
OF_THE_VERSION = (WatermarkDoubtful.code, VideoInWork.code)


def plan_job(video_id: str, occasion: str = "first") -> Job:
    return Job(WORKFLOW, Queue.PLAN, f"plan:{video_id}:{occasion}", (video_id,))


def publish_jobs_of(post_id: int) -> str:
    """How the ids of all publish jobs of a post begin."""
    return f"publish:{post_id}:"


def publish_job(post: ScheduledPostRow) -> Job:
    """Sent at its slot; another slot, or another attempt, is another job."""
    return Job(
        "publish_post",
        Queue.PUBLISH,
        f"{publish_jobs_of(post.id)}{post.attempts}:{post.scheduled_time:%Y%m%dT%H%M%S.%f}",
        (post.id,),
        priority=PRIORITIES[post.priority],
        key=post.tiktok_account,
        not_before=post.scheduled_time,
    )


@DBOS.workflow(name=WORKFLOW, max_recovery_attempts=RECOVERY_ATTEMPTS_MAX)
def plan_post(video_id: str) -> None:
    try:
        retrying(plan, tools().options().acquire.retry_delays_seconds)(video_id)
    except AppError as error:
        set_aside(video_id, "plan", error.to_dict())


@durable_step("plan_post")
def plan(video_id: str) -> None:
    options, now = tools().options(), utc_now()
    with tools().database.transaction() as session:
        video = reserve_version(session, video_id)
        if video.processing_status != VideoState.READY:
            return  # another job has planned it
        posts = posts_of(session, video_id)
        if posts:  # it was processed once more
            change_video(session, video_id, now=now, processing_status=VideoState.SCHEDULED)
            _look_anew(session, posts, options.scheduling, now)
            return
        caption = video.caption or write_caption(facts_of(video), options.captions)
        account = options.publishing.default_account or default_account(session)
        if account is None:
            change_video(session, video_id, now=now, caption=caption)
            tell_step(
                session, video_id, "plan", "skipped", "No TikTok account is connected yet; the video waits ready."
            )
            return
        new = NewPost(
            video_id=video_id,
            source_id=video.source_id,
            account=account,
            caption=caption,
            hashtags=tuple(video.hashtags),
            priority=Priority.NORMAL,
            max_attempts=options.publishing.max_attempts,
        )
        post = reserve_slot(session, new, options.scheduling, now=now)
        change_video(session, video_id, now=now, caption=caption, processing_status=VideoState.SCHEDULED)
        queue_or_hold(session, tools().line, post, now=now)


def _look_anew(session: Session, posts: Sequence[ScheduledPostRow], rule: IntervalRule, now: datetime) -> None:
    """The file of these posts was made anew: one that waited for it gets a slot, one in the queue may be in doubt."""
    for post in posts:
        serialise(session, post_key(post.id))
        session.refresh(post)
        if post.status == PostState.HELD and post.error_code in OF_THE_VERSION:
            release(session, tools().line, rule, post.id, now=now)
        elif post.status == PostState.QUEUED:
            queue_or_hold(session, tools().line, post, now=now)


def queue_or_hold(session: Session, line: Line, post: ScheduledPostRow, *, now: datetime) -> None:
    """Queue the post for its slot, or hold it with the question that must be answered first."""
    question = _question(session, post, now)
    if question is None:
        change_post(session, post.id, now=now, remedy=None)
        line.enqueue(session, publish_job(post))
    else:
        code, sentence, remedy = question
        change_post(
            session,
            post.id,
            now=now,
            status=PostState.HELD,
            error_code=code,
            error_message=sentence,
            remedy=remedy,
        )
    tell_queue(session, post)


def _question(session: Session, post: ScheduledPostRow, now: datetime) -> tuple[str, str, str] | None:
    """What a person must answer before the post's turn comes: code, sentence and remedy."""
    answer = may(basis_of(session, post.source_id, now=now), Act.PUBLISH)
    if not answer.allowed:
        return "rights_unknown", answer.sentence, "Say on what ground the source's videos are used."
    doubt = doubt_about(session, post.video_id)
    if doubt is not None:
        return doubt.code, doubt.message, doubt.hint
    account = next((one for one in list_accounts(session) if one.handle == post.tiktok_account), None)
    if account is not None and account.asks_first:
        approval = settled_consent(session, post, now=now)
        if isinstance(approval, AppError):
            return approval.code, approval.message, approval.hint
    return None


def release(session: Session, line: Line, rule: IntervalRule, post_id: int, *, now: datetime) -> ScheduledPostRow:
    """Give a post that waited a new slot and queue it."""
    post = replan(session, post_id, rule, now=now)
    queue_or_hold(session, line, post, now=now)
    return post


def default_account(session: Session) -> str | None:
    """The handle that posts go to where none is named: the first one that is connected."""
    connected = (one.handle for one in list_accounts(session) if one.status is AccountStatus.CONNECTED)
    return next(connected, None)


def facts_of(video: VideoRow) -> CaptionFacts:
    return CaptionFacts(
        original_author=video.author,
        original_caption=video.description or video.title,
        original_hashtags=" ".join(video.hashtags),
        video_title=video.title,
    )
