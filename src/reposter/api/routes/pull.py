"""/pull: where TikTok fetches a file that it was told of. The only door meant for the open internet."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from reposter.api.wiring import Wired
from reposter.kit.clock import utc_now
from reposter.pipeline.offering import offered_file

router = APIRouter(include_in_schema=False)


@router.api_route("/pull/{token:path}", methods=["GET", "HEAD"])
def pull(app: Wired, request: Request, token: str) -> Response:
    """The file, whole or a range of it; 404 for a token that is wrong, used up or dead, without saying which."""
    is_fetch = request.method == "GET"
    with app.database.transaction() as session:
        path = offered_file(session, app.layout, token, now=utc_now(), is_fetch=is_fetch)
    if path is None:
        return Response(status_code=404)
    return FileResponse(path, media_type="video/mp4", headers={"Cache-Control": "no-store"})
