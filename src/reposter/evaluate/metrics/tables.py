"""What was counted, and when. Rows are only ever added."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from reposter.kit.database import Table

COUNT = sa.BigInteger


class MetricSampleRow(Table):
    __tablename__ = "metric_samples"
    __table_args__ = (sa.Index("one_sample", "tiktok_post_id", "age_label", unique=True),)

    id: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    post_id: Mapped[str] = mapped_column(sa.String(50), index=True)
    tiktok_post_id: Mapped[str] = mapped_column(sa.String(30))
    age_label: Mapped[str] = mapped_column(sa.String(10))
    at: Mapped[datetime] = mapped_column(index=True)
    views: Mapped[int] = mapped_column(COUNT)
    likes: Mapped[int] = mapped_column(COUNT)
    comments: Mapped[int] = mapped_column(COUNT)
    shares: Mapped[int] = mapped_column(COUNT)
