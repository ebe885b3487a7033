"""What must be true of posts beyond the journal: none is forgotten, limits were kept, each rests on consent and right.

I5 a post that is due has an end with its reason, or waits with a reason on a job that carries its time. I7 no commit
went over the limits in force at its moment. I8 a published post carries a consent and a right that held when it was
committed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.publishing.attempt import AttemptState
from reposter.deliver.publishing.invariants import Violation
from reposter.deliver.publishing.limits import PostLimits
from reposter.deliver.publishing.tables import AttemptRow, ConsentRow
from reposter.deliver.publishing.windows import DAY, HOUR
from reposter.deliver.scheduling.tables import PostState, ScheduledPostRow
from reposter.guard.rights.tables import RightsRow
from reposter.kit.clock import to_iso
from reposter.vocabulary.rights import Basis

GRACE = timedelta(minutes=3)
"""Two minutes are promised; a post that is on no job is put back by a sweep within the third."""

LIMITS_SLACK = timedelta(minutes=2)
NEEDS_REASON = (PostState.FAILED, PostState.SKIPPED, PostState.REVIEW, PostState.HELD)
UNDER_WAY = (PostState.QUEUED, PostState.PROCESSING)


@dataclass(frozen=True)
class LimitsSeen:
    """Limits that were in force from `at` on."""

    at: datetime
    limits: PostLimits


def forgotten_posts(
    session: Session, carried: Collection[str], *, now: datetime, since: datetime | None = None
) -> list[Violation]:
    """I5. `carried` are the ids of unfinished publish and confirm jobs."""
    return [
        *_unmoved(session, {job.split(":")[1] for job in carried}, now),
        *_without_reason(session, since),
        *_live_unknown_to_the_row(session, since),
    ]


def _unmoved(session: Session, carried: Collection[str], now: datetime) -> list[Violation]:
    post = ScheduledPostRow
    overdue = session.scalars(
        sa.select(post).where(
            post.status.in_(UNDER_WAY),
            post.scheduled_time < now - GRACE,
            sa.or_(post.not_before.is_(None), post.not_before < now - GRACE),
            post.updated_at < now - GRACE,
        )
    ).all()
    busy = _busy_accounts(session) if overdue else set()
    found = []
    for row in overdue:
        due = f"post {row.id} has been due since {to_iso(row.scheduled_time)}"
        if str(row.id) not in carried:
            found.append(Violation("I5", row.tiktok_account, str(row.id), f"{due}, and no job carries it"))
        elif row.status == PostState.QUEUED and not row.error_message and row.tiktok_account not in busy:
            found.append(Violation("I5", row.tiktok_account, str(row.id), f"{due}, and nothing says why it waits"))
    return found


def _busy_accounts(session: Session) -> set[str]:
    """Accounts with a post that is being sent or waits with a reason: those behind it wait for their turn."""
    post = ScheduledPostRow
    waits_with_reason = sa.and_(post.status == PostState.QUEUED, post.error_message.is_not(None))
    rows = session.scalars(
        sa.select(post.tiktok_account).where(sa.or_(post.status == PostState.PROCESSING, waits_with_reason)).distinct()
    )
    return set(rows)


def _without_reason(session: Session, since: datetime | None) -> list[Violation]:
    post = ScheduledPostRow
    query = sa.select(post).where(post.status.in_(NEEDS_REASON), sa.func.coalesce(post.error_message, "") == "")
    if since is not None:
        query = query.where(post.updated_at >= since)
    return [
        Violation("I5", row.tiktok_account, str(row.id), f"post {row.id} is {row.status}, and nothing says why")
        for row in session.scalars(query)
    ]


def _live_unknown_to_the_row(session: Session, since: datetime | None) -> list[Violation]:
    """Live on TikTok, and shown as something else that no job will mend."""
    post = ScheduledPostRow
    query = (
        sa.select(post)
        .join(AttemptRow, AttemptRow.post_id == sa.cast(post.id, sa.String))
        .where(
            AttemptRow.state == AttemptState.PUBLISHED,
            post.status.not_in((PostState.POSTED, *UNDER_WAY)),
        )
    )
    if since is not None:
        query = query.where(AttemptRow.updated_at >= since)
    return [
        Violation("I5", row.tiktok_account, str(row.id), f"post {row.id} is live on TikTok, and shown as {row.status}")
        for row in session.scalars(query)
    ]


def overstepped_limits(
    session: Session, seen: Sequence[LimitsSeen], *, since: datetime | None = None
) -> list[Violation]:
    """I7. Limits may be changed at any time, so a commit is judged by the widest ones seen around its moment.

    Commits from before the first look at the limits are not judged, and of the window only what may be live counts:
    what is reported is wrong beyond doubt.
    """
    attempt = AttemptRow
    query = sa.select(attempt.account, attempt.post_id, attempt.commit_at).where(
        attempt.state.in_((AttemptState.PUBLISHED, AttemptState.COMMITTING))
    )
    if since is not None:
        query = query.where(attempt.commit_at >= since - DAY)
    commits: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for account, post_id, commit_at in session.execute(query.order_by(attempt.commit_at)):
        if commit_at is not None:
            commits[account].append((commit_at, post_id))
    found = [one for account, times in commits.items() for one in _overstepped(account, times, seen)]
    return [violation for at, violation in found if since is None or at >= since]


def _overstepped(
    account: str, times: Sequence[tuple[datetime, str]], seen: Sequence[LimitsSeen]
) -> list[tuple[datetime, Violation]]:
    found = []
    for index, (at, post_id) in enumerate(times):
        limits = widest_around(seen, at)
        if limits is None:
            continue
        for window, allowed, name in ((HOUR, limits.per_hour, "an hour"), (DAY, limits.per_day, "a day")):
            before = sum(other > at - window for other, _ in times[max(0, index - allowed - 1) : index])
            if before >= allowed:
                sentence = f"post {post_id} was sent from {account} at {to_iso(at)} over the limit of {allowed} {name}"
                found.append((at, Violation("I7", account, post_id, sentence)))
    return found


def widest_around(seen: Sequence[LimitsSeen], moment: datetime) -> PostLimits | None:
    """The widest limits that were in force around `moment`; None before the first that were seen."""
    if not seen or moment < seen[0].at:
        return None
    ends = [later.at for later in seen[1:]] + [None]
    around = [
        one.limits
        for one, end in zip(seen, ends, strict=True)
        if one.at <= moment + LIMITS_SLACK and (end is None or end >= moment - LIMITS_SLACK)
    ]
    return PostLimits(max(one.per_hour for one in around), max(one.per_day for one in around))


def groundless_posts(session: Session, *, since: datetime | None = None) -> list[Violation]:
    """I8. Posts from before consents were kept have none and are excused."""
    first_consent = session.scalar(sa.select(sa.func.min(ConsentRow.given_at)))
    if first_consent is None:
        return []
    attempt = AttemptRow
    query = (
        sa.select(attempt, ConsentRow, RightsRow)
        .outerjoin(ConsentRow, ConsentRow.id == attempt.consent_id)
        .outerjoin(RightsRow, RightsRow.id == attempt.rights_id)
        .where(attempt.state == AttemptState.PUBLISHED, attempt.commit_at >= first_consent)
    )
    if since is not None:
        query = query.where(attempt.updated_at >= since)
    return [
        Violation("I8", row.account, row.post_id, f"post {row.post_id} went out {lack}")
        for row, consent, right in session.execute(query)
        for lack in (_lack_of_consent(row, consent), _lack_of_right(row, right))
        if lack
    ]


def _lack_of_consent(row: AttemptRow, consent: ConsentRow | None) -> str:
    at = row.commit_at
    if consent is None or at is None:
        return "without a consent"
    if (consent.post_id, consent.account) != (row.post_id, row.account):
        return "on a consent for another post or account"
    if consent.content_sha256 != row.content_sha256:
        return "with another file than the one that was consented to"
    if consent.given_at > at or (consent.withdrawn_at is not None and consent.withdrawn_at <= at):
        return "on a consent that did not hold at that moment"
    return ""


def _lack_of_right(row: AttemptRow, right: RightsRow | None) -> str:
    at = row.commit_at
    if right is None or at is None or right.basis == Basis.UNKNOWN:
        return "without a known right"
    ends = [end for end in (right.valid_to, right.revoked_at) if end is not None]
    if right.asserted_at > at or any(end <= at for end in ends):
        return "on a right that did not hold at that moment"
    return ""
