"""The journal's tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from reposter.kit.database import Table

NOT_CLOSED = sa.text("state NOT IN ('ABANDONED', 'FAILED')")


class AttemptRow(Table):
    """`one_live` and compare-and-set guard each other: without both, posts were doubled in simulation."""

    __tablename__ = "attempts"
    __table_args__ = (
        sa.Index("one_live", "post_id", unique=True, sqlite_where=NOT_CLOSED, postgresql_where=NOT_CLOSED),
        sa.Index(
            "one_publication",
            "account",
            "content_sha256",
            unique=True,
            sqlite_where=NOT_CLOSED,
            postgresql_where=NOT_CLOSED,
        ),
        sa.Index("ix_attempts_account_commit_at", "account", "commit_at"),
    )

    post_id: Mapped[str] = mapped_column(sa.String(50), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(sa.String(12), index=True)
    account: Mapped[str] = mapped_column(sa.String(100))
    content_sha256: Mapped[str] = mapped_column(sa.String(64))
    size_bytes: Mapped[int] = mapped_column(sa.BigInteger)
    chunk_bytes: Mapped[int] = mapped_column(sa.BigInteger)
    acked_bytes: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    publish_id: Mapped[str | None] = mapped_column(sa.String(100), unique=True)
    upload_url_sealed: Mapped[str | None] = mapped_column(sa.Text)
    upload_expires_at: Mapped[datetime | None]
    transfer: Mapped[str] = mapped_column(sa.String(5), default="file")
    pull_token_sha256: Mapped[str | None] = mapped_column(sa.String(64), unique=True, index=True)
    pull_fetches: Mapped[int] = mapped_column(default=0)
    revoked_at: Mapped[datetime | None]
    commit_at: Mapped[datetime | None]
    consent_id: Mapped[int | None]  # what the commit rested on
    rights_id: Mapped[int | None]
    handover: Mapped[str | None] = mapped_column(sa.String(12))
    retry_at: Mapped[datetime | None]
    counts: Mapped[bool] = mapped_column(default=True)  # towards the caps on tries of this post
    is_final: Mapped[bool] = mapped_column(default=False)  # the post ended with this attempt
    post_ids: Mapped[list[str]] = mapped_column(default=list)
    verdict: Mapped[dict[str, Any] | None]
    reason: Mapped[str] = mapped_column(sa.Text, default="")


class ApiCallRow(Table):
    """One call to TikTok; `log_id` is TikTok's and its support asks for it."""

    __tablename__ = "api_calls"
    __table_args__ = (sa.Index("ix_api_calls_attempt", "post_id", "n"),)

    id: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    post_id: Mapped[str] = mapped_column(sa.String(50))
    n: Mapped[int]
    op: Mapped[str] = mapped_column(sa.String(20))
    started_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(sa.String(10))
    http: Mapped[int | None]
    code: Mapped[str] = mapped_column(sa.String(80), default="")
    log_id: Mapped[str] = mapped_column(sa.String(100), default="")


class CallPlaceRow(Table):
    """A place that a call to TikTok took in the rolling windows of its account."""

    __tablename__ = "call_places"
    __table_args__ = (sa.Index("ix_call_places_account_at", "account", "at"),)

    id: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    account: Mapped[str] = mapped_column(sa.String(100))
    op: Mapped[str] = mapped_column(sa.String(20))
    at: Mapped[datetime] = mapped_column(index=True)


class LessonRow(Table):
    """A limit that TikTok taught us by refusing: nothing of `op` before `blocked_until`, `learned_max` posts a day.

    `account` is empty where the whole app is meant.
    """

    __tablename__ = "lessons"

    account: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    op: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    blocked_until: Mapped[datetime | None]
    learned_max: Mapped[int | None]
    refusals: Mapped[int] = mapped_column(default=0)
    learned_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(sa.Text, default="")


class ConsentRow(Table):
    """Somebody's word that exactly this file and caption may be posted to exactly this account in exactly this way."""

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[str] = mapped_column(sa.String(50), index=True)
    account: Mapped[str] = mapped_column(sa.String(100))
    content_sha256: Mapped[str] = mapped_column(sa.String(64))
    caption_sha256: Mapped[str] = mapped_column(sa.String(64))
    route: Mapped[str] = mapped_column(sa.String(10))
    choices: Mapped[dict[str, Any]]
    given_by: Mapped[str] = mapped_column(sa.String(100))
    is_standing: Mapped[bool] = mapped_column(default=False)  # by the account's standing choices, not for this post
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
