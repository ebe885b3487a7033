"""A publisher that harms nobody: it keeps its uploads in a folder and calls them published there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from reposter.deliver.publishing.order import PostOrder
from reposter.kit.clock import parse_iso, to_iso
from reposter.kit.files import write_atomic
from reposter.vendors.tiktok.chunks import Chunk, ChunkPlan
from reposter.vendors.tiktok.errors import PublishIdRefused, UploadGone, UploadOutOfStep
from reposter.vendors.tiktok.payloads import (
    ChunkReceipt,
    ListedVideo,
    PublishPhase,
    PublishStatus,
    PullSession,
    UploadSession,
)
from reposter.vendors.tiktok.posting import Route

SCHEME = "dry-run:"


class DryRunPublisher:
    """Behaves as TikTok does for a post that nothing goes wrong with; survives a restart."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._now = now

    def init(self, order: PostOrder, plan: ChunkPlan) -> UploadSession:
        return UploadSession(*self._open(order, received_bytes=0), "dry-run")

    def init_pull(self, order: PostOrder, video_url: str) -> PullSession:
        """Nobody fetches anything: the file counts as had, and the post is done."""
        publish_id, _ = self._open(order, received_bytes=order.size_bytes)
        return PullSession(publish_id, "dry-run")

    def _open(self, order: PostOrder, *, received_bytes: int) -> tuple[str, str]:
        number = len(list(self._folder.glob("*.json"))) + 1
        publish_id = hashlib.sha256(f"{order.post_id}/{number}".encode()).hexdigest()[:24]
        upload = {
            "size_bytes": order.size_bytes,
            "received_bytes": received_bytes,
            "caption": order.caption,
            "duration_seconds": order.duration_seconds,
            "route": order.route,
            "done_at": to_iso(self._now()) if received_bytes else None,
        }
        self._save(publish_id, upload)
        return publish_id, SCHEME + publish_id

    def put(self, order: PostOrder, upload_url: str, chunk: Chunk) -> ChunkReceipt:
        publish_id = upload_url.removeprefix(SCHEME)
        upload = self._load(publish_id)
        if upload["done_at"]:
            raise UploadGone("The upload is finished.", hint="Ask for its status.")
        if chunk.first != upload["received_bytes"]:
            raise UploadOutOfStep(
                "Other bytes are waited for.", hint="Go on there.", received_bytes=upload["received_bytes"]
            )
        upload["received_bytes"] = chunk.end
        is_complete = chunk.end == upload["size_bytes"]
        if is_complete:
            upload["done_at"] = to_iso(self._now())
        self._save(publish_id, upload)
        return ChunkReceipt(is_complete, chunk.end, "dry-run")

    def status(self, publish_id: str) -> PublishStatus:
        upload = self._load(publish_id)
        phase = PublishPhase.UPLOADING
        if upload["done_at"]:
            phase = PublishPhase.IN_INBOX if upload["route"] == Route.INBOX else PublishPhase.COMPLETE
        post_ids = (_post_id(publish_id),) if phase is PublishPhase.COMPLETE else ()
        return PublishStatus(phase, phase.value, "", upload["received_bytes"], post_ids, "dry-run")

    def find(self, since: datetime) -> Sequence[ListedVideo]:
        uploads = {path.stem: self._load(path.stem) for path in sorted(self._folder.glob("*.json"))}
        return [
            ListedVideo(
                video_id=_post_id(publish_id),
                created_at=parse_iso(upload["done_at"]),
                description=upload["caption"],
                duration_seconds=upload["duration_seconds"],
                share_url="",
                views=0,
                likes=0,
                comments=0,
                shares=0,
            )
            for publish_id, upload in uploads.items()
            if upload["done_at"] and parse_iso(upload["done_at"]) >= since
        ]

    def _load(self, publish_id: str) -> dict[str, Any]:  # our own JSON
        path = self._folder / f"{publish_id}.json"
        if not path.exists():
            raise PublishIdRefused("There is no such upload.", hint="Send the post again.")
        upload: dict[str, Any] = json.loads(path.read_text())
        return upload

    def _save(self, publish_id: str, upload: dict[str, Any]) -> None:  # our own JSON
        write_atomic(self._folder / f"{publish_id}.json", json.dumps(upload).encode())


def _post_id(publish_id: str) -> str:
    """A number of 19 digits, as TikTok's are."""
    return str(7 * 10**18 + int(publish_id[:14], 16) % 10**18)
