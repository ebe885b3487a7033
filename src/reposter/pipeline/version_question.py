"""Whether the file of a video may go out: not while it is made anew, nor while a person is to choose between two."""

from __future__ import annotations

from sqlalchemy.orm import Session

from reposter.kit.database import serialise
from reposter.kit.errors import AppError, Verdict
from reposter.library.service import find_video, get_video
from reposter.library.states import HAS_RENDITION
from reposter.library.tables import VideoRow


class WatermarkDoubtful(AppError):
    """The cleaned version may be worse than the original one; both are kept until a person chooses."""

    code = "watermark_doubtful"
    verdict = Verdict.NEEDS_PERSON


class VideoInWork(AppError):
    """The video's file is being made anew, or could not be."""

    code = "video_in_work"
    verdict = Verdict.NEEDS_PERSON


def version_key(video_id: str) -> str:
    """Whoever decides which file of a video goes out names this key, before those of its posts."""
    return f"version:{video_id}"


def reserve_version(session: Session, video_id: str) -> VideoRow:
    """The video as it is now; nobody else decides about its file before this transaction ends.

    Raises:
        VideoUnknown: there is none.
    """
    serialise(session, version_key(video_id))
    video = get_video(session, video_id)
    session.refresh(video)
    return video


def rights_key(source_id: str | None) -> str:
    """Who answers for a source's rights, and who ends work that waited for them, do not miss one another."""
    return f"rights:{source_id}"


def is_doubtful(video: VideoRow) -> bool:
    return video.alternative_path is not None and video.watermark_choice is None


def doubt_about(session: Session, video_id: str) -> AppError | None:
    """The choice between two versions that nobody has made yet."""
    video = find_video(session, video_id)
    return _doubt(video) if video is not None and video.processing_status in HAS_RENDITION else None


def version_refusal(session: Session, video_id: str) -> AppError | None:
    """Why no file of the video may go out now."""
    video = find_video(session, video_id)
    if video is None or video.processing_status in HAS_RENDITION:
        return _doubt(video) if video is not None else None
    return VideoInWork(
        f"Video {video_id} is processed again; its post goes on by itself when that is done.",
        hint="Wait; where it could not be processed, see its error and use POST /api/videos/{id}/retry.",
    )


def _doubt(video: VideoRow) -> WatermarkDoubtful | None:
    if not is_doubtful(video):
        return None
    return WatermarkDoubtful(
        "It is in doubt whether the removal of the watermark made this video better; both versions are kept, and "
        "neither goes out by itself.",
        hint=f"Compare both, then POST /api/videos/{video.video_id}/watermark: choose cleaned, original or again.",
    )
