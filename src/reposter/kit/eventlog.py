"""The event log: every fact worth telling is a row first, so that a lost connection or process loses none of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from reposter.kit.clock import utc_now
from reposter.kit.database import Table

READ_LIMIT = 500


class EventRow(Table):
    __tablename__ = "events"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  # a number is never given twice

    seq: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    type: Mapped[str] = mapped_column(sa.String(60), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    level: Mapped[str] = mapped_column(sa.String(10), default="info")
    video_id: Mapped[str | None] = mapped_column(sa.String(50), index=True)
    payload: Mapped[dict[str, Any]]


@dataclass(frozen=True)
class Event:
    """`payload` is the typed event of `vocabulary.events` as JSON."""

    seq: int
    type: str
    at: datetime
    level: str
    video_id: str | None
    payload: dict[str, Any]


def record(
    session: Session,
    event_type: str,
    payload: dict[str, Any],
    *,
    level: str = "info",
    video_id: str | None = None,
) -> None:
    """Write an event in the caller's transaction: it is told exactly if the change it speaks of is kept."""
    session.add(EventRow(type=event_type, at=utc_now(), level=level, video_id=video_id, payload=payload))


def read_after(session: Session, seq: int, limit: int = READ_LIMIT) -> Sequence[Event]:
    """Events after `seq`, oldest first, at most `limit`."""
    rows = session.scalars(sa.select(EventRow).where(EventRow.seq > seq).order_by(EventRow.seq).limit(limit))
    return [to_event(row) for row in rows]


def forget_older(session: Session, than: datetime, *, level: str) -> None:
    """Drop events of a level from before a time; numbers are never given again."""
    session.execute(sa.delete(EventRow).where(EventRow.at < than, EventRow.level == level))


def last_seq(session: Session) -> int:
    return session.scalar(sa.select(sa.func.max(EventRow.seq))) or 0


def to_event(row: EventRow) -> Event:
    return Event(row.seq, row.type, row.at, row.level, row.video_id, row.payload)
