"""/api/videos: what is known of each video, its files and its way."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from reposter.api.idempotency import IdempotentRoute
from reposter.api.paging import cursor_of, place_of
from reposter.api.routes.watermarks import VideoId, WatermarkOut, present, watermark_out
from reposter.api.wiring import Wired
from reposter.kit.clock import utc_now
from reposter.kit.errors import NotFound
from reposter.library.service import change_video, get_video, list_videos
from reposter.library.states import VideoState
from reposter.library.tables import VideoRow
from reposter.pipeline.commands import retry_video
from reposter.views.watermark import watermark_of

router = APIRouter(prefix="/api/videos", tags=["videos"], route_class=IdempotentRoute)


class Skip(BaseModel):
    """Why a source did not want the video: the rule, what was asked and what it had."""

    rule: str
    sentence: str


class VideoOut(BaseModel):
    """The specification's record and how far the video has come."""

    videoId: str  # noqa: N815
    sourceId: str | None  # noqa: N815
    originalUrl: str  # noqa: N815
    title: str
    description: str
    author: str
    authorId: str | None  # noqa: N815
    stats: dict[str, Any]
    hashtags: list[str]
    duration: float | None
    quality: str | None
    uploadDate: datetime | None  # noqa: N815
    scrapedAt: datetime | None  # noqa: N815
    processing_status: VideoState
    caption: str | None
    skip: Skip | None
    error: dict[str, Any] | None
    report: dict[str, Any] | None
    watermark: WatermarkOut | None
    local_path: str | None
    thumbnail_url: str | None
    thumbnails: list[str]
    created_at: datetime
    updated_at: datetime


class VideoPage(BaseModel):
    items: list[VideoOut]
    next: str | None


class VideoChange(BaseModel):
    """What a person may correct; a field that is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = Field(None, max_length=300)
    description: str | None = Field(None, max_length=5000)
    caption: str | None = Field(None, max_length=2200)
    hashtags: list[Annotated[str, Field(pattern=r"^#\w{1,100}$")]] | None = Field(None, max_length=50)


@router.get("")
def list_all(
    app: Wired,
    status: Annotated[list[VideoState] | None, Query()] = None,
    source: Annotated[str | None, Query(max_length=50)] = None,
    author: Annotated[str | None, Query(max_length=100)] = None,
    q: Annotated[str | None, Query(max_length=200, description="Words in the caption")] = None,
    after: Annotated[str | None, Query(max_length=200, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> VideoPage:
    """List videos with filters, newest first."""
    with app.database.transaction() as session:
        rows = list_videos(
            session,
            states=status or (),
            source_id=source,
            author=author,
            text=q,
            after=place_of(after),
            limit=limit,
        )
    following = cursor_of(rows[-1].created_at, rows[-1].id) if len(rows) == limit else None
    return VideoPage(items=[video_out(row) for row in rows], next=following)


@router.get("/{video_id}")
def get(app: Wired, video_id: VideoId) -> VideoOut:
    with app.database.transaction() as session:
        return video_out(get_video(session, video_id))


@router.put("/{video_id}")
def change(app: Wired, video_id: VideoId, body: VideoChange) -> VideoOut:
    """Update video metadata."""
    changes = body.model_dump(exclude_none=True)
    with app.database.transaction() as session:
        return video_out(change_video(session, video_id, now=utc_now(), **changes))


@router.post("/{video_id}/retry", status_code=202)
def retry(app: Wired, video_id: VideoId) -> VideoOut:
    """Put a video that was set aside, or skipped by a filter, back on the line."""
    with app.database.transaction() as session:
        return video_out(retry_video(session, app.line, video_id, now=utc_now()))


@router.get("/{video_id}/thumbnails/{index}", response_class=FileResponse)
def thumbnail(app: Wired, video_id: VideoId, index: Annotated[int, Path(ge=0, le=50)]) -> FileResponse:
    with app.database.transaction() as session:
        thumbnails = get_video(session, video_id).thumbnails
    if index >= len(thumbnails):
        raise NotFound(f"Video {video_id} has no thumbnail {index}.", hint="Thumbnails come with processing.")
    path = present(app.layout.absolute(thumbnails[index]))
    return FileResponse(path, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


@router.get("/{video_id}/file", response_class=FileResponse)
def file(app: Wired, video_id: VideoId) -> FileResponse:
    """The finished file."""
    with app.database.transaction() as session:
        local_path = get_video(session, video_id).local_path
    if local_path is None:
        raise NotFound(f"Video {video_id} has no finished file yet.", hint="It comes with processing.")
    return FileResponse(present(app.layout.absolute(local_path)), media_type="video/mp4")


def video_out(row: VideoRow) -> VideoOut:
    verdict = row.verdict or {}
    skipped = row.processing_status == VideoState.SKIPPED
    thumbnails = [f"/api/videos/{row.video_id}/thumbnails/{index}" for index in range(len(row.thumbnails))]
    return VideoOut(
        videoId=row.video_id,
        sourceId=row.source_id,
        originalUrl=row.original_url,
        title=row.title,
        description=row.description,
        author=row.author,
        authorId=row.author_id,
        stats=row.stats,
        hashtags=row.hashtags,
        duration=row.duration_seconds,
        quality=row.quality,
        uploadDate=row.uploaded_at,
        scrapedAt=row.scraped_at,
        processing_status=VideoState(row.processing_status),
        caption=row.caption,
        skip=Skip(rule=verdict.get("rule") or "", sentence=verdict.get("sentence") or "") if skipped else None,
        error=row.error,
        report=row.report,
        watermark=watermark_out(row.video_id, watermark_of(row)),
        local_path=row.local_path,
        thumbnail_url=thumbnails[len(thumbnails) // 2] if thumbnails else None,
        thumbnails=thumbnails,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
