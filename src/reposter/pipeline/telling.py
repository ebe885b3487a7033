"""Tell a fact: write its event in the transaction that makes it true."""

from __future__ import annotations

from sqlalchemy.orm import Session

from reposter.deliver.scheduling.tables import ScheduledPostRow
from reposter.kit.clock import to_iso
from reposter.kit.errors import AppError, Verdict
from reposter.kit.eventlog import record
from reposter.vocabulary.events import (
    DomainEvent,
    ErrorOccurred,
    Level,
    QueueUpdated,
    VideoProcessingProgress,
    payload_of,
)


def tell(session: Session, event: DomainEvent, *, level: Level = "info") -> None:
    video_id = getattr(event, "videoId", None)
    record(session, event.TYPE, payload_of(event), level=level, video_id=video_id)


def tell_step(session: Session, video_id: str, step: str, status: str, sentence: str) -> None:
    """A step of a video began or ended."""
    event = VideoProcessingProgress(video_id, step, status, sentence=sentence)  # type: ignore[arg-type]  # literal texts of our own
    tell(session, event, level="error" if status == "failed" else "info")


def tell_error(session: Session, error: AppError, *, where: str, video_id: str | None = None) -> None:
    """An error that a person may want to see; what is merely tried again later is a warning."""
    event = ErrorOccurred(
        code=error.code,
        message=error.message,
        hint=error.hint,
        verdict=error.verdict.value,
        where=where,
        videoId=video_id,
    )
    tell(session, event, level="warning" if error.verdict is Verdict.RETRY_LATER else "error")


def tell_queue(session: Session, post: ScheduledPostRow) -> None:
    event = QueueUpdated(
        scheduledPostId=post.id,
        videoId=post.video_id,
        account=post.tiktok_account,
        status=post.status,
        scheduledTime=to_iso(post.scheduled_time),
        reason=post.error_message or "",
    )
    tell(session, event)
