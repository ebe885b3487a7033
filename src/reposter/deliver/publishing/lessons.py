"""What TikTok taught by refusing: how long nothing of a kind is asked, and how many posts a day it really takes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.publishing.attempt import CLOSED, Handover
from reposter.deliver.publishing.tables import AttemptRow, LessonRow
from reposter.deliver.publishing.windows import DAY, HOUR
from reposter.kit.errors import AppError
from reposter.vendors.tiktok.errors import RateLimited

FIRST_PAUSE_SECONDS = 30.0
PAUSE_SECONDS_MAX = 3600.0
JITTER = 0.2
APP_PAUSE_HOURS_MAX = 6

WHOLE_APP = ""
POSTS, INBOX, APP = "posts", "inbox", "app"
COUNT_LESSONS = {
    "spam_risk_too_many_posts": POSTS,
    "spam_risk_too_many_pending_share": INBOX,
    "reached_active_user_cap": APP,
}
"""TikTok's documented counts; any other code that speaks of spam is about the account itself."""

STOPS_ACCOUNT = "spam_risk"


@dataclass(frozen=True)
class Lesson:
    op: str
    blocked_until: datetime | None
    learned_max: int | None
    learned_at: datetime
    reason: str

    def posts_a_day(self, now: datetime) -> int | None:
        """What TikTok last took in 24 hours, and one more for each day since then without a refusal."""
        if self.learned_max is None:
            return None
        return self.learned_max + max((now - self.learned_at) // DAY, 0)


def stops_account(error: AppError) -> bool:
    """TikTok suspects or bars the account: nothing more goes out on it before a person has looked."""
    code = str(error.context.get("vendor_code") or "")
    return code.startswith(STOPS_ACCOUNT) and code not in COUNT_LESSONS


def learn(session: Session, account: str, error: AppError, *, refused_at: datetime, route: str) -> Lesson | None:
    """Write down what a refusal teaches; None where it teaches nothing, or was learned already.

    `refused_at` is when TikTok said it: the same refusal shown again later is the same lesson.
    """
    op = COUNT_LESSONS.get(str(error.context.get("vendor_code") or ""))
    if op is None and isinstance(error, RateLimited):
        op = str(error.context.get("op") or ("inbox_init" if route == "inbox" else "init"))
    if op is None:
        return None
    owner = WHOLE_APP if op == APP else account
    row = session.get(LessonRow, (owner, op))
    if row is not None and refused_at <= row.learned_at:
        return None
    row = row or LessonRow(account=owner, op=op, refusals=0)
    row.blocked_until = _blocked_until(session, account, error, op, row.refusals, refused_at)
    if op == POSTS:
        row.learned_max = max(1, len(_commits_of_a_day(session, account, refused_at)))
    row.refusals, row.learned_at, row.reason = row.refusals + 1, refused_at, f"{error.message} {error.hint}".strip()
    session.add(row)
    return _lesson(row)


def unlearn_success(session: Session, account: str, *, now: datetime) -> None:
    """TikTok took a post: refusals whose pause is over are no longer consecutive. The learned number stays."""
    session.execute(
        sa.update(LessonRow)
        .where(LessonRow.account.in_((account, WHOLE_APP)), LessonRow.refusals > 0, LessonRow.blocked_until <= now)
        .values(refusals=0)
    )


def leave_to_lessons(session: Session, post_id: str) -> None:
    """When a refused post is tried again is the lesson's to say, not the attempt's."""
    session.execute(
        sa.update(AttemptRow).where(AttemptRow.post_id == post_id, AttemptRow.state.in_(CLOSED)).values(retry_at=None)
    )


def lessons_for(session: Session, account: str) -> dict[str, Lesson]:
    """By what they are about, those of the whole app among them."""
    rows = session.scalars(sa.select(LessonRow).where(LessonRow.account.in_((account, WHOLE_APP))))
    return {row.op: _lesson(row) for row in rows}


def blocked_until(session: Session, account: str, op: str) -> datetime | None:
    """Until when calls of `op` are not to be made."""
    row = session.get(LessonRow, (account, op))
    return row.blocked_until if row else None


def _blocked_until(session: Session, account: str, error: AppError, op: str, refusals: int, at: datetime) -> datetime:
    if op == POSTS:
        return max([at + HOUR, *(commit + DAY for commit in _commits_of_a_day(session, account, at)[:1])])
    if op == INBOX:
        return max([at + HOUR, *(commit + DAY for commit in _drafts_of_a_day(session, account, at)[:1])])
    if op == APP:
        return at + HOUR * min((1 << min(refusals, 10)), APP_PAUSE_HOURS_MAX)
    pause_seconds = min(FIRST_PAUSE_SECONDS * (1 << min(refusals, 10)), PAUSE_SECONDS_MAX)
    spread = 1 + JITTER * _jitter(account, op, str(refusals))
    return at + timedelta(seconds=max(error.retry_after_seconds or 0.0, pause_seconds * spread))


def _commits_of_a_day(session: Session, account: str, at: datetime) -> list[datetime]:
    """Posts that TikTok took, or may have taken, oldest first."""
    return _commits(session, account, at, AttemptRow.state.not_in(CLOSED))


def _drafts_of_a_day(session: Session, account: str, at: datetime) -> list[datetime]:
    return _commits(session, account, at, AttemptRow.handover == Handover.IN_INBOX)


def _commits(session: Session, account: str, at: datetime, which: sa.ColumnElement[bool]) -> list[datetime]:
    rows = session.scalars(
        sa.select(AttemptRow.commit_at)
        .where(AttemptRow.account == account, AttemptRow.commit_at > at - DAY, which)
        .order_by(AttemptRow.commit_at)
    )
    return [min(commit_at, at) for commit_at in rows if commit_at is not None]


def _jitter(*ids: str) -> float:
    """From -1 to 1, the same for the same ids: a second computation must not move the time."""
    digest = hashlib.sha256("\0".join(ids).encode()).digest()
    return int.from_bytes(digest[:4], "big") / 0xFFFFFFFF * 2 - 1


def _lesson(row: LessonRow) -> Lesson:
    return Lesson(row.op, row.blocked_until, row.learned_max, row.learned_at, row.reason)
