"""Posts as people look at them: what, where, when, what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.scheduling.tables import PostState, ScheduledPostRow
from reposter.evaluate.metrics.tables import MetricSampleRow
from reposter.library.tables import VideoRow


@dataclass(frozen=True)
class PostMetrics:
    views: int
    likes: int
    comments: int
    shares: int
    at: datetime


@dataclass(frozen=True)
class PostView:
    post: ScheduledPostRow
    title: str
    thumbnail: str | None
    metrics: PostMetrics | None


def list_posts(
    session: Session,
    *,
    states: Sequence[PostState] = (),
    account: str | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[PostView]:
    """Last changed first. `after` is the (updated_at, id) of the last row of the page before."""
    post = ScheduledPostRow
    query = (
        sa.select(post, VideoRow.title, VideoRow.thumbnails)
        .outerjoin(VideoRow, VideoRow.video_id == post.video_id)
        .order_by(post.updated_at.desc(), post.id.desc())
    )
    if states:
        query = query.where(post.status.in_(states))
    if account:
        query = query.where(post.tiktok_account == account)
    if after:
        query = query.where(sa.tuple_(post.updated_at, post.id) < after)
    rows = session.execute(query.limit(limit)).all()
    samples = _newest_samples(session, [str(row.id) for row, _, _ in rows])
    return [
        PostView(row, title or row.video_id, _middle(thumbnails), samples.get(str(row.id)))
        for row, title, thumbnails in rows
    ]


def find_view(session: Session, post_id: int) -> PostView | None:
    post = session.get(ScheduledPostRow, post_id)
    if post is None:
        return None
    video = session.get(VideoRow, post.video_id)
    sample = _newest_samples(session, [str(post_id)]).get(str(post_id))
    title, stills = (video.title, video.thumbnails) if video else ("", None)
    return PostView(post, title or post.video_id, _middle(stills), sample)


def _newest_samples(session: Session, post_ids: Sequence[str]) -> dict[str, PostMetrics]:
    sample = MetricSampleRow
    rows = session.scalars(sa.select(sample).where(sample.post_id.in_(post_ids)).order_by(sample.at))
    return {row.post_id: PostMetrics(row.views, row.likes, row.comments, row.shares, row.at) for row in rows}


def _middle(thumbnails: list[str] | None) -> str | None:
    return thumbnails[len(thumbnails) // 2] if thumbnails else None
