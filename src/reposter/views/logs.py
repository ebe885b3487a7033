"""The log of the line: events as people read them, newest first."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.kit.eventlog import Event, EventRow, to_event


def list_events(
    session: Session,
    *,
    levels: Sequence[str] = (),
    event_type: str | None = None,
    video_id: str | None = None,
    before_seq: int | None = None,
    limit: int = 100,
) -> list[Event]:
    query = sa.select(EventRow).order_by(EventRow.seq.desc())
    if levels:
        query = query.where(EventRow.level.in_(levels))
    if event_type:
        query = query.where(EventRow.type == event_type)
    if video_id:
        query = query.where(EventRow.video_id == video_id)
    if before_seq is not None:
        query = query.where(EventRow.seq < before_seq)
    return [to_event(row) for row in session.scalars(query.limit(limit))]
