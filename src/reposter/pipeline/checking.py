"""Are all promises kept? A look each minute, which stops the account of a broken one, and the full look on demand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from reposter.deliver.accounts.service import get_account, pause
from reposter.deliver.publishing.invariants import Violation, broken_promises
from reposter.deliver.publishing.limits import PostLimits
from reposter.kit.clock import parse_iso, to_iso
from reposter.kit.database import Database, serialise
from reposter.kit.errors import AppError, NotFound, Verdict
from reposter.kit.keyvalue import read_value, write_value
from reposter.pipeline.engine import Line
from reposter.pipeline.options import PublishingOptions
from reposter.pipeline.promises import LimitsSeen, forgotten_posts, groundless_posts, overstepped_limits
from reposter.pipeline.telling import tell_error

CHECK_SECONDS = 60.0
RECENT = timedelta(hours=25)
"""The widest limit looks back 24 hours."""

STOPPING = frozenset({"I1", "I2", "I3", "I4", "I8"})
LIMITS_KEPT_MAX = 200
KEY = "invariants"
HINT = "Run `reposter verify publish`, look at the account on TikTok, and report this; nothing of it mends itself."


class InvariantBroken(AppError):
    """A promise of publishing is broken: a bug of ours, or rows that were changed from outside."""

    code = "invariant_broken"
    verdict = Verdict.NEEDS_PERSON


def verify_publishing(database: Database, line: Line, *, now: datetime) -> list[Violation]:
    """Every broken promise in the whole history; changes nothing."""
    return _find(database, line, now=now, since=None)


def check_promises(database: Database, line: Line, options: PublishingOptions, *, now: datetime) -> list[Violation]:
    """Look at what changed in the last day; stop the accounts of what is newly found, and tell it once.

    An account that its owner resumes stays so: the same finding stops it no second time. Returns what is new.
    """
    _note_limits(database, options, now)
    found = _find(database, line, now=now, since=now - RECENT)
    with database.transaction() as session:
        if set(_told(session)) == {str(one) for one in found}:
            return []
    with database.transaction() as session:
        serialise(session, KEY)
        told = set(_told(session))
        new = [one for one in found if str(one) not in told]
        for violation in new:
            _answer(session, violation, now)
        _write(session, told=[str(one) for one in found])
    return new


def _find(database: Database, line: Line, *, now: datetime, since: datetime | None) -> list[Violation]:
    carried = line.unfinished("publish_post") | line.unfinished("confirm_post")
    with database.transaction() as session:
        return [
            *broken_promises(session, since=since),
            *forgotten_posts(session, carried, now=now, since=since),
            *overstepped_limits(session, _limits_seen(session), since=since),
            *groundless_posts(session, since=since),
        ]


def _answer(session: Session, violation: Violation, now: datetime) -> None:
    sentence = f"The promise {violation.rule} is broken: {violation.sentence}."
    if violation.rule in STOPPING:
        reason = f"{sentence} {violation.account} was stopped."
        sentence = reason if _stop(session, violation.account, reason, now) else sentence
    tell_error(session, InvariantBroken(sentence, hint=HINT), where="verify")


def _stop(session: Session, handle: str, reason: str, now: datetime) -> bool:
    """Better silent than wrong, and so when it is connected again, too. A paused account keeps its own reason."""
    try:
        account = get_account(session, handle)
    except NotFound:
        return False
    if account.paused_reason is None:
        pause(session, handle, reason=reason, now=now)
    return account.paused_reason is None


def _note_limits(database: Database, options: PublishingOptions, now: datetime) -> None:
    """Keep when which limits were in force, so that lowering them later accuses nobody."""
    limits = PostLimits(options.posts_per_hour, options.posts_per_day)
    with database.transaction() as session:
        seen = _limits_seen(session)
        if seen and seen[-1].limits == limits:
            return
    with database.transaction() as session:
        serialise(session, KEY)
        seen = _limits_seen(session)
        if not seen or seen[-1].limits != limits:
            _write(session, limits=[*seen, LimitsSeen(now, limits)][-LIMITS_KEPT_MAX:])


def _told(session: Session) -> list[str]:
    return [str(sentence) for sentence in read_value(session, KEY).get("told", [])]


def _limits_seen(session: Session) -> list[LimitsSeen]:
    rows = read_value(session, KEY).get("limits", [])
    return [LimitsSeen(parse_iso(at), PostLimits(per_hour, per_day)) for at, per_hour, per_day in rows]


def _write(session: Session, *, told: Sequence[str] | None = None, limits: Sequence[LimitsSeen] | None = None) -> None:
    value = read_value(session, KEY)
    if told is not None:
        value["told"] = list(told)
    if limits is not None:
        value["limits"] = [[to_iso(one.at), one.limits.per_hour, one.limits.per_day] for one in limits]
    write_value(session, KEY, value)
