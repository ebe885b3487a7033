"""What a post does that met a limit, by the owner's strategy: one decision, told once, and the job that follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.accounts.account import Account, AccountStatus
from reposter.deliver.accounts.service import list_accounts
from reposter.deliver.publishing.attempt import CLOSED
from reposter.deliver.publishing.composer import UNSEEN, findings
from reposter.deliver.publishing.limits import admission
from reposter.deliver.publishing.moves import last_attempt
from reposter.deliver.publishing.tables import NOT_CLOSED, AttemptRow
from reposter.deliver.scheduling.service import (
    change_post,
    find_post,
    give_up_slot,
    transfer_to,
    transfers_of_last_day,
)
from reposter.deliver.scheduling.strategies import Decision, Meeting, Move, Patience, delay, skip, transfer
from reposter.deliver.scheduling.tables import TAKES_A_SLOT, PostState, ScheduledPostRow
from reposter.kit.clock import parse_iso, to_iso
from reposter.kit.database import serialise
from reposter.kit.errors import AppError, Verdict
from reposter.library.service import get_video
from reposter.library.tables import VideoRow
from reposter.pipeline.engine import Job, Line
from reposter.pipeline.limiting import CALLS, COUNTS, TURN, LimitReached, post_limits
from reposter.pipeline.options import LimitStrategy, LineOptions, PublishingOptions
from reposter.pipeline.plan_post import publish_job
from reposter.pipeline.settle_post import hold, wait_in_queue
from reposter.pipeline.telling import tell_queue
from reposter.vendors.tiktok.posting import Route

LOOK_AGAIN = timedelta(minutes=5)
"""A waiting post looks so often whether the limits were raised; at round times, so that two looks are one job."""

WAKE_MIN = timedelta(seconds=1)
"""A job that woke a moment early must not ask for the very moment it bears in its id."""

LOOK_AGAIN_MIN = timedelta(seconds=30)


class NeedsDecision(AppError):
    """A limit held the post back for longer than the owner allows by themselves."""

    code = "limit_delay_too_long"
    verdict = Verdict.NEEDS_PERSON


def again_job(post: ScheduledPostRow, at: datetime) -> Job:
    """The post's next turn as a job of its own, so that no workflow sleeps on its account's place in the queue."""
    job = publish_job(post)
    return replace(job, id=f"{job.id}:{at:%Y%m%dT%H%M%S.%f}", not_before=at)


def give_way(
    session: Session, line: Line, post: ScheduledPostRow, met: LimitReached, options: LineOptions, *, now: datetime
) -> None:
    """Decide once and hand the post back; nothing of it is out.

    What waits for its turn or for calls only waits: that passes by itself, and no slot is lost for it.
    """
    chosen = options.publishing
    possible_at = parse_iso(met.context["possible_at"])
    meeting = Meeting(post.scheduled_time, possible_at, post.skips, post.is_pinned)
    patience = Patience(timedelta(hours=chosen.limit_delay_hours_max), chosen.limit_skips_max)
    decision = _decide(session, post, met, meeting, patience, chosen, now)
    _carry_out(session, line, post, decision, met, options, now)


def _decide(  # the facts of one decision
    session: Session,
    post: ScheduledPostRow,
    met: LimitReached,
    meeting: Meeting,
    patience: Patience,
    chosen: PublishingOptions,
    now: datetime,
) -> Decision:
    last = last_attempt(session, str(post.id))
    is_begun = last is not None and last.state not in CLOSED
    if is_begun or met.context["limit"] in (CALLS, TURN):
        return delay(meeting, patience)
    if chosen.limit_strategy is LimitStrategy.SKIP_UNTIL_RESET:
        return skip(meeting, patience)
    if chosen.limit_strategy is LimitStrategy.USE_ALTERNATIVE_ACCOUNT:
        return transfer(meeting, patience, _eligible(session, post, met, chosen, now))
    return delay(meeting, patience)


def _carry_out(  # as above
    session: Session,
    line: Line,
    post: ScheduledPostRow,
    decision: Decision,
    met: LimitReached,
    options: LineOptions,
    now: datetime,
) -> None:
    if decision.move is Move.ASK:
        hold(session, post, _question(met, options.publishing), now=now)
    elif decision.move is Move.DROP:
        _drop(session, post, met, now)
    elif decision.move is Move.GIVE_UP_SLOT:
        give_up_slot(session, post.id, options.scheduling, after=decision.at, now=now)
        _tell(session, post, f"{met.message} It gave up its slot for {to_iso(post.scheduled_time)}.", now)
        line.enqueue(session, publish_job(post))
    elif decision.move is Move.TRANSFER:
        was = post.tiktok_account
        transfer_to(session, post, decision.account, now=now)
        _tell(session, post, f"{met.message} It goes out on {decision.account} instead of {was}.", now)
        line.enqueue(session, again_job(post, now))
    else:
        change_post(session, post.id, now=now, not_before=decision.at)
        wait_in_queue(session, post, met.message, now=now)
        at = max(min(decision.at, _next_look(now)), now + WAKE_MIN)
        line.enqueue(session, again_job(post, at))


def _tell(session: Session, post: ScheduledPostRow, reason: str, now: datetime) -> None:
    change_post(session, post.id, now=now, status=PostState.QUEUED, error_code=None, error_message=reason, remedy=None)
    tell_queue(session, post)


def _drop(session: Session, post: ScheduledPostRow, met: LimitReached, now: datetime) -> None:
    change_post(
        session,
        post.id,
        now=now,
        status=PostState.SKIPPED,
        error_code=met.code,
        error_message=f"{met.message} Its minute was chosen by hand, so it is not moved.",
        remedy="Publish it now, or choose another time.",
    )
    tell_queue(session, post)


def _question(met: LimitReached, chosen: PublishingOptions) -> NeedsDecision:
    return NeedsDecision(
        f"{met.message} That is more than the {chosen.limit_delay_hours_max:g} hours or {chosen.limit_skips_max} slots "
        "that a post may lose to limits.",
        hint="Publish it later with `reposter publish`, cancel it, or raise the limits.",
    )


def _eligible(
    session: Session, post: ScheduledPostRow, met: LimitReached, chosen: PublishingOptions, now: datetime
) -> list[str]:
    """Accounts that may take the post over, best first. Counts alone move a post, once; what TikTok refused, never."""
    account = post.tiktok_account
    if met.context["limit"] not in COUNTS or met.context["is_taught"] or post.transferred_from is not None:
        return []
    if transfers_of_last_day(session, account, now) >= chosen.limit_transfers_per_day_max:
        return []
    known = {one.handle: one for one in list_accounts(session)}
    named = post.alternatives or chosen.alternative_accounts
    return [
        handle
        for handle in named
        if handle != account and handle in known and _takes(session, post, known[handle], chosen, now)
    ]


def _takes(
    session: Session, post: ScheduledPostRow, account: Account, chosen: PublishingOptions, now: datetime
) -> bool:
    """Connected, agreed to beforehand, without this video so far, and with a free place now."""
    if account.status is not AccountStatus.CONNECTED or account.asks_first or account.route is Route.EXPORT:
        return False
    if findings(account.choices, UNSEEN, route=account.route, caption=post.caption):
        return False
    serialise(session, f"slots:{account.handle}")
    if find_post(session, post.video_id, account.handle) is not None or _has_content(session, post, account.handle):
        return False
    found = admission(session, account.handle, now, post_limits(chosen), route=account.route.value)
    return found.at <= now and not found.is_taught


def _has_content(session: Session, post: ScheduledPostRow, account: str) -> bool:
    """Whether the same file is live, on its way or planned there, under whatever video."""
    sha256 = get_video(session, post.video_id).rendition_sha256
    sent = sa.select(AttemptRow.post_id).where(
        AttemptRow.account == account, AttemptRow.content_sha256 == sha256, NOT_CLOSED
    )
    planned = (
        sa.select(ScheduledPostRow.id)
        .join(VideoRow, VideoRow.video_id == ScheduledPostRow.video_id)
        .where(
            ScheduledPostRow.tiktok_account == account,
            ScheduledPostRow.status.in_((*TAKES_A_SLOT, PostState.HELD, PostState.EXPORTED)),
            VideoRow.rendition_sha256 == sha256,
        )
    )
    return session.scalar(sent.limit(1)) is not None or session.scalar(planned.limit(1)) is not None


def _next_look(now: datetime) -> datetime:
    every = LOOK_AGAIN.total_seconds()
    looks = (now + LOOK_AGAIN_MIN).timestamp() // every + 1
    return datetime.fromtimestamp(looks * every, UTC)
