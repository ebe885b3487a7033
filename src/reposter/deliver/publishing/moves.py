"""Compare-and-set on one attempt's row, and the row as a value."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.publishing.attempt import CLOSED, Attempt, AttemptState, Handover, Transfer, require_move
from reposter.deliver.publishing.order import PostOrder
from reposter.deliver.publishing.tables import AttemptRow

_LAST = (
    sa.select(AttemptRow)
    .where(AttemptRow.post_id == sa.bindparam("of_post"))
    .order_by(AttemptRow.state.in_(sorted(CLOSED)), AttemptRow.n.desc())
    .limit(1)
    .execution_options(populate_existing=True)
)


def last_attempt(session: Session, post_id: str) -> Attempt | None:
    """The attempt that matters: the live or published one, else the newest."""
    row = session.scalars(_LAST, {"of_post": post_id}).first()
    return None if row is None else to_attempt(row)


def move(
    session: Session,
    attempt: Attempt,
    to: AttemptState,
    now: datetime,
    values: dict[str, Any],  # column values
) -> bool:
    require_move(attempt.state, to, attempt.transfer)
    return set_values(session, attempt, now, {"state": to, **values})


def set_values(session: Session, attempt: Attempt, now: datetime, values: dict[str, Any]) -> bool:  # column values
    return changed(session, row_in(attempt, attempt.state).values(updated_at=now, **values))


def changed(session: Session, update: sa.Update) -> bool:
    """Run an update of one row; False when the row is no longer as it expects."""
    return session.execute(update).rowcount == 1  # type: ignore[attr-defined,no-any-return]  # a CursorResult


def row_in(attempt: Attempt, state: AttemptState) -> sa.Update:
    """The one row, if it is still as it was read. Values of ours are written as they are, so nothing is read back."""
    return (
        sa.update(AttemptRow)
        .where(
            AttemptRow.post_id == attempt.post_id,
            AttemptRow.n == attempt.n,
            AttemptRow.state == state,
            AttemptRow.handover.is_not_distinct_from(attempt.handover),
        )
        .execution_options(synchronize_session=False)
    )


def new_row(order: PostOrder, n: int, state: AttemptState, chunk_bytes: int, now: datetime) -> AttemptRow:
    return AttemptRow(
        post_id=order.post_id,
        n=n,
        state=state,
        account=order.account,
        content_sha256=order.content_sha256,
        size_bytes=order.size_bytes,
        chunk_bytes=chunk_bytes,
        acked_bytes=0,
        transfer=Transfer.FILE,
        pull_fetches=0,
        created_at=now,
        updated_at=now,
        consent_id=order.consent_id,
        counts=True,
        is_final=False,
        post_ids=[],
        reason="",
    )


def to_attempt(row: AttemptRow) -> Attempt:
    return Attempt(
        post_id=row.post_id,
        n=row.n,
        state=AttemptState(row.state),
        transfer=Transfer(row.transfer),
        account=row.account,
        content_sha256=row.content_sha256,
        size_bytes=row.size_bytes,
        chunk_bytes=row.chunk_bytes,
        acked_bytes=row.acked_bytes,
        created_at=row.created_at,
        updated_at=row.updated_at,
        publish_id=row.publish_id,
        upload_url_sealed=row.upload_url_sealed,
        upload_expires_at=row.upload_expires_at,
        pull_fetches=row.pull_fetches,
        revoked_at=row.revoked_at,
        commit_at=row.commit_at,
        handover=None if row.handover is None else Handover(row.handover),
        retry_at=row.retry_at,
        is_final=row.is_final,
        post_ids=tuple(row.post_ids),
        verdict=row.verdict,
        reason=row.reason,
    )
