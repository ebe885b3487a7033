"""How often an account may be posted to, counted exactly from the journal.

A rolling log and nothing cleverer: in simulation token buckets let 29 posts through "15 in 24 hours", fixed windows 30.
Counts are a query, so a crash can neither leak nor double a place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.publishing.attempt import AttemptState, Handover
from reposter.deliver.publishing.tables import AttemptRow

HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)
RESERVATION_LIFE = timedelta(hours=2)


@dataclass(frozen=True)
class PostLimits:
    """Posts per account in any 60 minutes and any 24 hours."""

    per_hour: int
    per_day: int


@dataclass(frozen=True)
class Usage:
    """What an account has used up; `in_inbox` are drafts of 24 hours that wait for the creator (TikTok takes 5)."""

    last_hour: int
    last_day: int
    in_inbox: int


def next_possible_at(
    session: Session, account: str, now: datetime, limits: PostLimits, *, besides_post: str = ""
) -> datetime:
    """`now` if a post may go out, else the moment when the next place is free.

    Counted are all commits that may have posted, and uploads under way. `besides_post` leaves out the post that
    asks, whose own row may already be committing.
    """
    used = _used(session, account, now, besides_post)
    return max(_free_at(used, HOUR, limits.per_hour, now), _free_at(used, DAY, limits.per_day, now), now)


def usage(session: Session, account: str, now: datetime) -> Usage:
    used = _used(session, account, now, "")
    in_inbox = session.scalar(
        sa.select(sa.func.count()).where(
            AttemptRow.account == account,
            AttemptRow.handover == Handover.IN_INBOX,
            AttemptRow.commit_at > now - DAY,
        )
    )
    return Usage(sum(at > now - HOUR for at in used), len(used), in_inbox or 0)


def _used(session: Session, account: str, now: datetime, besides_post: str) -> list[datetime]:
    """Times of the last 24 hours that take a place, newest first. A row from the future counts as now."""
    committed = sa.and_(
        AttemptRow.commit_at > now - DAY,
        AttemptRow.state != AttemptState.ABANDONED,  # proven not to be posted
    )
    under_way = sa.and_(
        AttemptRow.commit_at.is_(None),
        AttemptRow.state.in_([AttemptState.INTENT, AttemptState.OPEN, AttemptState.COMMITTING]),
        AttemptRow.created_at > now - RESERVATION_LIFE,
    )
    times = session.scalars(
        sa.select(sa.func.coalesce(AttemptRow.commit_at, AttemptRow.created_at)).where(
            AttemptRow.account == account, AttemptRow.post_id != besides_post, sa.or_(committed, under_way)
        )
    )
    return sorted((min(at, now) for at in times), reverse=True)


def _free_at(used: list[datetime], window: timedelta, places: int, now: datetime) -> datetime:
    """When fewer than `places` of the times lie in the window that ends then."""
    if places < 1:
        return now + window
    return used[places - 1] + window if len(used) >= places else now
