"""/api/videos/{id}/watermark and /versions: what was done about the mark, both versions, and a person's decision."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from reposter.api.idempotency import IdempotentRoute
from reposter.api.wiring import Wired
from reposter.kit.clock import utc_now
from reposter.kit.errors import InvalidInput, NotFound
from reposter.library.service import get_video
from reposter.library.states import VideoState
from reposter.library.tables import VideoRow
from reposter.pipeline.choosing_version import Hands, choose_version, remove_again
from reposter.views.watermark import WatermarkView, watermark_of
from reposter.vocabulary.wishes import Version, Wishes, parse_regions

router = APIRouter(prefix="/api/videos", tags=["videos"], route_class=IdempotentRoute)
VideoId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,50}$")]
Share = Annotated[float, Field(strict=True)]
Regions = Annotated[
    list[list[Share]],
    Field(description="Each left, top, right, bottom as shares of the upright picture, 0 to 1; at most 16"),
]


class WishesOut(BaseModel):
    """What a person asked for when the video was last processed again."""

    protect: Regions
    marks: Regions
    inpaint: bool


class VersionOut(BaseModel):
    """`is_chosen`: a person decided that this one goes out."""

    version: Version
    url: str
    is_chosen: bool


class WatermarkOut(BaseModel):
    """The step's outcome, reason and figures. With two `versions` and no `choice` the video's posts wait."""

    outcome: str
    why: str
    details: dict[str, Any]
    versions: list[VersionOut]
    choice: Version | None
    wishes: WishesOut | None


class WatermarkIn(BaseModel):
    """Which version goes out, or `again` with regions: `protect` stays as it is, in `marks` there is a mark for sure.

    `inpaint`: what cannot be recovered may be invented from its surroundings.
    """

    model_config = ConfigDict(extra="forbid")

    choice: Literal["cleaned", "original", "again"]
    protect: Regions = Field(default_factory=list)
    marks: Regions = Field(default_factory=list)
    inpaint: StrictBool = False


class WatermarkState(BaseModel):
    video_id: str
    processing_status: VideoState
    watermark: WatermarkOut | None


@router.post("/{video_id}/watermark", status_code=202)
def decide(app: Wired, video_id: VideoId, body: WatermarkIn) -> WatermarkState:
    """Choose the cleaned or the original version, or have the mark removed again with regions of your own.

    Refused while the video is processed, and once a post of it is on its way or live. Chosen twice, it is chosen once.
    """
    wishes = Wishes(parse_regions("protect", body.protect), parse_regions("marks", body.marks), body.inpaint)
    if body.choice != "again" and wishes != Wishes():
        raise InvalidInput(
            f"Regions do not go with the choice {body.choice}: it takes a version that is there already.",
            hint='Leave them out, or use the choice "again".',
        )
    hands = Hands(app.line, app.layout, app.options())
    with app.database.transaction() as session:
        if body.choice == "again":
            video = remove_again(session, hands, video_id, wishes, now=utc_now())
        else:
            video = choose_version(session, hands, video_id, Version(body.choice), now=utc_now())
        return _state(video)


@router.get("/{video_id}/versions/{version}", response_class=FileResponse)
def version_file(app: Wired, video_id: VideoId, version: Version) -> FileResponse:
    """One of the two versions of a video whose cleaning was in doubt, whichever goes out."""
    with app.database.transaction() as session:
        view = watermark_of(get_video(session, video_id))
    path = view.path_of.get(version) if view else None
    if path is None:
        raise NotFound(f"Video {video_id} has only one version.", hint="GET /api/videos/{id}/file is the one there is.")
    return FileResponse(present(app.layout.absolute(path)), media_type="video/mp4")


def present(path: FilePath) -> FilePath:
    """The file, if it is there.

    Raises:
        NotFound: it was deleted.
    """
    if not path.is_file():
        hint = "Restore it from a backup, or process the video again."
        raise NotFound(f"{path.name} is no longer on the disk.", hint=hint)
    return path


def watermark_out(video_id: str, view: WatermarkView | None) -> WatermarkOut | None:
    if view is None:
        return None
    return WatermarkOut(
        outcome=view.outcome,
        why=view.why,
        details=view.details,
        versions=[
            VersionOut(
                version=version,
                url=f"/api/videos/{video_id}/versions/{version}",
                is_chosen=version == view.choice,
            )
            for version in view.path_of
        ],
        choice=view.choice,
        wishes=WishesOut.model_validate(view.wishes.to_json()) if view.wishes else None,
    )


def _state(video: VideoRow) -> WatermarkState:
    return WatermarkState(
        video_id=video.video_id,
        processing_status=VideoState(video.processing_status),
        watermark=watermark_out(video.video_id, watermark_of(video)),
    )
