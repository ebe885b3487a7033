"""Reserve, hold, release and close slots. The only code that writes the `scheduled_posts` table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.scheduling.slots import IntervalRule, next_slot
from reposter.deliver.scheduling.tables import (
    TAKES_A_SLOT,
    PostState,
    Priority,
    ScheduledPostRow,
)
from reposter.kit.database import serialise
from reposter.kit.errors import NotFound


class PostUnknown(NotFound):
    code = "post_unknown"


@dataclass(frozen=True)
class NewPost:
    """What is to be posted; `caption` is already written."""

    video_id: str
    source_id: str | None
    account: str
    caption: str
    hashtags: tuple[str, ...]
    priority: Priority = Priority.NORMAL
    max_attempts: int = 3


def find_post(session: Session, video_id: str, account: str) -> ScheduledPostRow | None:
    return session.scalar(
        sa.select(ScheduledPostRow).where(
            ScheduledPostRow.video_id == video_id, ScheduledPostRow.tiktok_account == account
        )
    )


def reserve_slot(session: Session, post: NewPost, rule: IntervalRule, *, now: datetime) -> ScheduledPostRow:
    """Give the post the next slot that the rule leaves free on its account; asked again, the same row comes back."""
    serialise(session, f"slots:{post.account}")
    existing = find_post(session, post.video_id, post.account)
    if existing is not None:
        return existing
    slot = next_slot(rule, now=now, taken=_slots_from(session, post.account, now))
    row = ScheduledPostRow(
        video_id=post.video_id,
        source_id=post.source_id,
        tiktok_account=post.account,
        scheduled_time=slot,
        status=PostState.QUEUED,
        created_at=now,
        updated_at=now,
        priority=post.priority,
        max_attempts=post.max_attempts,
        caption=post.caption,
        hashtags=list(post.hashtags),
        planned_because=f"every {rule.frequency.replace('_', ' ')}, next free slot on {post.account}",
    )
    session.add(row)
    session.flush()
    return row


def replan(session: Session, post_id: int, rule: IntervalRule, *, now: datetime) -> ScheduledPostRow:
    """Give a held or failed post a new slot and queue it again."""
    row = get_post(session, post_id)
    serialise(session, f"slots:{row.tiktok_account}")
    taken = _slots_from(session, row.tiktok_account, now, but_not=post_id)
    return change_post(
        session,
        post_id,
        now=now,
        status=PostState.QUEUED,
        scheduled_time=next_slot(rule, now=now, taken=taken),
        error_message=None,
        error_code=None,
    )


def get_post(session: Session, post_id: int) -> ScheduledPostRow:
    """The row of a post.

    Raises:
        PostUnknown: there is none.
    """
    row = session.get(ScheduledPostRow, post_id)
    if row is None:
        raise PostUnknown(f"There is no post {post_id}.", hint="GET /api/posts lists the posts that are known.")
    return row


def change_post(session: Session, key: int, /, *, now: datetime, **values: object) -> ScheduledPostRow:
    """Change some columns of a post (values as in `ScheduledPostRow`) and note when."""
    row = get_post(session, key)
    for name, value in values.items():
        setattr(row, name, value)
    row.updated_at = now
    return row


def held_posts(session: Session, *, source_id: str | None = None, account: str | None = None) -> Sequence[int]:
    """Ids of the posts that wait for an answer, oldest first."""
    query = sa.select(ScheduledPostRow.id).where(ScheduledPostRow.status == PostState.HELD)
    if source_id:
        query = query.where(ScheduledPostRow.source_id == source_id)
    if account:
        query = query.where(ScheduledPostRow.tiktok_account == account)
    return session.scalars(query.order_by(ScheduledPostRow.scheduled_time)).all()


def _slots_from(session: Session, account: str, now: datetime, but_not: int | None = None) -> list[datetime]:
    """Slots of the account that still matter: all to come, and the last one gone by."""
    taken = sa.select(ScheduledPostRow.scheduled_time).where(
        ScheduledPostRow.tiktok_account == account, ScheduledPostRow.status.in_(TAKES_A_SLOT)
    )
    if but_not is not None:
        taken = taken.where(ScheduledPostRow.id != but_not)
    coming = session.scalars(taken.where(ScheduledPostRow.scheduled_time >= now)).all()
    last = session.scalars(
        taken.where(ScheduledPostRow.scheduled_time < now).order_by(ScheduledPostRow.scheduled_time.desc()).limit(1)
    ).all()
    return [*last, *coming]
