"""Whether the limits let a post out, and what TikTok's refusals teach about them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from reposter.deliver.accounts.service import get_account, pause
from reposter.deliver.publishing.attempt import CLOSED
from reposter.deliver.publishing.calls import POSTING, CallLimits, calls_refusal
from reposter.deliver.publishing.lessons import learn, leave_to_lessons, stops_account, unlearn_success
from reposter.deliver.publishing.limits import Limit, PostLimits, admission
from reposter.deliver.publishing.moves import last_attempt
from reposter.deliver.scheduling.service import first_waiting, is_its_turn
from reposter.deliver.scheduling.tables import ScheduledPostRow
from reposter.kit.errors import AppError, Verdict
from reposter.pipeline.options import PublishingOptions
from reposter.pipeline.telling import tell_error
from reposter.vendors.tiktok.posting import Route

CALLS, TURN = "api_calls", "turn"
COUNTS = (Limit.HOUR, Limit.DAY, Limit.DRAFTS)
TURN_SECONDS = 10.0


class LimitReached(AppError):
    """`context` says which `limit`, `possible_at` when, and `is_taught` whether TikTok has refused the account."""

    code = "limit_reached"
    verdict = Verdict.RETRY_LATER


class AccountStopped(AppError):
    code = "account_stopped"
    verdict = Verdict.NEEDS_PERSON


def post_limits(options: PublishingOptions) -> PostLimits:
    return PostLimits(options.posts_per_hour, options.posts_per_day)


def call_limits(options: PublishingOptions) -> CallLimits:
    return CallLimits(options.api_calls_per_hour, options.hurry)


def limit_refusal(
    session: Session, post: ScheduledPostRow, options: PublishingOptions, now: datetime
) -> LimitReached | None:
    """Why the limits let the post not out at `now`. Turns and calls matter only before it is begun."""
    route = get_account(session, post.tiktok_account).route
    last = last_attempt(session, str(post.id))
    is_begun = last is not None and last.state not in CLOSED
    if not is_begun and not is_its_turn(session, post, now):
        return _not_its_turn(session, post, options.hurry, now)
    found = admission(
        session, post.tiktok_account, now, post_limits(options), besides_post=str(post.id), route=route.value
    )
    if found.at > now:
        return _reached(found.sentence, found.limit, found.at, now, is_taught=found.is_taught)
    return None if is_begun else _calls_refusal(session, post.tiktok_account, route, options, now)


def learn_from(session: Session, post: ScheduledPostRow, error: AppError, *, now: datetime) -> bool:
    """What a refusal teaches about the account or the app; True where the lesson says from now on when to try again.

    What speaks of spam or a ban stops the account: nothing more goes out on it before a person has looked.
    """
    last = last_attempt(session, str(post.id))
    refused_at = last.updated_at if last is not None and last.state in CLOSED else now
    account = get_account(session, post.tiktok_account)
    if stops_account(error):
        if account.paused_reason is None:
            _stop(session, post, error, now=now)
        return False
    lesson = learn(session, account.handle, error, refused_at=refused_at, route=account.route.value)
    if lesson is not None:
        leave_to_lessons(session, str(post.id))
    return lesson is not None


def unlearn_from(session: Session, post: ScheduledPostRow, *, now: datetime) -> None:
    """TikTok took the post."""
    unlearn_success(session, post.tiktok_account, now=now)


def _stop(session: Session, post: ScheduledPostRow, error: AppError, *, now: datetime) -> None:
    stopped = AccountStopped(
        f"{post.tiktok_account} is stopped: {error.message} Nothing more is posted to it.",
        hint="Look at the account's messages in the TikTok app, then resume it.",
    )
    pause(session, post.tiktok_account, reason=stopped.message, now=now)
    tell_error(session, stopped, where="publish", video_id=post.video_id)


def _not_its_turn(session: Session, post: ScheduledPostRow, hurry: float, now: datetime) -> LimitReached:
    first = first_waiting(session, post.tiktok_account, now) or now
    at = max(first, now + timedelta(seconds=TURN_SECONDS / hurry))
    return _reached(f"Earlier posts of {post.tiktok_account} wait for a limit; this one keeps its turn.", TURN, at, now)


def _calls_refusal(
    session: Session, account: str, route: Route, options: PublishingOptions, now: datetime
) -> LimitReached | None:
    """A post is not begun whose opening could not be asked for: that would be a try for nothing."""
    refusals = [
        refusal
        for op in POSTING.get(route.value, ())
        if (refusal := calls_refusal(session, account, op, call_limits(options), now)) is not None
    ]
    if not refusals:
        return None
    last = max(refusals, key=lambda refusal: refusal.retry_after_seconds or 0.0)
    return _reached(last.message, CALLS, now + timedelta(seconds=last.retry_after_seconds or 0.0), now)


def _reached(sentence: str, limit: str, at: datetime, now: datetime, *, is_taught: bool = False) -> LimitReached:
    return LimitReached(
        sentence,
        retry_after_seconds=(at - now).total_seconds(),
        limit=str(limit),
        possible_at=at.isoformat(),
        is_taught=is_taught,
    )
