"""The accounts' tables. Secrets are sealed; their place names the account, so that they open nowhere else."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from reposter.kit.database import Table


class AccountRow(Table):
    """`refresh_*` columns are the journal of a token's renewal: who holds it, with which token, and TikTok's answer
    before it was read.

    `paused_reason` is set as long as the account is paused, whether it is connected or not. `status` says what a person
    must do first, and `pause_reason` why it stands still or what it lacks.
    """

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(sa.String(50), primary_key=True)
    handle: Mapped[str] = mapped_column(sa.String(100), unique=True)
    open_id: Mapped[str] = mapped_column(sa.String(100), unique=True)
    display_name: Mapped[str] = mapped_column(sa.String(200), default="")
    client_key: Mapped[str] = mapped_column(sa.String(100), default="")  # the app that `open_id` belongs to
    access_token_sealed: Mapped[str] = mapped_column(sa.Text)
    refresh_token_sealed: Mapped[str] = mapped_column(sa.Text)
    granted_at: Mapped[datetime]
    access_expires_at: Mapped[datetime]
    refresh_expires_at: Mapped[datetime | None]
    scopes: Mapped[list[str]]
    status: Mapped[str] = mapped_column(sa.String(20))
    route: Mapped[str] = mapped_column(sa.String(10))
    choices: Mapped[dict[str, Any]]
    asks_first: Mapped[bool] = mapped_column(default=False)  # a person approves each post; else `choices` stand for all
    choices_by: Mapped[str] = mapped_column(sa.String(100), default="")
    choices_at: Mapped[datetime | None]
    pause_reason: Mapped[str] = mapped_column(sa.Text, default="")
    paused_reason: Mapped[str | None] = mapped_column(sa.Text)
    refresh_intent_hash: Mapped[str | None] = mapped_column(sa.String(64))
    refresh_holder: Mapped[str | None] = mapped_column(sa.String(40))
    refresh_held_until: Mapped[datetime | None]
    refresh_answer_sealed: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ConnectionRow(Table):
    """A sign-in under way: `state` comes back once, within minutes, and is then gone."""

    __tablename__ = "connections"

    state: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    verifier_sealed: Mapped[str] = mapped_column(sa.Text)
    expires_at: Mapped[datetime]


class WebhookRow(Table):
    """A message of TikTok's that was heeded; one that comes again is not. `key` names event, account and publish id."""

    __tablename__ = "webhooks"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    event: Mapped[str] = mapped_column(sa.String(80))
    received_at: Mapped[datetime] = mapped_column(index=True)
