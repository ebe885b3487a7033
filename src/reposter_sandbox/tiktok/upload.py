"""Take the bytes: sequential chunks on the upload URL, each stored whole or not at all."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from reposter_sandbox.tiktok.publishes import Publish, Publishes
from reposter_sandbox.tiktok.rulebook import Rulebook
from reposter_sandbox.wire.messages import Request, Response
from reposter_sandbox.wire.routes import Routes

TYPES = frozenset({"video/mp4", "video/quicktime", "video/webm"})
PIECE_BYTES = 256 * 1024


@dataclass(frozen=True)
class UploadEndpoint:
    publishes: Publishes
    rulebook: Rulebook
    # Told the publish whose last byte has just come.
    when_complete: Callable[[Publish], None]

    def add_to(self, routes: Routes) -> None:
        routes.add("upload", "PUT", "/video/", self.put)

    def put(self, request: Request) -> Response:
        publish = self.publishes.find_by_key(request.query.get("upload_token", ""))
        if publish is None:
            return Response(404)
        with self.publishes.lock(publish.publish_id):
            return self._put(request, publish.publish_id)

    def _put(self, request: Request, publish_id: str) -> Response:
        publish = self.publishes.find(publish_id)
        assert publish is not None  # found a moment ago; nothing deletes tasks
        if publish.url_expires_real < time.time() or publish.status == "FAILED":
            return Response(403)
        sent = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", request.header("Content-Range"))
        if sent is None or request.header("Content-Type").split(";")[0] not in TYPES:
            return Response(400)
        first, last, total = (int(part) for part in sent.groups())
        if total != publish.size_bytes or last - first + 1 != request.length:
            return Response(400)
        if first != publish.received_bytes:
            return Response(416, headers=[self._progress(publish.received_bytes, total)])
        if last != _chunk_end(publish):
            return Response(400)
        self._store(request, publish, first)
        received = last + 1
        self.publishes.add_bytes(publish, received)
        if received == total:
            self.when_complete(publish)
        return Response(201 if received == total else 206, headers=[self._progress(received, total)])

    def _store(self, request: Request, publish: Publish, offset: int) -> None:
        path = self.publishes.file(publish)
        path.touch()
        with path.open("r+b") as file:
            file.seek(offset)
            while piece := request.read(PIECE_BYTES):
                file.write(piece)
            file.truncate()

    def _progress(self, received: int, total: int) -> tuple[str, str]:
        """`bytes 0-{UPLOADED_BYTES}/{TOTAL}`, taken at its word: a count, not a last index."""
        end = received if self.rulebook.rules.progress_counts_bytes else max(0, received - 1)
        return ("Content-Range", f"bytes 0-{end}/{total}")


def _chunk_end(publish: Publish) -> int:
    """Last byte of the chunk that must come next."""
    index = publish.received_bytes // publish.chunk_bytes
    if index >= publish.chunk_count - 1:
        return publish.size_bytes - 1
    return publish.received_bytes + publish.chunk_bytes - 1
