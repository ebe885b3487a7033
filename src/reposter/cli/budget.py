"""`reposter account budget`: how much of its limits each account has used."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from reposter.cli.console import print_json, results
from reposter.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir, opened
from reposter.kit.clock import to_iso, utc_now

if TYPE_CHECKING:
    from reposter.views.budget import AccountBudget

BAR_CELLS = 10


def budget(
    account: Annotated[str | None, typer.Argument(metavar="[ACCOUNT]", help="The handle; all accounts else.")] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Show what accounts have used of their limits.

    Counted are the last 60 minutes and 24 hours, to the millisecond.
    """
    from reposter.pipeline.limiting import post_limits
    from reposter.views.budget import BudgetRules, account_budget, account_budgets

    with opened(data_dir) as app, app.database.transaction() as session:
        chosen, now = app.options().publishing, utc_now()
        rules = BudgetRules(post_limits(chosen), chosen.api_calls_per_hour, chosen.limit_strategy.value)
        budgets = (
            [account_budget(session, account, rules, now=now)] if account else account_budgets(session, rules, now=now)
        )
    if as_json:
        print_json([_as_json(one, now) for one in budgets])
        return
    for one in budgets:
        results.print(_shown(one, now))
    if not budgets:
        results.print("No account yet. Connect one: reposter account connect")


def _shown(one: AccountBudget, now: datetime) -> Table:
    rules, used = one.rules, one.used
    table = Table(title=Text(f"{one.account} ({rules.strategy})", style="bold"), box=None, show_header=False)
    table.title_justify = "left"
    table.add_row("posts in 60 minutes", _bar(used.last_hour, rules.posts.per_hour))
    table.add_row("posts in 24 hours", _bar(used.last_day, one.posts_per_day))
    table.add_row("calls in 60 minutes", _bar(one.calls_last_hour, rules.calls_per_hour))
    table.add_row("drafts in the inbox", _bar(used.in_inbox, used.in_inbox + one.drafts_left))
    table.add_row("next post", Text(one.next.sentence if one.next.at > now else "possible now"))
    return table


def _bar(used: int, places: int) -> str:
    filled = min(round(used / places * BAR_CELLS), BAR_CELLS) if places else BAR_CELLS
    return f"{'█' * filled}{'░' * (BAR_CELLS - filled)} {used}/{places}"


def _as_json(one: AccountBudget, now: datetime) -> dict[str, Any]:  # plain JSON values
    rules, used = one.rules, one.used
    return {
        "account": one.account,
        "platform": "tiktok",
        "limits": {
            "postsPerHour": rules.posts.per_hour,
            "postsPerDay": one.posts_per_day,
            "apiCallsPerHour": rules.calls_per_hour,
        },
        "current": {
            "postsThisHour": used.last_hour,
            "postsToday": used.last_day,
            "apiCallsThisHour": one.calls_last_hour,
            "draftsInInbox": used.in_inbox,
        },
        "strategy": rules.strategy,
        "nextPossibleAt": to_iso(one.next.at) if one.next.at > now else None,
        "waitsFor": one.next.sentence,
        "lessons": [
            {
                "about": lesson.op,
                "reason": lesson.reason,
                "blockedUntil": to_iso(lesson.blocked_until) if lesson.blocked_until else None,
                "postsPerDay": lesson.posts_a_day(now),
            }
            for lesson in one.lessons
        ],
    }
