"""TikTok's messages that were heeded: each once, and only as a reason to look for ourselves."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.accounts.tables import AccountRow, WebhookRow
from reposter.kit.database import serialise
from reposter.vendors.tiktok.webhooks import WebhookMessage

EVENT_CHARACTERS_MAX = 80
KEPT = timedelta(days=5)
"""TikTok repeats an unanswered message for three days."""


def note_webhook(session: Session, message: WebhookMessage, now: datetime) -> bool:
    """Whether the message is new. One that comes again, from TikTok or from somebody who kept it, is not."""
    told = (message.event, message.open_id, message.publish_id, message.post_id, message.create_time)
    key = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    serialise(session, f"webhook:{key}")
    if session.get(WebhookRow, key) is not None:
        return False
    session.add(WebhookRow(key=key, event=message.event[:EVENT_CHARACTERS_MAX], received_at=now))
    return True


def forget_webhooks(session: Session, *, now: datetime) -> None:
    session.execute(sa.delete(WebhookRow).where(WebhookRow.received_at < now - KEPT))


def handle_of(session: Session, open_id: str) -> str | None:
    """The account that a message speaks of."""
    return session.scalars(sa.select(AccountRow.handle).where(AccountRow.open_id == open_id)).one_or_none()
