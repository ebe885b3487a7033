"""Publishing through TikTok's official API."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from reposter.deliver.publishing.composer import Offer, complaint, findings
from reposter.deliver.publishing.order import PostOrder, VideoChanged
from reposter.vendors.tiktok.chunks import Chunk, ChunkPlan
from reposter.vendors.tiktok.client import TikTokClient
from reposter.vendors.tiktok.payloads import (
    ChunkReceipt,
    CreatorInfo,
    ListedVideo,
    PublishStatus,
    PullSession,
    UploadSession,
)
from reposter.vendors.tiktok.posting import Route
from reposter.vendors.tiktok.renewal import TokenSource, call_with

T = TypeVar("T")

READ_BYTES = 1 << 18
PAGES_MAX = 10


class TikTokPublisher:
    """Bound to the account that `token` speaks for. A refused token is renewed once; the call is then made again,
    which is safe because a refused call did nothing."""

    def __init__(self, client: TikTokClient, token: TokenSource) -> None:
        self._client = client
        self._token = token

    def init(self, order: PostOrder, plan: ChunkPlan) -> UploadSession:
        """Check the account's offer of this minute, as TikTok's guidelines ask, then open the upload.

        Raises:
            ChoiceRefused: the account no longer offers what was chosen.
        """
        if order.route is Route.INBOX:
            return self._call(lambda token: self._client.init_inbox_video(token, plan=plan))
        _require_offered(order, self._call(self._client.creator_info))
        return self._call(
            lambda token: self._client.init_video(token, caption=order.caption, choices=order.choices, plan=plan)
        )

    def init_pull(self, order: PostOrder, video_url: str) -> PullSession:
        """As `init`; TikTok fetches the file from `video_url`.

        Raises:
            ChoiceRefused: the account no longer offers what was chosen.
        """
        if order.route is Route.INBOX:
            return self._call(lambda token: self._client.init_inbox_pull(token, video_url=video_url))
        _require_offered(order, self._call(self._client.creator_info))
        return self._call(
            lambda token: self._client.init_pull(
                token, caption=order.caption, choices=order.choices, video_url=video_url
            )
        )

    def put(self, order: PostOrder, upload_url: str, chunk: Chunk) -> ChunkReceipt:
        if not order.video_path.is_file():
            raise VideoChanged("The file is gone; nothing was sent.", hint="Process the video again.")
        body = _read_slice(order.video_path, chunk)
        return self._client.put_chunk(upload_url, body, chunk=chunk, size_bytes=order.size_bytes)

    def status(self, publish_id: str) -> PublishStatus:
        return self._call(lambda token: self._client.publish_status(token, publish_id))

    def find(self, since: datetime) -> Sequence[ListedVideo]:
        found: list[ListedVideo] = []
        cursor: int | None = None
        for _ in range(PAGES_MAX):
            page = self._call(lambda token, cursor=cursor: self._client.list_videos(token, cursor=cursor))  # type: ignore[misc]  # mypy cannot type a default in a lambda
            found += page.videos
            if not page.has_more or any(video.created_at < since for video in page.videos):
                break
            cursor = page.cursor
        return found

    def _call(self, ask: Callable[[str], T]) -> T:
        return call_with(self._token, ask)


def _require_offered(order: PostOrder, info: CreatorInfo) -> None:
    """What was agreed to must still be on offer; nothing is changed silently."""
    found = findings(
        order.choices,
        Offer.of(info),
        route=order.route,
        caption=order.caption,
        duration_seconds=order.duration_seconds,
    )
    if found:
        raise complaint(found, account=order.account)


def _read_slice(path: Path, chunk: Chunk) -> Iterator[bytes]:
    """The chunk's bytes in small pieces: memory stays flat whatever the chunk's size."""
    with path.open("rb") as file:
        file.seek(chunk.first)
        left = chunk.size_bytes
        while left and (piece := file.read(min(READ_BYTES, left))):
            left -= len(piece)
            yield piece
