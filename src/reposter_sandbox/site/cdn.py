"""Serve clips and covers as the CDN does: ranges, ETag, expiring links, a cookie that must come along."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from reposter_sandbox.catalogue.catalogue import Catalogue
from reposter_sandbox.footage.encode import RENDITIONS
from reposter_sandbox.footage.library import MUSIC, FootageLibrary
from reposter_sandbox.site.links import CDN_HOST, CHAIN_COOKIE, IMAGE_HOST, Links
from reposter_sandbox.wire.messages import Request, Response
from reposter_sandbox.wire.routes import Routes

PHOTO_STEP_SECONDS = 0.9


@dataclass(frozen=True)
class Cdn:
    catalogue: Catalogue
    footage: FootageLibrary
    links: Links

    def add_to(self, routes: Routes) -> None:
        routes.add("cdn", "GET", "/video/tos/useast2a/{rendition}/{video_id}/", self.video, host=re.escape(CDN_HOST))
        routes.add("cover", "GET", "/obj/{video_id}~{name}.jpeg", self.image, host=re.escape(IMAGE_HOST))

    def video(self, request: Request) -> Response:
        video_id, rendition = request.parts["video_id"], request.parts["rendition"]
        video = self.catalogue.video(video_id)
        if video is None or rendition not in (*RENDITIONS, MUSIC):
            return _text(404, "not found")
        refusal = self.links.refusal(video_id, rendition, request.query, request.cookie(CHAIN_COOKIE))
        if refusal:
            return _text(403, refusal)
        path = self.footage.video(self.catalogue.clip(video), rendition)
        kind = "audio/mp4" if rendition == MUSIC else "video/mp4"
        return _ranged(path.read_bytes(), kind, _etag(path), request.header("Range"))

    def image(self, request: Request) -> Response:
        video = self.catalogue.video(request.parts["video_id"])
        if video is None:
            return _text(404, "not found")
        photo = re.fullmatch(r"photo-(\d)", request.parts["name"])
        moment = PHOTO_STEP_SECONDS * (1 + int(photo[1])) if photo else 0.4
        return Response(body=self.footage.cover(self.catalogue.clip(video), moment), content_type="image/jpeg")


def _ranged(data: bytes, kind: str, etag: str, wanted: str) -> Response:
    headers = [("Accept-Ranges", "bytes"), ("ETag", etag)]
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", wanted.strip())
    if match is None or not (match[1] or match[2]):
        return Response(200, data, kind, headers)
    if match[1]:
        first, last = int(match[1]), min(int(match[2] or len(data) - 1), len(data) - 1)
    else:
        first, last = max(0, len(data) - int(match[2])), len(data) - 1
    if first >= len(data) or first > last:
        return Response(416, b"", kind, [*headers, ("Content-Range", f"bytes */{len(data)}")])
    headers.append(("Content-Range", f"bytes {first}-{last}/{len(data)}"))
    return Response(206, data[first : last + 1], kind, headers)


@lru_cache(maxsize=512)
def _etag(path: Path) -> str:
    return f'"{hashlib.sha256(path.read_bytes()).hexdigest()[:32]}"'


def _text(status: int, text: str) -> Response:
    return Response(status, text.encode(), "text/plain; charset=utf-8")
