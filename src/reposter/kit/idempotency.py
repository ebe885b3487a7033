"""Answers kept by Idempotency-Key: the same key with the same request gets the same answer, once and for all."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from reposter.kit.clock import utc_now
from reposter.kit.database import Table
from reposter.kit.errors import Conflict, InvalidInput

KEY_CHARACTERS_MAX = 200
ANSWER_TIME_MAX = timedelta(seconds=60)


class KeyReused(InvalidInput):
    code = "idempotency_key_reused"


class KeyInUse(Conflict):
    code = "idempotency_key_in_use"


class AnswerRow(Table):
    __tablename__ = "idempotent_answers"

    key: Mapped[str] = mapped_column(sa.String(KEY_CHARACTERS_MAX), primary_key=True)
    request_sha256: Mapped[str] = mapped_column(sa.String(64))
    status: Mapped[int | None]
    body: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    created_at: Mapped[datetime] = mapped_column(index=True)


def begin(session: Session, key: str, request: bytes) -> tuple[int, dict[str, Any]] | None:
    """The answer kept for `key`; None the first time, when the key is taken for this request.

    Raises:
        KeyReused: the key came with another request before.
        KeyInUse: that request is still being answered.
    """
    if not 0 < len(key) <= KEY_CHARACTERS_MAX:
        raise InvalidInput(f"An Idempotency-Key has 1 to {KEY_CHARACTERS_MAX} characters.", hint="Send a UUID.")
    digest = hashlib.sha256(request).hexdigest()
    row = session.get(AnswerRow, key)
    if row is None:
        session.add(AnswerRow(key=key, request_sha256=digest, created_at=utc_now()))
        try:
            session.flush()
        except sa.exc.IntegrityError as error:  # the same key came in at the same moment
            raise _in_use() from error
        return None
    if row.request_sha256 != digest:
        raise KeyReused("This Idempotency-Key was used for another request.", hint="Use a new key for a new request.")
    if row.status is None or row.body is None:
        if row.created_at > utc_now() - ANSWER_TIME_MAX:
            raise _in_use()
        row.created_at = utc_now()  # whoever took it died before the answer
        return None
    return row.status, row.body


def finish(session: Session, key: str, status: int, body: dict[str, Any]) -> None:
    session.execute(sa.update(AnswerRow).where(AnswerRow.key == key).values(status=status, body=body))


def forget_older(session: Session, than: datetime) -> None:
    session.execute(sa.delete(AnswerRow).where(AnswerRow.created_at < than))


def forget(session: Session, key: str) -> None:
    """The request was not carried out: the key may be used again."""
    session.execute(sa.delete(AnswerRow).where(AnswerRow.key == key, AnswerRow.status.is_(None)))


def _in_use() -> KeyInUse:
    return KeyInUse("The same request is being answered right now.", hint="Ask again in a moment.")
