"""How often TikTok may be called for an account: a place is taken in the rolling windows before each call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.publishing.lessons import blocked_until
from reposter.deliver.publishing.tables import CallPlaceRow
from reposter.deliver.publishing.windows import HOUR, MINUTE, leaves_at, start_of
from reposter.kit.clock import to_iso, utc_now
from reposter.kit.database import Database, serialise
from reposter.kit.errors import AppError, Verdict

MARGIN = 0.8
KEPT = timedelta(hours=25)

PER_MINUTE = {"init": 6, "inbox_init": 6, "status": 30, "creator_info": 20, "list": 600, "query": 600, "user": 600}
"""TikTok's own figures (its pages, 2026-11), of which we use `MARGIN`: others may use the same token."""

PER_APP = frozenset({"list", "query", "user"})
READS = frozenset({"status", "list", "query", "user"})
"""They may use `MARGIN` of the hour, so that looking never keeps a post from going out."""

POSTING = {"direct": ("creator_info", "init"), "inbox": ("inbox_init",)}


class CallsUsedUp(AppError):
    """No place is free; nothing was sent."""

    code = "calls_used_up"
    verdict = Verdict.RETRY_LATER


@dataclass(frozen=True)
class CallLimits:
    """Calls with an account's token in any 60 minutes. In a pretend world whose time runs `hurry` times as fast its
    minutes are that much shorter too."""

    per_hour: int
    hurry: float = 1.0


@dataclass(frozen=True)
class _Window:
    span: timedelta
    places: int
    of: tuple[sa.ColumnElement[bool], ...]
    sentence: str


class CallMeter:
    """`limits` is asked at each call, so that a change of the setting counts at once."""

    def __init__(
        self, database: Database, limits: Callable[[], CallLimits], now: Callable[[], datetime] = utc_now
    ) -> None:
        self._database = database
        self._limits = limits
        self._now = now

    def admit(self, account: str, op: str) -> None:
        """Take a place for one call.

        Raises:
            CallsUsedUp: none is free before `retry_after_seconds`; provably nothing was sent.
        """
        limits = self._limits()
        with self._database.transaction() as session:
            serialise(session, f"calls:{account}")
            if op in PER_APP:
                serialise(session, "calls")
            now = self._now()  # read last: a window that was counted before it cannot be too short
            refusal = calls_refusal(session, account, op, limits, now)
            if refusal is not None:
                raise refusal
            session.add(CallPlaceRow(account=account, op=op, at=now))


def calls_refusal(session: Session, account: str, op: str, limits: CallLimits, now: datetime) -> CallsUsedUp | None:
    """Why a call of `op` may not be made at `now`, and when it may."""
    found = [(_free_at(session, window, now), window.sentence) for window in _windows(account, op, limits)]
    paused_until = blocked_until(session, account, op)
    if paused_until is not None:
        found.append((paused_until, "TikTok asked for a pause"))
    at, sentence = max(found)
    if at <= now:
        return None
    return CallsUsedUp(
        f"{sentence} for {account}; the next call is possible at {to_iso(at)}.",
        hint="It goes on by itself; publishing.api_calls_per_hour can be raised.",
        retry_after_seconds=(at - now).total_seconds(),
        op=op,
    )


def calls_of_last_hour(session: Session, account: str, now: datetime) -> int:
    """Rows from the future count as now."""
    count = session.scalar(
        sa.select(sa.func.count()).where(CallPlaceRow.account == account, CallPlaceRow.at > start_of(HOUR, now))
    )
    return count or 0


def forget_places(session: Session, now: datetime) -> None:
    """Drop what no window looks at any more."""
    session.execute(sa.delete(CallPlaceRow).where(CallPlaceRow.at < now - KEPT))


def _windows(account: str, op: str, limits: CallLimits) -> list[_Window]:
    mine = CallPlaceRow.account == account
    places = int(limits.per_hour * MARGIN) if op in READS else limits.per_hour
    windows = [_Window(HOUR, places, (mine,), f"The {places} calls an hour that may be made are used up")]
    if op in PER_MINUTE:
        places = int(PER_MINUTE[op] * MARGIN)
        of = (CallPlaceRow.op == op,) if op in PER_APP else (mine, CallPlaceRow.op == op)
        windows.append(
            _Window(
                MINUTE / limits.hurry, places, of, f"The {places} calls of {op} a minute that may be made are used up"
            )
        )
    return windows


def _free_at(session: Session, window: _Window, now: datetime) -> datetime:
    """`now`, or when the oldest of the calls that fill the window leaves it."""
    blocking = session.scalar(
        sa.select(CallPlaceRow.at)
        .where(*window.of, CallPlaceRow.at > start_of(window.span, now))
        .order_by(CallPlaceRow.at.desc())
        .offset(window.places - 1)
        .limit(1)
    )
    return now if blocking is None else leaves_at(blocking, window.span, now)
