"""What was done about the mark of a video: the step's own words and figures, the versions, a person's part in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.craft.render.request import WATERMARK_REMOVAL
from reposter.library.tables import VideoRow
from reposter.vocabulary.wishes import Version, Wishes


@dataclass(frozen=True)
class WatermarkView:
    """`details` are the step's: what was found where, how sure, what the judge measured.

    `path_of` has the file of each version, where both were kept; with no `choice` neither goes out.
    """

    outcome: str
    why: str
    details: dict[str, Any]  # any JSON
    choice: Version | None
    wishes: Wishes | None
    path_of: dict[Version, str]


def watermark_of(video: VideoRow) -> WatermarkView | None:
    """None where the video was not processed yet."""
    step = next((one for one in (video.report or {}).get("steps", ()) if one["name"] == WATERMARK_REMOVAL), None)
    if step is None:
        return None
    return WatermarkView(
        outcome=step["outcome"],
        why=step["why"],
        details=step.get("details") or {},  # reports of older versions have none
        choice=Version(video.watermark_choice) if video.watermark_choice else None,
        wishes=Wishes.from_json(video.watermark_wishes) if video.watermark_wishes else None,
        path_of=_versions(video),
    )


def watermarks_of(session: Session, video_ids: Sequence[str]) -> dict[str, WatermarkView]:
    rows = session.scalars(sa.select(VideoRow).where(VideoRow.video_id.in_(video_ids)))
    views = {row.video_id: watermark_of(row) for row in rows}
    return {video_id: view for video_id, view in views.items() if view is not None}


def _versions(video: VideoRow) -> dict[Version, str]:
    """Both files, where there are two; the one at hand is the original one until the other was chosen."""
    if video.local_path is None or video.alternative_path is None:
        return {}
    if video.watermark_choice == Version.CLEANED:
        return {Version.ORIGINAL: video.alternative_path, Version.CLEANED: video.local_path}
    return {Version.ORIGINAL: video.local_path, Version.CLEANED: video.alternative_path}
