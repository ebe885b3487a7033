"""What a person may ask of the queue: try failed posts again, and change their order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.publishing.answers import rearm
from reposter.deliver.publishing.attempt import AttemptState
from reposter.deliver.publishing.moves import last_attempt
from reposter.deliver.scheduling.service import change_post, get_post
from reposter.deliver.scheduling.tables import PostState, Priority, ScheduledPostRow
from reposter.kit.database import Database, serialise
from reposter.kit.ids import new_id
from reposter.pipeline.commands import PostSettled
from reposter.pipeline.engine import Line
from reposter.pipeline.options import LineOptions
from reposter.pipeline.plan_post import publish_job, publish_jobs_of, release
from reposter.pipeline.settle_post import post_key
from reposter.pipeline.telling import tell_queue

RETRIES_MAX = 200
RETRIED = (PostState.FAILED, PostState.HELD, PostState.REVIEW)
MAY_BE_LIVE = (AttemptState.COMMITTING, AttemptState.PUBLISHED)
REORDERED = (PostState.QUEUED, PostState.HELD, PostState.FAILED)


@dataclass(frozen=True)
class Retried:
    """How many failed posts are queued again, are held by a question, and are left as they are."""

    queued: int
    held: int
    left: int


def retry_post(session: Session, line: Line, options: LineOptions, post_id: int, *, now: datetime) -> ScheduledPostRow:
    """Give a post that did not go out the next free slot, with all its tries.

    Raises:
        PostUnknown: there is no such post.
        PostSettled: it waits for nothing, or the journal does not prove that it is not live.
    """
    serialise(session, post_key(post_id))
    post = get_post(session, post_id)
    attempt = last_attempt(session, str(post_id))
    if post.status in RETRIED and attempt is not None and attempt.state in MAY_BE_LIVE:
        raise PostSettled(
            f"Post {post_id} may be live; sending it again could post it twice.",
            hint="Look at the account, then answer with `reposter queue answer`.",
        )
    if post.status not in RETRIED:
        raise PostSettled(f"Post {post_id} is {post.status}; there is nothing to repeat.", hint="See `reposter queue`.")
    return _again(session, line, options, post_id, now)


def retry_failed(session: Session, line: Line, options: LineOptions, *, account: str | None, now: datetime) -> Retried:
    """Queue all failed posts again, oldest first, at most 200. Those whose outcome is in doubt are not among them."""
    failed = sa.select(ScheduledPostRow.id).where(ScheduledPostRow.status == PostState.FAILED)
    if account:
        failed = failed.where(ScheduledPostRow.tiktok_account == account)
    post_ids = session.scalars(failed.order_by(ScheduledPostRow.scheduled_time, ScheduledPostRow.id)).all()
    states = [_retry_if_failed(session, line, options, post_id, now) for post_id in post_ids[:RETRIES_MAX]]
    queued, held = states.count(PostState.QUEUED), states.count(PostState.HELD)
    return Retried(queued, held, left=len(post_ids) - queued - held)


def set_priority(
    database: Database, line: Line, post_id: int, priority: Priority, *, now: datetime
) -> ScheduledPostRow:
    """Let a post go before or after others that are due on its account.

    A queued one gets a new job, because a job keeps the priority that it was made with; the old one is taken back.

    Raises:
        PostUnknown, PostSettled: there is none, or it is on its way already.
    """
    before = line.unfinished("publish_post", prefix=publish_jobs_of(post_id))
    with database.transaction() as session:
        serialise(session, post_key(post_id))
        post = get_post(session, post_id)
        if post.status not in REORDERED:
            raise PostSettled(f"Post {post_id} is {post.status}; its turn has come.", hint="See `reposter queue`.")
        change_post(session, post_id, now=now, priority=priority)
        job = replace(publish_job(post), id=f"{publish_job(post).id}:{new_id('turn')}")
        if post.status == PostState.QUEUED:
            line.enqueue(session, job)
        tell_queue(session, post)
    if post.status == PostState.QUEUED:
        _take_back(line, before)
    return post


def _again(session: Session, line: Line, options: LineOptions, post_id: int, now: datetime) -> ScheduledPostRow:
    rearm(session, str(post_id))
    change_post(session, post_id, now=now, remedy=None, not_before=None)
    return release(session, line, options.scheduling, post_id, now=now)


def _retry_if_failed(session: Session, line: Line, options: LineOptions, post_id: int, now: datetime) -> str:
    serialise(session, post_key(post_id))
    post = get_post(session, post_id)
    session.refresh(post)
    attempt = last_attempt(session, str(post_id))
    if post.status != PostState.FAILED or (attempt is not None and attempt.state in MAY_BE_LIVE):
        return ""
    return _again(session, line, options, post_id, now).status


def _take_back(line: Line, jobs: Collection[str]) -> None:
    """Cancel the jobs that still wait; one that runs is left to its end, which the journal makes harmless."""
    for job in jobs:
        if line.status_of(job) in ("ENQUEUED", "DELAYED"):
            line.cancel(job)
