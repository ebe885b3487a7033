"""How often an account may be posted to, counted exactly from the journal.

A rolling log and nothing cleverer: in simulation token buckets let 29 posts through "15 in 24 hours", fixed windows 30.
Counts are a query, so a crash can neither leak nor double a place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.publishing.attempt import AttemptState, Handover
from reposter.deliver.publishing.lessons import APP, INBOX, POSTS, Lesson, lessons_for
from reposter.deliver.publishing.tables import AttemptRow, ConsentRow
from reposter.deliver.publishing.windows import DAY, HOUR, leaves_at, start_of
from reposter.kit.clock import to_iso

RESERVATION_LIFE = timedelta(hours=2)
DRAFTS_MAX = 5  # in 24 hours, TikTok's number
PROVEN_BY = ("tiktok", "refusal")


@dataclass(frozen=True)
class PostLimits:
    """Posts per account in any 60 minutes and any 24 hours."""

    per_hour: int
    per_day: int


@dataclass(frozen=True)
class Usage:
    """What an account has used up.

    `in_inbox` are drafts of 24 hours that wait for the creator or are on their way there (TikTok takes 5).
    """

    last_hour: int
    last_day: int
    in_inbox: int


class Limit(StrEnum):
    """Which limit holds a post back; the first three are counts, the others were taught by refusals."""

    NONE = ""
    HOUR = "posts_per_hour"
    DAY = "posts_per_day"
    DRAFTS = "drafts_in_inbox"
    LEARNED = "learned_posts_per_day"
    BLOCKED = "blocked_by_tiktok"


@dataclass(frozen=True)
class Admission:
    """When one more post may go out, and which limit says so. `is_taught`: TikTok has refused this account or app,
    and what it taught is in force."""

    at: datetime
    limit: Limit
    sentence: str
    is_taught: bool = False


@dataclass(frozen=True)
class Used:
    """Moments that take a place, newest first, and those of them that are drafts in the creator's inbox."""

    posts: Sequence[datetime]
    drafts: Sequence[datetime] = ()
    lessons: Mapping[str, Lesson] = field(default_factory=dict)


def admission(  # each narrows the question
    session: Session, account: str, now: datetime, limits: PostLimits, *, besides_post: str = "", route: str = ""
) -> Admission:
    """Whether one more post may go out at `now`, and if not, when and why not.

    Counted are all commits that may have posted, and uploads under way. `besides_post` leaves out the post that
    asks, whose own row may already be committing.
    """
    return admitted(account, used_places(session, account, now, besides_post), limits, now, route=route)


def next_possible_at(
    session: Session, account: str, now: datetime, limits: PostLimits, *, besides_post: str = "", route: str = ""
) -> datetime:
    """`now` if a post may go out, else the moment when the next place is free."""
    return admission(session, account, now, limits, besides_post=besides_post, route=route).at


def usage(session: Session, account: str, now: datetime) -> Usage:
    used = used_places(session, account, now)
    return Usage(sum(at > start_of(HOUR, now) for at in used.posts), len(used.posts), len(used.drafts))


def admitted(account: str, used: Used, limits: PostLimits, now: datetime, *, route: str = "") -> Admission:
    """The same question of rows already read. Pure."""
    taught = used.lessons.get(POSTS)
    learned = taught.posts_a_day(now) if taught else None
    found = [
        Admission(free_at(used.posts, HOUR, limits.per_hour, now), Limit.HOUR, _used_up(limits.per_hour, "60 minutes")),
        Admission(free_at(used.posts, DAY, limits.per_day, now), Limit.DAY, _used_up(limits.per_day, "24 hours")),
    ]
    if learned is not None and learned < limits.per_day:
        sentence = f"TikTok lately took no more than {learned} posts in 24 hours from it"
        found.append(Admission(free_at(used.posts, DAY, learned, now), Limit.LEARNED, sentence))
    if route == INBOX:
        sentence = f"{DRAFTS_MAX} drafts of the last 24 hours wait in its inbox; open TikTok and finish or delete some"
        found.append(Admission(free_at(used.drafts, DAY, DRAFTS_MAX, now), Limit.DRAFTS, sentence))
    found += [
        Admission(lesson.blocked_until, Limit.BLOCKED, lesson.reason.rstrip("."))
        for op in _ops(route)
        if (lesson := used.lessons.get(op)) and lesson.blocked_until and lesson.blocked_until > now
    ]
    is_taught = any(one.limit in (Limit.LEARNED, Limit.BLOCKED) for one in found)
    latest = max(found, key=lambda one: one.at)
    if latest.at <= now:
        return Admission(now, Limit.NONE, "", is_taught)
    shown = (latest.at + timedelta(microseconds=999_999)).replace(microsecond=0)
    sentence = f"{account}: {latest.sentence}; next possible at {to_iso(shown)}."
    return Admission(latest.at, latest.limit, sentence, is_taught)


def free_at(used: Sequence[datetime], window: timedelta, places: int, now: datetime) -> datetime:
    """When fewer than `places` of the times (newest first) lie in the window that ends then."""
    if places < 1:
        return now + window
    return max(leaves_at(used[places - 1], window, now), now) if len(used) >= places else now


def used_places(session: Session, account: str, now: datetime, besides_post: str = "") -> Used:
    """What the last 24 hours hold. A row from the future counts as now."""
    rows = session.execute(_USED, {"since": start_of(DAY, now), "begun": now - RESERVATION_LIFE, "of": account}).all()
    mine = [row for row in rows if row.account == account and row.post_id != besides_post]
    return Used(
        posts=sorted((min(row.at, now) for row in mine), reverse=True),
        drafts=sorted((min(row.at, now) for row in mine if row.is_draft), reverse=True),
        lessons=lessons_for(session, account),
    )


def _ops(route: str) -> tuple[str, ...]:
    return (APP, INBOX, "inbox_init") if route == INBOX else (APP, POSTS, "init", "creator_info")


def _used_up(places: int, window: str) -> str:
    return f"{places} posts in {window} is the limit, and they are used up"


def _selected(
    at: sa.ColumnElement[datetime], *which: sa.ColumnElement[bool]
) -> sa.Select[tuple[str, str, bool, datetime]]:
    row = AttemptRow
    is_draft = sa.or_(  # or may be one: TikTok tells of it long after the last byte
        row.handover == Handover.IN_INBOX,
        sa.and_(row.state == AttemptState.COMMITTING, ConsentRow.route == INBOX),
    )
    selected = sa.select(row.account, row.post_id, is_draft.label("is_draft"), at.label("at"))
    with_route = selected.outerjoin(ConsentRow, ConsentRow.id == row.consent_id)
    return with_route.where(*which)  # type: ignore[return-value]  # a label keeps its type


_USED = sa.union_all(
    _selected(
        AttemptRow.commit_at,  # type: ignore[arg-type]  # not null where it is compared
        AttemptRow.account == sa.bindparam("of"),
        AttemptRow.commit_at > sa.bindparam("since", type_=AttemptRow.commit_at.type),
        AttemptRow.state != AttemptState.ABANDONED,  # proven not to be posted, as is what TikTok itself called failed
        sa.not_(
            sa.and_(
                AttemptRow.state == AttemptState.FAILED,
                sa.func.coalesce(AttemptRow.verdict["by"].as_string(), "").in_(PROVEN_BY),
            )
        ),
    ),
    _selected(  # uploads under way are few: by their state, whose index is short, and not by the account's history
        AttemptRow.created_at,  # type: ignore[arg-type]  # a column is an element
        AttemptRow.state.in_((AttemptState.INTENT, AttemptState.OPEN, AttemptState.COMMITTING)),
        AttemptRow.commit_at.is_(None),
        AttemptRow.created_at > sa.bindparam("begun", type_=AttemptRow.created_at.type),
    ),
)
