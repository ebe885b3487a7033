"""The file behind an address that TikTok fetches from."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from reposter.deliver.publishing.addresses import count_fetch, offered
from reposter.deliver.scheduling.service import get_post
from reposter.library.service import get_video
from reposter.storage.layout import Layout


def offered_file(session: Session, layout: Layout, token: str, *, now: datetime, is_fetch: bool) -> Path | None:
    """The file to give out, or None. A fetch is counted: commit before the first byte.

    It is the very file that was committed to; one that was rendered anew since is not given out.
    """
    attempt = offered(session, token, now)
    if attempt is None:
        return None
    video = get_video(session, get_post(session, int(attempt.post_id)).video_id)
    if video.local_path is None or video.rendition_sha256 != attempt.content_sha256:
        return None
    path = layout.absolute(video.local_path)
    if not path.is_file() or path.stat().st_size != attempt.size_bytes:
        return None
    return path if not is_fetch or count_fetch(session, token, now) else None
