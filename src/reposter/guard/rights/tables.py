"""The `rights` table: one row per answer, the newest valid one counts; nothing is overwritten."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from reposter.kit.database import Table


class RightsRow(Table):
    __tablename__ = "rights"

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(sa.String(50), index=True)
    basis: Mapped[str] = mapped_column(sa.String(20))
    evidence: Mapped[str] = mapped_column(sa.Text, default="")
    asserted_by: Mapped[str] = mapped_column(sa.String(100), default="owner")
    asserted_at: Mapped[datetime]
    valid_to: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
