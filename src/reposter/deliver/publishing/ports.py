"""What publishing needs of a platform. The twin that harms nobody is `dry_run.py`; one suite runs against both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from reposter.deliver.publishing.order import PostOrder
from reposter.vendors.tiktok.chunks import Chunk, ChunkPlan
from reposter.vendors.tiktok.payloads import ChunkReceipt, ListedVideo, PublishStatus, PullSession, UploadSession


class Publisher(Protocol):
    """Bound to one account. Errors carry a verdict; *outcome unknown* means that the call may have taken effect."""

    def init(self, order: PostOrder, plan: ChunkPlan) -> UploadSession:
        """Open an upload. Nothing can be posted through it before its last byte arrives."""

    def init_pull(self, order: PostOrder, video_url: str) -> PullSession:
        """Tell where the file can be fetched. The post may go live without anything more."""

    def put(self, order: PostOrder, upload_url: str, chunk: Chunk) -> ChunkReceipt:
        """Send one chunk; sending one again does no harm."""

    def status(self, publish_id: str) -> PublishStatus:
        """Where a post stands. Changes nothing."""

    def find(self, since: datetime) -> Sequence[ListedVideo]:
        """The account's public videos made at `since` or later."""
