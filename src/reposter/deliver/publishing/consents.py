"""Somebody's word for exactly one file, caption, account, route and set of choices; at most one is in force per post.

Whoever calls here holds the post's key (`serialise`), so that nobody gives or takes back beside them.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.publishing.attempt import CLOSED
from reposter.deliver.publishing.tables import AttemptRow, ConsentRow
from reposter.kit.errors import AppError, Verdict
from reposter.vendors.tiktok.posting import PostingChoices, Route


class ConsentChanged(AppError):
    """The upload was opened on a consent that is not in force any more; it is given up and begun anew."""

    code = "consent_changed"
    verdict = Verdict.RETRY_LATER


@dataclass(frozen=True)
class Terms:
    """What a consent is for; `caption` is as it will be sent."""

    post_id: str
    account: str
    content_sha256: str
    caption: str
    route: Route

    @property
    def caption_sha256(self) -> str:
        return hash_caption(self.caption)


@dataclass(frozen=True)
class Consent:
    id: int
    account: str
    route: Route
    choices: PostingChoices
    given_by: str
    given_at: datetime
    is_standing: bool


def hash_caption(caption: str) -> str:
    """SHA-256 of the caption in NFC and UTF-8, so that two spellings of one letter are one caption."""
    return hashlib.sha256(unicodedata.normalize("NFC", caption).encode("utf-8", "surrogatepass")).hexdigest()


def give_consent(
    session: Session, terms: Terms, choices: PostingChoices, *, by: str, now: datetime, is_standing: bool = False
) -> Consent:
    """Write a consent down; it takes the place of any other of the post. Given again unchanged, the same one stands."""
    current = consent_for(session, terms)
    if current is not None and (current.choices, current.is_standing) == (choices, is_standing):
        return current
    withdraw(session, terms.post_id, now=now)
    row = ConsentRow(
        post_id=terms.post_id,
        account=terms.account,
        content_sha256=terms.content_sha256,
        caption_sha256=terms.caption_sha256,
        route=terms.route,
        choices=choices.to_json(),
        given_by=by,
        is_standing=is_standing,
        given_at=now,
    )
    session.add(row)
    session.flush()
    return _to_consent(row)


def consent_for(session: Session, terms: Terms) -> Consent | None:
    """The newest consent in force that fits exactly."""
    row = session.scalar(
        sa.select(ConsentRow)
        .where(
            ConsentRow.post_id == terms.post_id,
            ConsentRow.account == terms.account,
            ConsentRow.content_sha256 == terms.content_sha256,
            ConsentRow.caption_sha256 == terms.caption_sha256,
            ConsentRow.route == terms.route,
            ConsentRow.withdrawn_at.is_(None),
        )
        .order_by(ConsentRow.id.desc())
        .limit(1)
    )
    return None if row is None else _to_consent(row)


def withdraw(session: Session, post_id: str, *, now: datetime) -> None:
    """Take back every consent of a post."""
    session.execute(
        sa.update(ConsentRow)
        .where(ConsentRow.post_id == post_id, ConsentRow.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )


def consent_carried(session: Session, post_id: str) -> Consent | None:
    """The consent that the post's living attempt was opened on, whether or not it is still in force."""
    row = session.scalar(
        sa.select(ConsentRow)
        .join(AttemptRow, AttemptRow.consent_id == ConsentRow.id)
        .where(AttemptRow.post_id == post_id, AttemptRow.state.not_in(CLOSED))
        .order_by(AttemptRow.n.desc())
        .limit(1)
    )
    return None if row is None else _to_consent(row)


def _to_consent(row: ConsentRow) -> Consent:
    return Consent(
        id=row.id,
        account=row.account,
        route=Route(row.route),
        choices=PostingChoices.from_json(row.choices),
        given_by=row.given_by,
        given_at=row.given_at,
        is_standing=row.is_standing,
    )
