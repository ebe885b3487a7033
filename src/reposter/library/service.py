"""Write and read the catalogue. The only code that writes the `videos` table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.library.errors import VideoUnknown
from reposter.library.states import VideoState
from reposter.library.tables import VideoRow
from reposter.vocabulary.found import FoundVideo, VideoStats

PAGE_LIMIT = 200


def known_ids(session: Session, video_ids: Iterable[str]) -> set[str]:
    """Which of these videos we have met before."""
    wanted = list(video_ids)
    return set(session.scalars(sa.select(VideoRow.video_id).where(VideoRow.video_id.in_(wanted))))


def add_video(
    session: Session,
    found: FoundVideo,
    *,
    source_id: str | None,
    state: VideoState,
    verdict: dict[str, Any] | None,
    now: datetime,
) -> bool:
    """Write down a video met for the first time; False when it is known already (it stays as it is)."""
    if known_ids(session, [found.video_id]):
        return False
    session.add(
        VideoRow(
            video_id=found.video_id,
            source_id=source_id,
            original_url=found.url,
            title=found.title,
            description=found.description,
            author=found.author,
            author_id=found.author_id,
            hashtags=list(found.hashtags),
            stats=asdict(found.stats),
            duration_seconds=found.duration_seconds,
            quality=found.quality,
            uploaded_at=found.uploaded_at,
            scraped_at=found.found_at,
            processing_status=state,
            verdict=verdict,
            created_at=now,
            updated_at=now,
        )
    )
    session.flush()
    return True


def note_facts(session: Session, found: FoundVideo, *, now: datetime) -> VideoRow:
    """What a source tells of a video that is known: its counters grow, and its caption may have changed."""
    return change_video(
        session,
        found.video_id,
        now=now,
        title=found.title,
        description=found.description,
        hashtags=list(found.hashtags),
        stats=asdict(found.stats),
        scraped_at=found.found_at,
    )


def facts_of(row: VideoRow) -> FoundVideo:
    """A video as it was last found."""
    return FoundVideo(
        video_id=row.video_id,
        url=row.original_url,
        title=row.title,
        description=row.description,
        author=row.author,
        author_id=row.author_id,
        author_sec_uid=None,
        stats=VideoStats(**row.stats),
        hashtags=tuple(row.hashtags),
        duration_seconds=row.duration_seconds,
        quality=row.quality,
        uploaded_at=row.uploaded_at or row.created_at,
        found_at=row.scraped_at or row.created_at,
    )


def skipped_videos(session: Session, source_id: str) -> Sequence[VideoRow]:
    """Those of a source that its filters did not want, oldest first."""
    return session.scalars(
        sa.select(VideoRow)
        .where(VideoRow.source_id == source_id, VideoRow.processing_status == VideoState.SKIPPED)
        .order_by(VideoRow.created_at, VideoRow.id)
    ).all()


def find_video(session: Session, video_id: str) -> VideoRow | None:
    return session.scalar(sa.select(VideoRow).where(VideoRow.video_id == video_id))


def get_video(session: Session, video_id: str) -> VideoRow:
    """The row of a video.

    Raises:
        VideoUnknown: there is none.
    """
    row = find_video(session, video_id)
    if row is None:
        raise VideoUnknown(video_id)
    return row


def change_video(session: Session, video_id: str, *, now: datetime, **values: Any) -> VideoRow:
    """Change some columns of a video (values as in `VideoRow`) and note when."""
    row = get_video(session, video_id)
    for name, value in values.items():
        setattr(row, name, value)
    row.updated_at = now
    return row


def list_videos(
    session: Session,
    *,
    states: Sequence[VideoState] = (),
    source_id: str | None = None,
    author: str | None = None,
    text: str | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> Sequence[VideoRow]:
    """Newest first. `after` is the (created_at, id) of the last row of the page before; never an offset."""
    query = sa.select(VideoRow).order_by(VideoRow.created_at.desc(), VideoRow.id.desc())
    if states:
        query = query.where(VideoRow.processing_status.in_(states))
    if source_id:
        query = query.where(VideoRow.source_id == source_id)
    if author:
        query = query.where(VideoRow.author == author)
    if text:
        query = query.where(VideoRow.description.icontains(text, autoescape=True))
    if after:
        query = query.where(sa.tuple_(VideoRow.created_at, VideoRow.id) < after)
    return session.scalars(query.limit(min(limit, PAGE_LIMIT))).all()
