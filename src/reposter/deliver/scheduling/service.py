"""Reserve, hold, release and close slots. The only code that writes the `scheduled_posts` table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.scheduling.slots import IntervalRule, interval_of, next_slot
from reposter.deliver.scheduling.strategies import grid_moment
from reposter.deliver.scheduling.tables import (
    TAKES_A_SLOT,
    PostState,
    Priority,
    ScheduledPostRow,
)
from reposter.kit.clock import parse_iso, to_iso
from reposter.kit.database import serialise
from reposter.kit.errors import NotFound

DAY = timedelta(hours=24)
TRANSFERRED_AT = "transferred_at"


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


def posts_of(session: Session, video_id: str) -> Sequence[ScheduledPostRow]:
    """Every post of a video, on whichever account."""
    row = ScheduledPostRow
    return session.scalars(sa.select(row).where(row.video_id == video_id).order_by(row.id)).all()


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
        not_before=None,
        error_message=None,
        error_code=None,
    )


def give_up_slot(
    session: Session, post_id: int, rule: IntervalRule, *, after: datetime, now: datetime
) -> ScheduledPostRow:
    """Move a post to the first regular slot from `after` on that is free; others keep theirs.

    Regular are its old slot and its multiples, what follows another slot at the rule's distance, and each opening.
    """
    row = get_post(session, post_id)
    serialise(session, f"slots:{row.tiktok_account}")
    moment = grid_moment(row.scheduled_time, interval_of(rule.frequency), after=after)
    slot = next_slot(rule, now=moment, taken=_slots_from(session, row.tiktok_account, after, but_not=post_id))
    return change_post(session, post_id, now=now, scheduled_time=slot, not_before=None, skips=row.skips + 1)


def is_its_turn(session: Session, post: ScheduledPostRow, now: datetime) -> bool:
    """Whether no due post of the account that waits for a limit comes before it by priority, due time and id."""
    row = ScheduledPostRow
    rank = sa.case({priority: n for n, priority in enumerate(Priority)}, value=row.priority, else_=len(Priority))
    mine = list(Priority).index(Priority(post.priority))
    earlier = (
        sa.select(row.id)
        .where(
            row.tiktok_account == post.tiktok_account,
            row.status == PostState.QUEUED,
            row.scheduled_time <= now,
            row.not_before.is_not(None),
            row.id != post.id,
            sa.tuple_(rank, row.scheduled_time, row.id) < (mine, post.scheduled_time, post.id),
        )
        .limit(1)
    )
    return session.scalar(earlier) is None


def first_waiting(session: Session, account: str, now: datetime) -> datetime | None:
    """When the due posts of the account that wait for a limit look again, the earliest."""
    return session.scalar(
        sa.select(sa.func.min(ScheduledPostRow.not_before)).where(
            ScheduledPostRow.tiktok_account == account,
            ScheduledPostRow.status == PostState.QUEUED,
            ScheduledPostRow.scheduled_time <= now,
        )
    )


def transfer_to(session: Session, post: ScheduledPostRow, account: str, *, now: datetime) -> ScheduledPostRow:
    """The post is another account's from here on. The caller has made sure that nothing of it was sent."""
    return change_post(
        session,
        post.id,
        now=now,
        tiktok_account=account,
        transferred_from=post.tiktok_account,
        not_before=None,
        extra={**post.extra, TRANSFERRED_AT: to_iso(now)},
    )


def transfers_of_last_day(session: Session, account: str, now: datetime) -> int:
    """How many posts were taken from the account to others."""
    posts = session.scalars(
        sa.select(ScheduledPostRow).where(
            ScheduledPostRow.transferred_from == account, ScheduledPostRow.updated_at > now - DAY
        )
    )
    return sum(parse_iso(post.extra[TRANSFERRED_AT]) > now - DAY for post in posts if TRANSFERRED_AT in post.extra)


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
