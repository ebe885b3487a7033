"""A small table of named JSON values, for what is chosen at run time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, Session, mapped_column

from reposter.kit.clock import utc_now
from reposter.kit.database import Table


class ValueRow(Table):
    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


def read_value(session: Session, name: str) -> dict[str, Any]:
    """The value, empty where nothing was written."""
    row = session.get(ValueRow, name)
    return dict(row.value) if row else {}


def write_value(session: Session, name: str, value: dict[str, Any]) -> None:
    row = session.get(ValueRow, name)
    if row is None:
        session.add(ValueRow(name=name, value=value, updated_at=utc_now()))
    else:
        row.value, row.updated_at = value, utc_now()
