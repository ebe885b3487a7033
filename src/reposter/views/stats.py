"""System metrics in the shape of the specification: scraping, processing, publishing, storage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.publishing.tables import ApiCallRow
from reposter.deliver.scheduling.tables import PostState, ScheduledPostRow
from reposter.library.states import VideoState
from reposter.library.tables import VideoRow
from reposter.views.line import tally

WINDOW = timedelta(hours=24)


@dataclass(frozen=True)
class Scraping:
    videosFound: int  # noqa: N815  # the specification's spelling, here and below
    videosDownloaded: int  # noqa: N815
    failures: int


@dataclass(frozen=True)
class Processing:
    """`processingRate` counts videos per hour over the last 24 hours; `avgFileSize` is in bytes."""

    queueSize: int  # noqa: N815
    processingRate: float  # noqa: N815
    successRate: float | None  # noqa: N815
    avgFileSize: float | None  # noqa: N815


@dataclass(frozen=True)
class Publishing:
    postsScheduled: int  # noqa: N815
    postsPublished: int  # noqa: N815
    apiErrors: int  # noqa: N815
    rateLimitHits: int  # noqa: N815


@dataclass(frozen=True)
class Storage:
    """Bytes. `azureUsage` counts what the catalogue knows to be in Azure."""

    localUsage: int  # noqa: N815
    azureUsage: int  # noqa: N815


@dataclass(frozen=True)
class SystemMetrics:
    scraping: Scraping
    processing: Processing
    publishing: Publishing
    storage: Storage


def system_metrics(session: Session, *, now: datetime) -> SystemMetrics:
    total = tally(session)
    queue, local, azure, average = session.execute(
        sa.select(
            sa.func.count().filter(VideoRow.processing_status.in_((VideoState.DOWNLOADED, VideoState.PROCESSING))),
            sa.func.coalesce(sa.func.sum(VideoRow.rendition_bytes), 0),
            sa.func.coalesce(sa.func.sum(VideoRow.rendition_bytes).filter(VideoRow.azure_path.is_not(None)), 0),
            sa.func.avg(VideoRow.rendition_bytes),
        )
    ).one()
    recent = session.scalar(
        sa.select(sa.func.count()).where(VideoRow.rendition_sha256.is_not(None), VideoRow.updated_at > now - WINDOW)
    )
    set_aside = session.scalar(
        sa.select(sa.func.count()).where(
            VideoRow.processing_status == VideoState.REVIEW, VideoRow.original_sha256.is_not(None)
        )
    )
    tried = total.videos_processed + (set_aside or 0)
    return SystemMetrics(
        scraping=Scraping(total.videos_found, total.videos_downloaded, total.failures),
        processing=Processing(
            queueSize=queue,
            processingRate=round((recent or 0) / (WINDOW / timedelta(hours=1)), 2),
            successRate=round(total.videos_processed / tried, 3) if tried else None,
            avgFileSize=float(average) if average is not None else None,
        ),
        publishing=_publishing(session, now),
        storage=Storage(localUsage=int(local), azureUsage=int(azure)),
    )


def _publishing(session: Session, now: datetime) -> Publishing:
    post, call = ScheduledPostRow, ApiCallRow
    scheduled, published = session.execute(
        sa.select(
            sa.func.count().filter(post.status == PostState.QUEUED),
            sa.func.count().filter(post.status == PostState.POSTED),
        )
    ).one()
    errors, limited = session.execute(
        sa.select(
            sa.func.count().filter(call.outcome != "ok"),
            sa.func.count().filter(call.code == "rate_limit_exceeded"),
        ).where(call.started_at > now - WINDOW)
    ).one()
    return Publishing(scheduled, published, errors, limited)
