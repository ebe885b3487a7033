"""How far a video has come."""

from __future__ import annotations

from enum import StrEnum


class VideoState(StrEnum):
    """Kept in `videos.processing_status`. What happens to its posts is told by `scheduled_posts.status`."""

    FOUND = "found"
    SKIPPED = "skipped"
    DOWNLOADING = "downloading"
    DOWNLOADED = "downloaded"
    PROCESSING = "processing"
    READY = "ready"
    SCHEDULED = "scheduled"
    REVIEW = "review"
    FAILED = "failed"


HAS_RENDITION = (VideoState.READY, VideoState.SCHEDULED)
