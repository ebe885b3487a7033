"""The `scheduled_posts` table: the columns of the specification and of its queue structure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from reposter.kit.database import Table


class PostState(StrEnum):
    """Kept in `scheduled_posts.status`; the first four are the specification's."""

    QUEUED = "queued"
    PROCESSING = "processing"
    POSTED = "posted"
    FAILED = "failed"
    HELD = "held"  # something must be answered first; `error_message` says what
    REVIEW = "review"  # a person must look: the outcome is in doubt
    CANCELLED = "cancelled"
    SKIPPED = "skipped"  # its minute passed while a limit was in force
    EXPORTED = "exported"  # handed to a person as a package


class Priority(StrEnum):
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


TAKES_A_SLOT = (PostState.QUEUED, PostState.PROCESSING, PostState.POSTED, PostState.REVIEW)


class ScheduledPostRow(Table):
    __tablename__ = "scheduled_posts"
    __table_args__ = (
        sa.UniqueConstraint("video_id", "tiktok_account", name="uq_scheduled_posts_video_account"),
        sa.Index("ix_scheduled_posts_due", "status", "scheduled_time"),
        sa.Index("ix_scheduled_posts_account_time", "tiktok_account", "scheduled_time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    video_id: Mapped[str] = mapped_column(sa.String(50))
    tiktok_account: Mapped[str] = mapped_column(sa.String(100))
    scheduled_time: Mapped[datetime]
    status: Mapped[str] = mapped_column(sa.String(20))
    post_id: Mapped[str | None] = mapped_column(sa.String(100))
    created_at: Mapped[datetime]

    updated_at: Mapped[datetime]
    source_id: Mapped[str | None] = mapped_column(sa.String(50), index=True)
    priority: Mapped[str] = mapped_column(sa.String(10), default=Priority.NORMAL)
    attempts: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=3)
    last_attempt: Mapped[datetime | None]
    error_message: Mapped[str | None] = mapped_column(sa.Text)
    error_code: Mapped[str | None] = mapped_column(sa.String(60))
    remedy: Mapped[str | None] = mapped_column(sa.Text)  # what a person can do about `error_message`
    not_before: Mapped[datetime | None]  # a limit lets nothing out earlier; its turn is still by `scheduled_time`
    is_pinned: Mapped[bool] = mapped_column(default=False)  # a person chose this very minute
    skips: Mapped[int] = mapped_column(default=0)  # slots given up to limits
    alternatives: Mapped[list[str]] = mapped_column(default=list)  # accounts it may go to instead, best first
    transferred_from: Mapped[str | None] = mapped_column(sa.String(100))
    caption: Mapped[str] = mapped_column(sa.Text, default="")
    hashtags: Mapped[list[str]] = mapped_column(default=list)
    post_url: Mapped[str | None] = mapped_column(sa.Text)
    published_at: Mapped[datetime | None] = mapped_column(index=True)
    planned_because: Mapped[str] = mapped_column(sa.Text, default="")
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
