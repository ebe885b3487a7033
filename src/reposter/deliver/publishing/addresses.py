"""The address from which TikTok fetches one attempt's file: a secret token that can be made dead for ever.

It serves only while its attempt is COMMITTING and not revoked, and every fetch is counted before the first byte, in one
conditional update. So after a revocation the count is final, and a count of 0 proves that nobody has the bytes.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.publishing.attempt import Attempt, AttemptState
from reposter.deliver.publishing.moves import changed, to_attempt
from reposter.deliver.publishing.tables import AttemptRow

TOKEN_BYTES = 32
SERVED_FOR = timedelta(hours=2)  # TikTok's own limit on a download is one hour


def new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_of(token: str) -> str:
    """What is kept of a token: whoever reads the database cannot fetch with it."""
    return hashlib.sha256(token.encode()).hexdigest()


def offered(session: Session, token: str, now: datetime) -> Attempt | None:
    """The attempt whose file the address gives out now; None where it gives out nothing, for whatever reason."""
    row = session.scalar(sa.select(AttemptRow).where(*_serves(token, now)))
    return None if row is None else to_attempt(row)


def count_fetch(session: Session, token: str, now: datetime) -> bool:
    """Take note of a fetch; without it no byte may be sent. Commit before the first one."""
    update = sa.update(AttemptRow).where(*_serves(token, now)).values(pull_fetches=AttemptRow.pull_fetches + 1)
    return changed(session, update.execution_options(synchronize_session=False))


def _serves(token: str, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        AttemptRow.pull_token_sha256 == hash_of(token),
        AttemptRow.state == AttemptState.COMMITTING,
        AttemptRow.revoked_at.is_(None),
        AttemptRow.commit_at > now - SERVED_FOR,
    )
