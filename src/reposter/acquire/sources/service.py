"""Add, list, pause and time sources. The only code that writes the `sources` table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.acquire.sources.errors import SourceExists, SourceUnknown
from reposter.acquire.sources.rules import SourceName
from reposter.acquire.sources.tables import SourceRow
from reposter.acquire.sources.timing import SHORTEST_WAIT, next_fires, next_scan
from reposter.kit.ids import new_id

ACTIVE, PAUSED = "active", "paused"


@dataclass(frozen=True)
class SourceConfig:
    """How a source is watched. `filters` is the specification's JSON, checked by the caller."""

    frequency: str = "daily"
    cron_expression: str | None = None
    timezone: str = "UTC"
    active: bool = True
    filters: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The specification's spelling, as kept in `sources.configuration`."""
        return {
            "frequency": self.frequency,
            "cronExpression": self.cron_expression,
            "timezone": self.timezone,
            "active": self.active,
            "filters": self.filters,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> SourceConfig:
        return cls(
            data["frequency"], data.get("cronExpression"), data["timezone"], data["active"], data.get("filters", {})
        )


def add_source(
    session: Session, name: SourceName, config: SourceConfig, *, now: datetime, shortest_wait: timedelta = SHORTEST_WAIT
) -> SourceRow:
    """Begin to watch a source; its first scan is due at once.

    Raises:
        SourceExists: it is watched already.
        InvalidCron, NeverFires, TooFrequent: the rhythm cannot be kept.
    """
    next_scan(config.frequency, config.cron_expression, config.timezone, now, minimum=shortest_wait)
    known = session.scalar(
        sa.select(SourceRow).where(SourceRow.source_type == name.kind, SourceRow.source_value == name.value)
    )
    if known is not None:
        raise SourceExists(
            f"{name.value} is watched already.",
            hint=f"See it with `reposter source list`; its id is {known.source_id}.",
            source_id=known.source_id,
        )
    row = SourceRow(
        source_id=new_id("src"),
        source_type=name.kind,
        source_value=name.value,
        configuration=config.to_json(),
        status=ACTIVE if config.active else PAUSED,
        created_at=now,
        next_scan_at=now,
    )
    session.add(row)
    session.flush()
    return row


def get_source(session: Session, reference: str) -> SourceRow:
    """A source by its id or by the name it is watched under.

    Raises:
        SourceUnknown: there is none.
    """
    row = session.scalar(
        sa.select(SourceRow)
        .where(
            sa.or_(
                SourceRow.source_id == reference,
                SourceRow.source_value == reference,
                SourceRow.source_value == reference.lower(),  # names are kept in lower case
            )
        )
        .limit(1)
    )
    if row is None:
        raise SourceUnknown(
            f"There is no source {reference!r}.", hint="`reposter source list` shows the sources and their ids."
        )
    return row


def list_sources(session: Session) -> Sequence[SourceRow]:
    return session.scalars(sa.select(SourceRow).order_by(SourceRow.id)).all()


def activate_source(session: Session, reference: str, *, is_active: bool, now: datetime) -> SourceRow:
    """Pause a source, or have it scanned again, at once and then in its rhythm."""
    row = get_source(session, reference)
    row.status = ACTIVE if is_active else PAUSED
    row.configuration = {**row.configuration, "active": is_active}
    if is_active:
        row.next_scan_at = now
    return row


def reconfigure_source(
    session: Session, reference: str, config: SourceConfig, *, now: datetime, shortest_wait: timedelta = SHORTEST_WAIT
) -> SourceRow:
    """Watch a source in another way. A new rhythm begins now; a source that was paused is scanned at once.

    Raises:
        SourceUnknown, InvalidCron, NeverFires, TooFrequent: and nothing is changed.
    """
    row = get_source(session, reference)
    before = SourceConfig.from_json(row.configuration)
    following = next_scan(config.frequency, config.cron_expression, config.timezone, now, minimum=shortest_wait)
    if config.active and not before.active:
        row.next_scan_at = now
    elif _rhythm(config) != _rhythm(before):
        row.next_scan_at = following
    row.configuration = config.to_json()
    row.status = ACTIVE if config.active else PAUSED
    return row


def _rhythm(config: SourceConfig) -> tuple[str, str | None, str]:
    return config.frequency, config.cron_expression, config.timezone


def coming_scans(row: SourceRow, *, count: int = 5) -> list[datetime]:
    """When a source is scanned next, the moment that is due first; nothing while it is paused."""
    if row.status != ACTIVE or row.next_scan_at is None:
        return []
    config = SourceConfig.from_json(row.configuration)
    rhythm = (config.frequency, config.cron_expression, config.timezone)
    return [row.next_scan_at, *next_fires(count - 1, *rhythm, row.next_scan_at, minimum=timedelta(0))]


def claim_due_sources(session: Session, *, now: datetime, limit: int) -> list[SourceRow]:
    """Take the sources whose scan is due, each by exactly one caller, and set their next time."""
    due = session.scalars(
        sa.select(SourceRow)
        .where(SourceRow.status == ACTIVE, SourceRow.next_scan_at <= now)
        .order_by(SourceRow.next_scan_at)
        .limit(limit)
    ).all()
    return [row for row in due if _claim(session, row, now)]


def record_scan(session: Session, source_id: str, *, listed: int, new: int, now: datetime) -> None:
    row = get_source(session, source_id)
    row.last_scraped, row.last_listed, row.last_new = now, listed, new
    row.last_error, row.failures_in_row = None, 0


def record_failure(session: Session, source_id: str, error: dict[str, Any]) -> None:
    row = get_source(session, source_id)
    row.last_error = error
    row.failures_in_row += 1


def _claim(session: Session, row: SourceRow, now: datetime) -> bool:
    config = row.configuration
    following = next_scan(
        config["frequency"], config.get("cronExpression"), config["timezone"], now, minimum=timedelta(0)
    )
    changed = session.execute(
        sa.update(SourceRow)
        .where(SourceRow.id == row.id, SourceRow.next_scan_at == row.next_scan_at)
        .values(next_scan_at=following)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount == 1)  # type: ignore[attr-defined]  # an update answers with a CursorResult
