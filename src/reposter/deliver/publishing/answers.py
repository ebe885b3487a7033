"""A person's word on a post that TikTok never settled, or on one that failed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.publishing.attempt import CLOSED, Attempt, AttemptState
from reposter.deliver.publishing.moves import last_attempt, move
from reposter.deliver.publishing.tables import AttemptRow
from reposter.kit.errors import Conflict, NotFound

NOT_OUT = (AttemptState.INTENT, AttemptState.OPEN)


def answer_live(session: Session, post_id: str, *, tiktok_post_id: str, by: str, now: datetime) -> None:
    """A person found the post on the account.

    Raises:
        NotFound, Conflict: nothing waits for an answer.
    """
    attempt = _handed_over(session, post_id)
    _settle(session, attempt, AttemptState.PUBLISHED, by=by, post_ids=(tiktok_post_id,), now=now)


def answer_not_live(session: Session, post_id: str, *, by: str, now: datetime) -> None:
    """A person looked and the post is not there; a new attempt may be made. They carry the risk that it shows late.

    Raises:
        NotFound, Conflict: nothing waits for an answer.
    """
    attempt = _handed_over(session, post_id)
    _settle(session, attempt, AttemptState.FAILED, by=by, post_ids=(), now=now)


def rearm(session: Session, post_id: str) -> None:
    """A person wants a failed post tried anew: old tries no longer count, and no wait is left."""
    session.execute(
        sa.update(AttemptRow)
        .where(AttemptRow.post_id == post_id, AttemptRow.state.in_(CLOSED))
        .values(counts=False, is_final=False, retry_at=None)
    )


def withdraw_open(session: Session, post_id: str, *, reason: str, now: datetime) -> bool:
    """Give up an upload that is not committed, so that its file may go out another time.

    False when something of the post may be out: then nothing is changed.
    """
    attempt = last_attempt(session, post_id)
    if attempt is None or attempt.state in CLOSED:
        return True
    if attempt.state not in NOT_OUT:
        return False
    values: dict[str, Any] = {  # column values
        "reason": reason,
        "retry_at": None,
        "counts": False,
        "is_final": False,
    }
    if attempt.is_pull:
        values["revoked_at"] = attempt.revoked_at or now
    return move(session, attempt, AttemptState.ABANDONED, now, values)


def _handed_over(session: Session, post_id: str) -> Attempt:
    attempt = last_attempt(session, post_id)
    if attempt is None:
        raise NotFound("This post was never sent.", hint="Schedule it.", post_id=post_id)
    if attempt.handover is None:
        raise Conflict("This post does not wait for an answer any more.", hint="Look at it again.", post_id=post_id)
    return attempt


def _settle(
    session: Session,
    attempt: Attempt,
    to: AttemptState,
    *,
    by: str,
    post_ids: tuple[str, ...],
    now: datetime,
) -> None:
    """Raises:
    Conflict: somebody else, or TikTok, settled it meanwhile.
    """
    values = {
        "handover": None,
        "post_ids": list(post_ids),
        "verdict": {"by": "person", "who": by},
        "reason": f"Settled by {by}.",
        "is_final": to is AttemptState.PUBLISHED,
        "counts": False,
    }
    if not move(session, attempt, to, now, values):
        raise Conflict("This post was settled meanwhile.", hint="Look at it again.", post_id=attempt.post_id)
