"""What each account has used of its limits, what is left, and what TikTok has taught about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.accounts.tables import AccountRow
from reposter.deliver.publishing.calls import calls_of_last_hour
from reposter.deliver.publishing.lessons import POSTS, Lesson, lessons_for
from reposter.deliver.publishing.limits import DRAFTS_MAX, Admission, PostLimits, Usage, admission, usage
from reposter.kit.errors import NotFound


@dataclass(frozen=True)
class BudgetRules:
    """The owner's settings that a budget is measured by."""

    posts: PostLimits
    calls_per_hour: int
    strategy: str


@dataclass(frozen=True)
class AccountBudget:
    """`posts_per_day` is the smaller of the configured and the learned number. Lessons are those in force."""

    account: str
    rules: BudgetRules
    posts_per_day: int
    used: Usage
    calls_last_hour: int
    next: Admission
    lessons: tuple[Lesson, ...]

    @property
    def posts_left_hour(self) -> int:
        return max(self.rules.posts.per_hour - self.used.last_hour, 0)

    @property
    def posts_left_day(self) -> int:
        return max(self.posts_per_day - self.used.last_day, 0)

    @property
    def calls_left_hour(self) -> int:
        return max(self.rules.calls_per_hour - self.calls_last_hour, 0)

    @property
    def drafts_left(self) -> int:
        return max(DRAFTS_MAX - self.used.in_inbox, 0)


def account_budgets(session: Session, rules: BudgetRules, *, now: datetime) -> list[AccountBudget]:
    """Of all accounts, by handle."""
    rows = session.scalars(sa.select(AccountRow).order_by(AccountRow.handle))
    return [_budget(session, row, rules, now) for row in rows]


def account_budget(session: Session, handle: str, rules: BudgetRules, *, now: datetime) -> AccountBudget:
    """Raises:
    NotFound: no such account is connected.
    """
    row = session.scalars(sa.select(AccountRow).where(AccountRow.handle == handle)).one_or_none()
    if row is None:
        raise NotFound(f"No account {handle} is connected.", hint="See `reposter account list`.", handle=handle)
    return _budget(session, row, rules, now)


def _budget(session: Session, account: AccountRow, rules: BudgetRules, now: datetime) -> AccountBudget:
    lessons = lessons_for(session, account.handle)
    learned = lessons[POSTS].posts_a_day(now) if POSTS in lessons else None
    per_day = rules.posts.per_day if learned is None else min(learned, rules.posts.per_day)
    return AccountBudget(
        account=account.handle,
        rules=rules,
        posts_per_day=per_day,
        used=usage(session, account.handle, now),
        calls_last_hour=calls_of_last_hour(session, account.handle, now),
        next=admission(session, account.handle, now, rules.posts, route=account.route),
        lessons=tuple(one for one in lessons.values() if _is_in_force(one, rules.posts.per_day, now)),
    )


def _is_in_force(lesson: Lesson, per_day: int, now: datetime) -> bool:
    learned = lesson.posts_a_day(now)
    is_blocked = lesson.blocked_until is not None and lesson.blocked_until > now
    return is_blocked or (learned is not None and learned < per_day)
