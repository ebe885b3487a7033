"""Packages for posting by hand: made, and downloaded."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from reposter.api.idempotency import IdempotentRoute
from reposter.api.wiring import Wired
from reposter.kit.clock import utc_now
from reposter.pipeline.exporting import export_video, package_named, package_of_post

router = APIRouter(prefix="/api", tags=["exports"], route_class=IdempotentRoute)
NAME = r"^[A-Za-z0-9_-]{1,64}$"


class ExportIn(BaseModel):
    """`account`: the handle whose planned caption is taken; the video's own caption when it is left out."""

    model_config = ConfigDict(extra="forbid")

    account: str | None = Field(None, max_length=100)


class PackageOut(BaseModel):
    name: str
    url: str
    size_bytes: int


@router.post("/videos/{video_id}/export", status_code=201)
def make(
    app: Wired, video_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,50}$")], body: ExportIn | None = None
) -> PackageOut:
    """Make a package of a finished video: the file, its cover, caption and credits."""
    account = body.account if body else None
    path = export_video(app.database, app.layout, video_id, account=account, now=utc_now())
    return PackageOut(name=path.stem, url=f"/api/exports/{path.stem}", size_bytes=path.stat().st_size)


@router.get("/exports/{name}", response_class=FileResponse)
def download(app: Wired, name: Annotated[str, Path(pattern=NAME)]) -> FileResponse:
    """Download a package."""
    path = package_named(app.layout, name)
    return FileResponse(path, media_type="application/zip", filename=path.name)


@router.get("/posts/{post_id}/package", response_class=FileResponse)
def download_of_post(app: Wired, post_id: Annotated[int, Path(ge=1, le=2**53)]) -> FileResponse:
    """Download the package of a post that is to be posted by hand."""
    with app.database.transaction() as session:
        path = package_of_post(session, app.layout, post_id)
    return FileResponse(path, media_type="application/zip", filename=path.name)
