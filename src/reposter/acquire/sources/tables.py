"""The `sources` table: the columns of the specification and what the timetable needs beside them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from reposter.kit.database import Table


class SourceRow(Table):
    __tablename__ = "sources"
    __table_args__ = (
        sa.UniqueConstraint("source_type", "source_value", name="uq_sources_type_value"),
        sa.Index("ix_sources_due", "status", "next_scan_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source_type: Mapped[str] = mapped_column(sa.String(20))
    source_value: Mapped[str] = mapped_column(sa.String(100))
    configuration: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(sa.String(20))  # active | paused
    last_scraped: Mapped[datetime | None]
    created_at: Mapped[datetime]

    source_id: Mapped[str] = mapped_column(sa.String(50), unique=True)
    next_scan_at: Mapped[datetime | None]
    last_error: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    failures_in_row: Mapped[int] = mapped_column(default=0)
    last_listed: Mapped[int | None]
    last_new: Mapped[int | None]
