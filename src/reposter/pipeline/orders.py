"""What publishing is told: the order of one post, and the rules of trying."""

from __future__ import annotations

from sqlalchemy.orm import Session

from reposter.deliver.accounts.service import get_account
from reposter.deliver.publishing.consents import Consent
from reposter.deliver.publishing.order import PostOrder, Rules
from reposter.deliver.scheduling.tables import ScheduledPostRow
from reposter.library.service import get_video
from reposter.pipeline.options import PublishingOptions
from reposter.pipeline.tools import tools


def order_of(session: Session, post: ScheduledPostRow, consent: Consent | None) -> PostOrder:
    """On the terms of its consent; what was sent before there were any, on the account's."""
    video = get_video(session, post.video_id)
    terms = consent or get_account(session, post.tiktok_account)
    assert video.local_path and video.rendition_sha256 and video.rendition_bytes, "a post is planned for finished files"
    return PostOrder(
        post_id=str(post.id),
        account=post.tiktok_account,
        video_path=tools().layout.absolute(video.local_path),
        content_sha256=video.rendition_sha256,
        size_bytes=video.rendition_bytes,
        duration_seconds=video.rendition_seconds or 0.0,
        caption=post.caption,
        choices=terms.choices,
        route=terms.route,
        consent_id=consent.id if consent else None,
    )


def rules_of(options: PublishingOptions) -> Rules:
    """The pace of asking and trying; `hurry` divides every wait towards the platform."""
    base, hurry = Rules(), options.hurry
    return Rules(
        attempts_max=options.max_attempts,
        retry_waits=options.retry_delays_seconds,
        hold_seconds=base.hold_seconds / hurry,
        again_seconds=base.again_seconds / hurry,
        polls=tuple((times, seconds / hurry) for times, seconds in base.polls),
        slow_poll_seconds=base.slow_poll_seconds / hurry,
        resend_after_seconds=base.resend_after_seconds / hurry,
    )
