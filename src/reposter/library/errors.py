"""Situations of the catalogue."""

from __future__ import annotations

from reposter.kit.errors import NotFound


class VideoUnknown(NotFound):
    code = "video_unknown"

    def __init__(self, video_id: str) -> None:
        super().__init__(
            f"There is no video {video_id!r}.",
            hint="GET /api/videos lists the videos that are known.",
            video_id=video_id,
        )
