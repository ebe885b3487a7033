"""What follows a move of a post: watch it, try again, hold it for a person, look for its id, or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from reposter.deliver.publishing.attempt import CLOSED as CLOSED_ATTEMPTS
from reposter.deliver.publishing.attempt import Attempt, AttemptState
from reposter.deliver.publishing.calls import CallsUsedUp
from reposter.deliver.publishing.moves import last_attempt
from reposter.deliver.publishing.order import AlreadyPosted, Step, StepState
from reposter.deliver.scheduling.service import change_post, get_post
from reposter.deliver.scheduling.tables import PostState, ScheduledPostRow
from reposter.kit.clock import utc_now
from reposter.kit.database import serialise
from reposter.kit.errors import Verdict
from reposter.pipeline.engine import Job
from reposter.pipeline.giving_way import again_job
from reposter.pipeline.limiting import LimitReached, learn_from, unlearn_from
from reposter.pipeline.plan_post import publish_jobs_of
from reposter.pipeline.queues import PRIORITIES, Queue
from reposter.pipeline.refusals import PostWithdrawn
from reposter.pipeline.settle_post import CLOSED, bring_in_line, hold, post_key, say_why, wait_in_queue
from reposter.pipeline.tools import tools

TROUBLE_SECONDS = 30.0
ID_WAIT_SECONDS_MIN = 5.0
ID_WAIT_SECONDS_MAX = 3600.0
ID_WAIT_MAX = timedelta(hours=24)
HANDED_OVER_SECONDS = 900.0
HANDED_OVER_MAX = timedelta(days=3)

OTHERS_MAY_GO = LimitReached | CallsUsedUp | AlreadyPosted
"""What a post waits for without keeping its account's place in the queue."""

Answer = dict[str, Any]  # {"state": str, "wait_seconds": float | None}, as the engine keeps it


def done(state: str) -> Answer:
    return {"state": state, "wait_seconds": None}


def wait(state: str, seconds: float) -> Answer:
    return {"state": state, "wait_seconds": seconds}


def confirm_job(post: ScheduledPostRow) -> Job:
    return Job(
        "confirm_post",
        Queue.CONFIRM,
        f"confirm:{post.id}:{post.attempts}:{post.scheduled_time:%Y%m%dT%H%M%S.%f}",
        (post.id,),
        priority=PRIORITIES[post.priority],
    )


def confirm_again(post: ScheduledPostRow, at: datetime) -> Job:
    """Another look, under an id of its own: the first job may have ended."""
    job = confirm_job(post)
    return replace(job, id=f"{job.id}:{at:%Y%m%dT%H%M%S.%f}", not_before=at)


def after(post_id: int, step: Step, *, is_sending: bool) -> Answer:
    """Write down what a move means for the post, and say what comes next."""
    is_carried = not is_sending and bool(tools().line.unfinished("publish_post", prefix=publish_jobs_of(post_id)))
    with tools().database.transaction() as session:
        serialise(session, post_key(post_id))
        post = get_post(session, post_id)
        last = last_attempt(session, str(post_id))
        tries = last.n if last else 0
        if post.attempts != tries:
            change_post(session, post_id, now=utc_now(), attempts=tries)
        theirs = _left_to_others(post, step, last, is_sending=is_sending, is_carried=is_carried)
        return theirs or _follow(session, post, step, is_sending=is_sending)


def _left_to_others(
    post: ScheduledPostRow, step: Step, last: Attempt | None, *, is_sending: bool, is_carried: bool
) -> Answer | None:
    """What another worker has in hand, or a person has taken back, is theirs to say."""
    if isinstance(step.error, PostWithdrawn) and post.status != PostState.PROCESSING:
        return done(post.status)
    is_waiting = step.state is StepState.WAITING
    if is_waiting and not is_sending and last is not None and last.state not in CLOSED_ATTEMPTS:
        if last.state is AttemptState.COMMITTING:
            return wait("again", TROUBLE_SECONDS)  # it was committed while we looked
        return done("sending") if is_carried else None  # one that nobody sends any more is queued again
    if is_waiting and post.status in CLOSED:
        return done(post.status)
    if step.is_elsewhere:
        return done(post.status) if post.status in CLOSED else wait("elsewhere", step.wait_seconds or 0)
    return None


def _follow(session: Session, post: ScheduledPostRow, step: Step, *, is_sending: bool) -> Answer:
    is_taught = step.error is not None and learn_from(session, post, step.error, now=utc_now())
    bring_in_line(session, post, step)
    if step.state is StepState.COMMITTING and is_sending:
        unlearn_from(session, post, now=utc_now())
        tools().line.enqueue(session, confirm_job(post))
        return done("sent")
    if step.state is StepState.WAITING:
        return _try_again(session, post, step, is_sending=is_sending, is_taught=is_taught)
    if step.state is StepState.COMMITTING:
        say_why(session, post, step, now=utc_now())
    if step.state is StepState.PUBLISHED and not is_sending and post.post_id is None:
        return _id_wait(post)
    if step.state in (StepState.NEEDS_HUMAN, StepState.IN_INBOX) and not is_sending:
        return _handed_over_wait(post)
    return {"state": step.state.value, "wait_seconds": step.wait_seconds}


def _try_again(session: Session, post: ScheduledPostRow, step: Step, *, is_sending: bool, is_taught: bool) -> Answer:
    if step.error is not None and step.error.verdict is Verdict.NEEDS_PERSON:
        hold(session, post, step.error, now=utc_now())
        return done("held")
    wait_in_queue(session, post, step.reason, now=utc_now())
    if is_sending and not is_taught and not isinstance(step.error, OTHERS_MAY_GO):
        return wait("again", step.wait_seconds or 0)
    again_at = utc_now() + timedelta(seconds=0 if is_taught else step.wait_seconds or 0)
    tools().line.enqueue(session, again_job(post, again_at))
    return done("again")


def _id_wait(post: ScheduledPostRow) -> Answer:
    age = utc_now() - (post.published_at or utc_now())
    if age > ID_WAIT_MAX:
        return done("published")
    wait_seconds = min(ID_WAIT_SECONDS_MAX, max(ID_WAIT_SECONDS_MIN, age.total_seconds()))
    return wait("published", wait_seconds / tools().options().publishing.hurry)


def _handed_over_wait(post: ScheduledPostRow) -> Answer:
    """TikTok may still speak up, or the creator post the draft: look on, seldom, for some days."""
    if utc_now() - (post.last_attempt or post.scheduled_time) > HANDED_OVER_MAX:
        return done("handed_over")
    return wait("handed_over", HANDED_OVER_SECONDS / tools().options().publishing.hurry)
