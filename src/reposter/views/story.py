"""The whole story of one post: its tries, what became of its row, every call to TikTok, and who agreed to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.publishing.tables import ApiCallRow, AttemptRow, ConsentRow
from reposter.deliver.scheduling.tables import ScheduledPostRow
from reposter.kit.eventlog import EventRow
from reposter.views.posts import find_view
from reposter.views.review import Waiting, newest_attempts, to_waiting
from reposter.views.watermark import watermarks_of
from reposter.vocabulary.events import QueueUpdated

MOVES_MAX = 200
CALLS_PER_PAGE = 100


@dataclass(frozen=True)
class AttemptStory:
    """One try. From `sent_at` on the post may be live; `settled_by` says whose word ended it."""

    n: int
    state: str
    handover: str | None
    account: str
    transfer: str
    begun_at: datetime
    sent_at: datetime | None
    changed_at: datetime
    retry_at: datetime | None
    publish_id: str | None
    post_ids: list[str]
    settled_by: str
    reason: str
    consent_id: int | None
    rights_id: int | None


@dataclass(frozen=True)
class CallStory:
    """One call to TikTok; `log_id` is what its support asks for."""

    id: int
    attempt: int
    op: str
    at: datetime
    seconds: float
    outcome: str
    http: int | None
    code: str
    log_id: str


@dataclass(frozen=True)
class MoveStory:
    """The post's row changed its state."""

    at: datetime
    status: str
    reason: str


@dataclass(frozen=True)
class ConsentStory:
    id: int
    given_by: str
    given_at: datetime
    withdrawn_at: datetime | None
    is_standing: bool
    account: str
    route: str
    choices: dict[str, Any]


@dataclass(frozen=True)
class PostStory:
    """Each list oldest first; `calls` is the first page of them."""

    waiting: Waiting
    attempts: list[AttemptStory]
    moves: list[MoveStory]
    consents: list[ConsentStory]
    calls: list[CallStory]


def story_of(session: Session, post_id: int) -> PostStory | None:
    """None where there is no such post."""
    view = find_view(session, post_id)
    if view is None:
        return None
    key = str(post_id)
    attempts = session.scalars(sa.select(AttemptRow).where(AttemptRow.post_id == key).order_by(AttemptRow.n))
    consents = session.scalars(sa.select(ConsentRow).where(ConsentRow.post_id == key).order_by(ConsentRow.id))
    return PostStory(
        waiting=to_waiting(
            view,
            newest_attempts(session, [key]).get(key),
            watermarks_of(session, [view.post.video_id]).get(view.post.video_id),
        ),
        attempts=[_attempt(row) for row in attempts],
        moves=_moves(session, view.post),
        consents=[_consent(row) for row in consents],
        calls=calls_of(session, post_id),
    )


def calls_of(session: Session, post_id: int, *, after: int = 0, limit: int = CALLS_PER_PAGE) -> list[CallStory]:
    """Oldest first, those after the call of id `after`."""
    call = ApiCallRow
    rows = session.scalars(
        sa.select(call).where(call.post_id == str(post_id), call.id > after).order_by(call.id).limit(limit)
    )
    return [
        CallStory(
            id=row.id,
            attempt=row.n,
            op=row.op,
            at=row.started_at,
            seconds=(row.ended_at - row.started_at).total_seconds(),
            outcome=row.outcome,
            http=row.http,
            code=row.code,
            log_id=row.log_id,
        )
        for row in rows
    ]


def _moves(session: Session, post: ScheduledPostRow) -> list[MoveStory]:
    """The last 200, from the event log; what is older than its retention is gone."""
    event = EventRow
    rows = session.scalars(
        sa.select(event)
        .where(
            event.type == QueueUpdated.TYPE,
            event.video_id == post.video_id,
            event.payload["scheduledPostId"].as_integer() == post.id,
        )
        .order_by(event.seq.desc())
        .limit(MOVES_MAX)
    ).all()
    return [
        MoveStory(row.at, str(row.payload.get("status", "")), str(row.payload.get("reason", "")))
        for row in reversed(rows)
    ]


def _attempt(row: AttemptRow) -> AttemptStory:
    return AttemptStory(
        n=row.n,
        state=row.state,
        handover=row.handover,
        account=row.account,
        transfer=row.transfer,
        begun_at=row.created_at,
        sent_at=row.commit_at,
        changed_at=row.updated_at,
        retry_at=row.retry_at,
        publish_id=row.publish_id,
        post_ids=list(row.post_ids),
        settled_by=str((row.verdict or {}).get("by", "")),
        reason=row.reason,
        consent_id=row.consent_id,
        rights_id=row.rights_id,
    )


def _consent(row: ConsentRow) -> ConsentStory:
    return ConsentStory(
        id=row.id,
        given_by=row.given_by,
        given_at=row.given_at,
        withdrawn_at=row.withdrawn_at,
        is_standing=row.is_standing,
        account=row.account,
        route=row.route,
        choices=row.choices,
    )
