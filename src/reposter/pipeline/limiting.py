"""How often an account may be posted to, and what a post does that meets the limit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from reposter.deliver.publishing.limits import PostLimits, next_possible_at
from reposter.deliver.scheduling.tables import ScheduledPostRow
from reposter.kit.clock import to_iso
from reposter.kit.errors import AppError, Verdict
from reposter.pipeline.options import PublishingOptions


class LimitReached(AppError):
    code = "limit_reached"
    verdict = Verdict.RETRY_LATER


def limit_refusal(
    session: Session, post: ScheduledPostRow, options: PublishingOptions, now: datetime
) -> LimitReached | None:
    """Why the limits let the post not out at `now`."""
    limits = PostLimits(options.posts_per_hour, options.posts_per_day)
    possible = next_possible_at(session, post.tiktok_account, now, limits, besides_post=str(post.id))
    if possible <= now:
        return None
    return LimitReached(
        f"{post.tiktok_account} has posted as often as the limits allow; next possible at {to_iso(possible)}.",
        retry_after_seconds=(possible - now).total_seconds(),
    )
