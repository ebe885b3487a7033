"""/api/budget: how much of its limits each account has used."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel

from reposter.api.idempotency import IdempotentRoute
from reposter.api.wiring import Wired
from reposter.bootstrap import App
from reposter.deliver.publishing.lessons import Lesson
from reposter.kit.clock import utc_now
from reposter.pipeline.limiting import post_limits
from reposter.pipeline.options import LimitStrategy
from reposter.views.budget import AccountBudget, BudgetRules, account_budget, account_budgets

router = APIRouter(prefix="/api", tags=["budget"], route_class=IdempotentRoute)
Handle = Annotated[str, Path(pattern=r"^@[A-Za-z0-9._-]{1,60}$")]


class LimitsOut(BaseModel):
    """`postsPerDay` is the smaller of the chosen number and what TikTok was seen to take."""

    postsPerHour: int  # noqa: N815  # the specification's spelling
    postsPerDay: int  # noqa: N815
    apiCallsPerHour: int  # noqa: N815


class CurrentOut(BaseModel):
    """What was used in the last 60 minutes and 24 hours, and the drafts that wait in the account's inbox."""

    postsThisHour: int  # noqa: N815
    postsToday: int  # noqa: N815
    apiCallsThisHour: int  # noqa: N815
    draftsInInbox: int  # noqa: N815


class LessonOut(BaseModel):
    """What a refusal of TikTok's taught; nothing of `about` is asked before `blockedUntil`."""

    about: str
    reason: str
    blockedUntil: datetime | None  # noqa: N815
    postsPerDay: int | None  # noqa: N815


class AccountBudgetOut(BaseModel):
    """`nextPossibleAt` is missing where a post may go out now; else `waitsFor` says which limit holds it back."""

    account: str
    platform: Literal["tiktok"] = "tiktok"
    limits: LimitsOut
    current: CurrentOut
    left: CurrentOut
    strategy: LimitStrategy
    nextPossibleAt: datetime | None  # noqa: N815
    waitsFor: str  # noqa: N815
    lessons: list[LessonOut]


class BudgetList(BaseModel):
    items: list[AccountBudgetOut]


@router.get("/budget")
def list_all(app: Wired) -> BudgetList:
    """What every account has used of its limits."""
    with app.database.transaction() as session:
        now = utc_now()
        return BudgetList(items=[_out(one, now) for one in account_budgets(session, _rules(app), now=now)])


@router.get("/accounts/{handle}/budget")
def of_account(app: Wired, handle: Handle) -> AccountBudgetOut:
    """What one account has used of its limits."""
    with app.database.transaction() as session:
        now = utc_now()
        return _out(account_budget(session, handle, _rules(app), now=now), now)


def _rules(app: App) -> BudgetRules:
    chosen = app.options().publishing
    return BudgetRules(post_limits(chosen), chosen.api_calls_per_hour, chosen.limit_strategy.value)


def _out(budget: AccountBudget, now: datetime) -> AccountBudgetOut:
    rules, used = budget.rules, budget.used
    return AccountBudgetOut(
        account=budget.account,
        limits=LimitsOut(
            postsPerHour=rules.posts.per_hour, postsPerDay=budget.posts_per_day, apiCallsPerHour=rules.calls_per_hour
        ),
        current=CurrentOut(
            postsThisHour=used.last_hour,
            postsToday=used.last_day,
            apiCallsThisHour=budget.calls_last_hour,
            draftsInInbox=used.in_inbox,
        ),
        left=CurrentOut(
            postsThisHour=budget.posts_left_hour,
            postsToday=budget.posts_left_day,
            apiCallsThisHour=budget.calls_left_hour,
            draftsInInbox=budget.drafts_left,
        ),
        strategy=LimitStrategy(rules.strategy),
        nextPossibleAt=budget.next.at if budget.next.at > now else None,
        waitsFor=budget.next.sentence,
        lessons=[_lesson_out(lesson, now) for lesson in budget.lessons],
    )


def _lesson_out(lesson: Lesson, now: datetime) -> LessonOut:
    return LessonOut(
        about=lesson.op,
        reason=lesson.reason,
        blockedUntil=lesson.blocked_until if lesson.blocked_until and lesson.blocked_until > now else None,
        postsPerDay=lesson.posts_a_day(now),
    )
