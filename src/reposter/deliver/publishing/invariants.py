"""What must be true of the journal at every moment. A violation stops publishing: better silent than wrong.

I1 a post has at most one live attempt. I2 a later attempt needs proof that the earlier ones cannot post. I3 a
published post rests on one verdict, and an id on TikTok belongs to one post. I4 no byte was sent before the publish
id was written, and no last chunk before the commit.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from reposter.deliver.publishing.attempt import CLOSED, AttemptState
from reposter.deliver.publishing.tables import ApiCallRow, AttemptRow

VERDICTS_BY = frozenset({"tiktok", "list", "person"})
LAST_CHUNK_OPS = ("put_last", "put_again")


def violations(session: Session) -> list[str]:
    """One sentence for each broken promise; empty when all is well."""
    return [*_live_twice(session), *_followed_without_proof(session), *_unproven(session), *_sent_early(session)]


def _live_twice(session: Session) -> list[str]:
    rows = session.execute(
        sa.select(AttemptRow.post_id, sa.func.count())
        .where(AttemptRow.state.not_in(CLOSED))
        .group_by(AttemptRow.post_id)
        .having(sa.func.count() > 1)
    )
    return [f"I1: post {post_id} has {count} live attempts" for post_id, count in rows]


def _followed_without_proof(session: Session) -> list[str]:
    later = aliased(AttemptRow)
    rows = session.scalars(
        sa.select(AttemptRow).where(
            sa.exists().where(
                later.post_id == AttemptRow.post_id,
                later.n > AttemptRow.n,
                sa.or_(later.commit_at.is_not(None), later.state.not_in(CLOSED)),
            ),
            sa.or_(AttemptRow.state.not_in(CLOSED), AttemptRow.commit_at.is_not(None)),
        )
    )
    return [
        f"I2: attempt {row.post_id}/{row.n} ({row.state}) was followed without proof"
        for row in rows
        if not _cannot_post(row)
    ]


def _cannot_post(row: AttemptRow) -> bool:
    """Failed by a verdict; or its address had expired while bytes were lacking."""
    verdict = row.verdict or {}
    if row.state == AttemptState.FAILED:
        return verdict.get("by") in VERDICTS_BY
    uploaded_bytes = verdict.get("uploaded_bytes")
    return (
        row.state == AttemptState.ABANDONED
        and row.upload_expires_at is not None
        and row.updated_at > row.upload_expires_at
        and uploaded_bytes is not None
        and uploaded_bytes < row.size_bytes
    )


def _unproven(session: Session) -> list[str]:
    published = session.scalars(sa.select(AttemptRow).where(AttemptRow.state == AttemptState.PUBLISHED)).all()
    found = [
        f"I3: post {row.post_id} is published without a verdict"
        for row in published
        if (row.verdict or {}).get("by") not in VERDICTS_BY or row.commit_at is None
    ]
    owners: dict[str, str] = {}
    for row in published:
        for post_id in row.post_ids:
            owner = owners.setdefault(post_id, row.post_id)
            if owner != row.post_id:
                found.append(f"I3: {post_id} on TikTok belongs to posts {owner} and {row.post_id}")
    return found


def _sent_early(session: Session) -> list[str]:
    rows = session.execute(
        sa.select(ApiCallRow.post_id, ApiCallRow.n, ApiCallRow.op)
        .join(AttemptRow, sa.and_(AttemptRow.post_id == ApiCallRow.post_id, AttemptRow.n == ApiCallRow.n))
        .where(
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
    return [f"I4: {op} of {post_id}/{n} was sent before it was written down" for post_id, n, op in rows]
