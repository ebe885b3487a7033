"""The `videos` table: the columns of the specification and what the line needs beside them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from reposter.kit.database import Table


class VideoRow(Table):
    __tablename__ = "videos"
    __table_args__ = (
        sa.Index("ix_videos_newest", "created_at", "id"),
        sa.Index("ix_videos_state_newest", "processing_status", "created_at", "id"),
        sa.Index("ix_videos_state_oldest", "processing_status", "updated_at"),
        sa.Index("ix_videos_source_newest", "source_id", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    video_id: Mapped[str] = mapped_column(sa.String(50), unique=True)
    source_id: Mapped[str | None] = mapped_column(sa.String(50))
    original_url: Mapped[str] = mapped_column(sa.Text)
    local_path: Mapped[str | None] = mapped_column(sa.Text)  # the rendition, relative to storage/
    azure_path: Mapped[str | None] = mapped_column(sa.Text)
    title: Mapped[str] = mapped_column(sa.Text, default="")
    description: Mapped[str] = mapped_column(sa.Text, default="")
    author: Mapped[str] = mapped_column(sa.String(100), default="")
    hashtags: Mapped[list[str]] = mapped_column(default=list)
    stats: Mapped[dict[str, Any]] = mapped_column(default=dict)
    processing_status: Mapped[str] = mapped_column(sa.String(20))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    author_id: Mapped[str | None] = mapped_column(sa.String(64))
    duration_seconds: Mapped[float | None]
    quality: Mapped[str | None] = mapped_column(sa.String(10))
    uploaded_at: Mapped[datetime | None]
    scraped_at: Mapped[datetime | None]
    verdict: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)  # why it was taken or skipped
    original_path: Mapped[str | None] = mapped_column(sa.Text)
    original_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    download: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)  # service, format, attempts
    rendition_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    rendition_bytes: Mapped[int | None] = mapped_column(sa.BigInteger)
    rendition_seconds: Mapped[float | None]
    report: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)  # what was done to the picture and why
    thumbnails: Mapped[list[str]] = mapped_column(default=list)
    watermark_outcome: Mapped[str | None] = mapped_column(sa.String(20))  # of the step, as in the report
    watermark_wishes: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)  # regions that a person drew
    watermark_choice: Mapped[str | None] = mapped_column(sa.String(10))  # whose file `local_path` is, once chosen
    alternative_path: Mapped[str | None] = mapped_column(sa.Text)  # of two versions the one that does not go out
    alternative_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    alternative_bytes: Mapped[int | None] = mapped_column(sa.BigInteger)
    caption: Mapped[str | None] = mapped_column(sa.Text)
    error: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
