"""What must be true of the journal at every moment. A violation stops publishing: better silent than wrong.

I1 a post has at most one live attempt. I2 a later attempt needs proof that the earlier ones cannot post. I3 a
published post rests on one verdict, and an id on TikTok belongs to one post. I4 no byte was sent before the publish
id was written, no last chunk before the commit, and no file was fetched without one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from reposter.deliver.publishing.attempt import CLOSED, AttemptState, Transfer
from reposter.deliver.publishing.tables import ApiCallRow, AttemptRow

VERDICTS_BY = frozenset({"tiktok", "list", "person"})
LAST_CHUNK_OPS = ("put_last", "put_again")

Among = sa.ColumnElement[bool]


@dataclass(frozen=True)
class Violation:
    """One broken promise: which rule, of whose post, and what is wrong, in one sentence."""

    rule: str
    account: str
    post_id: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.sentence}"


def violations(session: Session) -> list[str]:
    """One sentence for each broken promise; empty when all is well."""
    return [str(found) for found in broken_promises(session)]


def broken_promises(session: Session, *, since: datetime | None = None) -> list[Violation]:
    """What breaks I1–I4; with `since` only among posts whose attempts changed after it, to be cheap each minute."""
    among: Among = sa.true()
    if since is not None:
        changed = sa.select(AttemptRow.post_id).where(AttemptRow.updated_at >= since)
        among = AttemptRow.post_id.in_(changed)
    rules: tuple[Callable[[Session, Among], list[Violation]], ...] = (
        _live_twice,
        _followed_without_proof,
        _unproven,
        _sent_early,
    )
    return [found for rule in rules for found in rule(session, among)]


def _live_twice(session: Session, among: Among) -> list[Violation]:
    rows = session.execute(
        sa.select(AttemptRow.post_id, sa.func.max(AttemptRow.account), sa.func.count())
        .where(AttemptRow.state.not_in(CLOSED), among)
        .group_by(AttemptRow.post_id)
        .having(sa.func.count() > 1)
    )
    return [
        Violation("I1", account, post_id, f"post {post_id} has {count} live attempts")
        for post_id, account, count in rows
    ]


def _followed_without_proof(session: Session, among: Among) -> list[Violation]:
    later = aliased(AttemptRow)
    pairs = session.execute(
        sa.select(AttemptRow, later)
        .join(later, sa.and_(later.post_id == AttemptRow.post_id, later.n > AttemptRow.n))
        .where(
            among,
            sa.or_(later.commit_at.is_not(None), later.state.not_in(CLOSED)),
            sa.or_(AttemptRow.state.not_in(CLOSED), AttemptRow.commit_at.is_not(None)),
        )
    )
    rows = dict.fromkeys(row for row, following in pairs if not _may_precede(row, following))
    return [
        Violation(
            "I2", row.account, row.post_id, f"attempt {row.post_id}/{row.n} ({row.state}) was followed without proof"
        )
        for row in rows
    ]


def _may_precede(row: AttemptRow, following: AttemptRow) -> bool:
    """It cannot post, or is live as TikTok told late, after a person's "not live", and what followed cannot."""
    return _cannot_post(row) or (row.state == AttemptState.PUBLISHED and _cannot_post(following))


def _cannot_post(row: AttemptRow) -> bool:
    """Failed by a verdict; or refused at the door; or its address was closed unread, or expired with bytes lacking."""
    verdict = row.verdict or {}
    is_pull = row.transfer == Transfer.PULL
    if is_pull and row.state in CLOSED and verdict.get("init") == "rejected":
        return True
    if row.state == AttemptState.FAILED:
        return verdict.get("by") in VERDICTS_BY
    if row.state != AttemptState.ABANDONED:
        return False
    if is_pull:
        return row.revoked_at is not None and row.pull_fetches == 0
    uploaded_bytes = verdict.get("uploaded_bytes")
    return (
        row.upload_expires_at is not None
        and row.updated_at > row.upload_expires_at
        and uploaded_bytes is not None
        and uploaded_bytes < row.size_bytes
    )


def _unproven(session: Session, among: Among) -> list[Violation]:
    published = session.scalars(sa.select(AttemptRow).where(AttemptRow.state == AttemptState.PUBLISHED, among)).all()
    bare = [
        Violation("I3", row.account, row.post_id, f"post {row.post_id} is published without a verdict")
        for row in published
        if (row.verdict or {}).get("by") not in VERDICTS_BY or row.commit_at is None
    ]
    return bare + _shared_ids(published)


def _shared_ids(published: Sequence[AttemptRow]) -> list[Violation]:
    found: list[Violation] = []
    owners: dict[str, str] = {}
    for row in published:
        for public_id in row.post_ids:
            owner = owners.setdefault(public_id, row.post_id)
            if owner != row.post_id:
                sentence = f"{public_id} on TikTok belongs to posts {owner} and {row.post_id}"
                found.append(Violation("I3", row.account, row.post_id, sentence))
    return found


def _sent_early(session: Session, among: Among) -> list[Violation]:
    rows = session.execute(
        sa.select(ApiCallRow.post_id, ApiCallRow.n, ApiCallRow.op, AttemptRow.account)
        .join(AttemptRow, sa.and_(AttemptRow.post_id == ApiCallRow.post_id, AttemptRow.n == ApiCallRow.n))
        .where(
            among,
            ApiCallRow.op.startswith("put"),
            sa.or_(
                AttemptRow.publish_id.is_(None),
                sa.and_(
                    ApiCallRow.op.in_(LAST_CHUNK_OPS),
                    sa.or_(AttemptRow.commit_at.is_(None), ApiCallRow.started_at < AttemptRow.commit_at),
                ),
            ),
        )
    )
    sent = [
        Violation("I4", account, post_id, f"{op} of {post_id}/{n} was sent before it was written down")
        for post_id, n, op, account in rows
    ]
    fetched = session.scalars(
        sa.select(AttemptRow).where(among, AttemptRow.pull_fetches > 0, AttemptRow.commit_at.is_(None))
    )
    return sent + [
        Violation("I4", row.account, row.post_id, f"the file of {row.post_id}/{row.n} was fetched before its commit")
        for row in fetched
    ]
