"""The line at a glance: how many are where, how old the oldest is, what needs a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.acquire.sources.tables import SourceRow
from reposter.deliver.accounts.tables import AccountRow
from reposter.deliver.scheduling.tables import PostState, ScheduledPostRow
from reposter.library.states import VideoState
from reposter.library.tables import VideoRow

NEEDS_LIMIT = 20
THROUGHPUT_POINTS = 24


@dataclass(frozen=True)
class Stage:
    key: str
    label: str
    count: int
    oldest_at: datetime | None


@dataclass(frozen=True)
class Tally:
    """How many have come past each point, ever."""

    videos_found: int
    videos_downloaded: int
    videos_processed: int
    posts_scheduled: int
    posts_published: int
    failures: int


@dataclass(frozen=True)
class Need:
    """A question or a failure that waits for a person."""

    id: str
    kind: str
    title: str
    detail: str
    hint: str
    at: datetime
    href: str | None = None


@dataclass(frozen=True)
class Throughput:
    at: datetime
    processed: int
    published: int


VIDEO_STAGES: tuple[tuple[str, str, tuple[VideoState, ...]], ...] = (
    ("found", "Found", (VideoState.FOUND,)),
    ("downloading", "Downloading", (VideoState.DOWNLOADING,)),
    ("processing", "Processing", (VideoState.DOWNLOADED, VideoState.PROCESSING)),
    ("review", "Review", (VideoState.REVIEW,)),
)
POST_STAGES: tuple[tuple[str, str, PostState], ...] = (
    ("scheduled", "Scheduled", PostState.QUEUED),
    ("publishing", "Publishing", PostState.PROCESSING),
    ("published", "Published", PostState.POSTED),
    ("failed", "Failed", PostState.FAILED),
)
HELD_HINTS = {
    "posting_choice_missing": "Choose with `reposter account choices @account --privacy PUBLIC_TO_EVERYONE`.",
    "watermark_doubtful": "Compare both versions in the review, then choose one, or try again with regions.",
    "account_stands_still": "Connect the account again with `reposter account connect`.",
    "live_unknown": "Look at the account, then `reposter queue answer POST --live LINK` or `--not-live`.",
    "in_inbox": "Open TikTok and post the draft from your inbox.",
}
REVIEW_POSTS = (PostState.HELD, PostState.REVIEW, PostState.EXPORTED)


def stages(session: Session) -> list[Stage]:
    """The eight stations of the line in order."""
    videos = _grouped(session, VideoRow.processing_status, VideoRow.updated_at)
    posts = _grouped(session, ScheduledPostRow.status, ScheduledPostRow.updated_at)
    line = [_stage(key, label, [videos.get(state) for state in states]) for key, label, states in VIDEO_STAGES]
    review = [videos.get(state) for state in VIDEO_STAGES[-1][2]] + [posts.get(state) for state in REVIEW_POSTS]
    line[-1] = _stage("review", "Review", review)
    waiting = {"scheduled": videos.get(VideoState.READY)}  # finished, and waiting for a slot or an account
    return line + [_stage(key, label, [posts.get(state), waiting.get(key)]) for key, label, state in POST_STAGES]


def tally(session: Session) -> Tally:
    video, post = VideoRow, ScheduledPostRow
    found, downloaded, processed, failed = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.count(video.original_sha256),
            sa.func.count(video.rendition_sha256),
            sa.func.count().filter(video.processing_status.in_((VideoState.REVIEW, VideoState.FAILED))),
        ).select_from(video)
    ).one()
    scheduled, published, post_failed = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.count().filter(post.status == PostState.POSTED),
            sa.func.count().filter(post.status == PostState.FAILED),
        ).select_from(post)
    ).one()
    return Tally(found, downloaded, processed, scheduled, published, failed + post_failed)


def needs(session: Session) -> list[Need]:
    """What a person must answer or mend, oldest first."""
    found = [
        *_accounts_in_need(session),
        *_videos_without_account(session),
        *_held_posts(session),
        *_videos_set_aside(session),
        *_failing_sources(session),
    ]
    return sorted(found, key=lambda need: need.at)[:NEEDS_LIMIT]


def throughput(session: Session, *, now: datetime, step: timedelta = timedelta(hours=1)) -> list[Throughput]:
    """Videos processed and posts published in each of the last 24 steps, oldest first."""
    start = now - step * THROUGHPUT_POINTS
    processed = session.scalars(
        sa.select(VideoRow.updated_at).where(VideoRow.rendition_sha256.is_not(None), VideoRow.updated_at > start)
    ).all()
    published = session.scalars(
        sa.select(ScheduledPostRow.published_at).where(ScheduledPostRow.published_at > start)
    ).all()
    return [
        Throughput(
            at=start + step * (index + 1),
            processed=_within(processed, start + step * index, step),
            published=_within(published, start + step * index, step),
        )
        for index in range(THROUGHPUT_POINTS)
    ]


def posts_today(session: Session, *, now: datetime) -> tuple[int, int]:
    """Posts that went out in the last 24 h, and those planned for the next 24 h."""
    day = timedelta(days=1)
    published = session.scalar(sa.select(sa.func.count()).where(ScheduledPostRow.published_at > now - day))
    planned = session.scalar(
        sa.select(sa.func.count()).where(
            ScheduledPostRow.status == PostState.QUEUED, ScheduledPostRow.scheduled_time < now + day
        )
    )
    return published or 0, planned or 0


Group = tuple[int, datetime | None]


def _grouped(
    session: Session, column: sa.orm.InstrumentedAttribute[str], moment: sa.orm.InstrumentedAttribute[datetime]
) -> dict[str, Group]:
    rows = session.execute(sa.select(column, sa.func.count(), sa.func.min(moment)).group_by(column))
    return {state: (count, oldest) for state, count, oldest in rows}


def _stage(key: str, label: str, groups: Sequence[Group | None]) -> Stage:
    there = [group for group in groups if group is not None]
    return Stage(
        key=key,
        label=label,
        count=sum(count for count, _ in there),
        oldest_at=min((oldest for _, oldest in there if oldest), default=None),
    )


def _within(moments: Sequence[datetime | None], start: datetime, step: timedelta) -> int:
    return sum(1 for moment in moments if moment is not None and start < moment <= start + step)


def _accounts_in_need(session: Session) -> list[Need]:
    rows = session.scalars(sa.select(AccountRow).where(AccountRow.status != "connected"))
    return [
        Need(
            id=f"account:{row.handle}",
            kind="account",
            title=f"{row.handle} needs you",
            detail=row.pause_reason or "Its permission from TikTok has ended.",
            hint="Connect it again; its posts wait, none is lost.",
            at=row.updated_at,
        )
        for row in rows
    ]


def _videos_without_account(session: Session) -> list[Need]:
    count, oldest = session.execute(
        sa.select(sa.func.count(), sa.func.min(VideoRow.updated_at)).where(
            VideoRow.processing_status == VideoState.READY
        )
    ).one()
    if not count or session.scalar(sa.select(sa.func.count()).select_from(AccountRow)):
        return []
    return [
        Need(
            id="no-account",
            kind="account",
            title="No TikTok account is connected",
            detail=f"{count} finished videos wait for one.",
            hint="Run `reposter account connect`.",
            at=oldest,
        )
    ]


def _held_posts(session: Session) -> list[Need]:
    """Posts that wait for the same answer are one question."""
    post = ScheduledPostRow
    rows = session.execute(
        sa.select(
            post.error_code,
            post.source_id,
            post.tiktok_account,
            sa.func.max(post.error_message),
            sa.func.count(),
            sa.func.min(post.updated_at),
            sa.func.max(SourceRow.source_value),
        )
        .outerjoin(SourceRow, SourceRow.source_id == post.source_id)
        .where(post.status.in_(REVIEW_POSTS))
        .group_by(post.error_code, post.source_id, post.tiktok_account)
        .limit(NEEDS_LIMIT)
    )
    return [_held(*row) for row in rows]


def _held(
    code: str | None,
    source_id: str | None,
    account: str,
    reason: str | None,
    count: int,
    at: datetime,
    name: str | None,
) -> Need:
    posts = "1 post waits" if count == 1 else f"{count} posts wait"
    if code == "rights_unknown":
        return Need(
            id=f"rights:{source_id}",
            kind="rights",
            title=f"May you use the videos of {name}?",
            detail=f"{posts} for your answer.",
            hint=f"Answer with `reposter source rights {name} --basis own` (or licensed, permission, public_domain).",
            at=at,
        )
    return Need(
        id=f"held:{code}:{source_id}:{account}",
        kind="post",
        title=f"{posts} on {account}",
        detail=reason or "",
        hint=HELD_HINTS.get(code or "", "`reposter queue` shows them with their reasons."),
        at=at,
    )


def _videos_set_aside(session: Session) -> list[Need]:
    rows = session.scalars(
        sa.select(VideoRow)
        .where(VideoRow.processing_status == VideoState.REVIEW)
        .order_by(VideoRow.updated_at)
        .limit(NEEDS_LIMIT)
    )
    return [
        Need(
            id=f"video:{row.video_id}",
            kind="video",
            title=f"{row.title or row.video_id} could not go on",
            detail=str((row.error or {}).get("message", "")),
            hint=str((row.error or {}).get("hint", "")),
            at=row.updated_at,
        )
        for row in rows
    ]


def _failing_sources(session: Session) -> list[Need]:
    rows = session.scalars(sa.select(SourceRow).where(SourceRow.failures_in_row > 0).limit(NEEDS_LIMIT))
    return [
        Need(
            id=f"source:{row.source_id}",
            kind="source",
            title=f"{row.source_value} could not be scanned",
            detail=str((row.last_error or {}).get("message", "")),
            hint=str((row.last_error or {}).get("hint", "")),
            at=row.last_scraped or row.created_at,
        )
        for row in rows
    ]
