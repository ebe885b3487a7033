"""TikTok's API, one method per endpoint. A refusal is an error of the table; doubt is `OutcomeUnknown`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx

from reposter.kit.errors import AppError, VendorUnavailable
from reposter.vendors.tiktok.bodies import file_upload, post_info, pull_from_url
from reposter.vendors.tiktok.chunks import Chunk, ChunkPlan
from reposter.vendors.tiktok.errors import (
    AppRefused,
    OutcomeUnknown,
    RateLimited,
    RequestRefused,
    UploadGone,
    UploadOutOfStep,
    error_for,
)
from reposter.vendors.tiktok.payloads import (
    ChunkReceipt,
    CreatorInfo,
    ListedVideo,
    PublishStatus,
    PullSession,
    UploadSession,
    UserInfo,
    VideoPage,
)
from reposter.vendors.tiktok.posting import PostingChoices
from reposter.vendors.tiktok.wire import Body, Reply, exchange, no_answer

API_URL = "https://open.tiktokapis.com"
UPLOAD_DOMAIN = ".tiktokapis.com"
READ_DEADLINE_SECONDS = 15.0
INIT_DEADLINE_SECONDS = 30.0
CHUNK_DEADLINE_SECONDS = 30.0
UPLOAD_BYTES_PER_SECOND_MIN = 64_000
VIDEO_PAGE_MAX = 20
VIDEO_INIT = "/v2/post/publish/video/init/"
INBOX_INIT = "/v2/post/publish/inbox/video/init/"

OPS = {
    "/v2/post/publish/creator_info/query/": "creator_info",
    VIDEO_INIT: "init",
    INBOX_INIT: "inbox_init",
    "/v2/post/publish/status/fetch/": "status",
    "/v2/post/publish/cancel/": "cancel",
    "/v2/video/list/": "list",
    "/v2/video/query/": "query",
    "/v2/user/info/": "user",
}
"""What a call is named where calls are counted."""

VIDEO_FIELDS = (
    "id,create_time,video_description,title,duration,share_url,view_count,like_count,comment_count,share_count"
)
USER_FIELDS = "open_id,display_name,avatar_url"


class TikTokClient:
    """The caller owns `http`. `base_url` is TikTok's, or that of a sandbox. `admit(op)` is asked before each call of
    the API and raises where it may not be made now: nothing is sent then."""

    def __init__(self, base_url: str, http: httpx.Client, admit: Callable[[str], None] = lambda _op: None) -> None:
        self._base_url = base_url.rstrip("/")
        self._http = http
        self._admit = admit

    def creator_info(self, token: str) -> CreatorInfo:
        """What the account may choose now. "Cannot post now" is an error, though TikTok says it with HTTP 200."""
        data, log_id = self._read("POST", "/v2/post/publish/creator_info/query/", token, {})
        return CreatorInfo.read(data, log_id)

    def init_video(self, token: str, *, caption: str, choices: PostingChoices, plan: ChunkPlan) -> UploadSession:
        """Open an upload that becomes a post when its last byte arrives. Not idempotent.

        Raises:
            OutcomeUnknown: it may have been opened; without its address nothing can ever be posted through it.
        """
        body = {"post_info": post_info(caption, choices), "source_info": file_upload(plan)}
        return self._init_upload(VIDEO_INIT, token, body)

    def init_inbox_video(self, token: str, *, plan: ChunkPlan) -> UploadSession:
        """Open an upload that ends as a draft in the creator's inbox; TikTok takes no caption or choices here."""
        return self._init_upload(INBOX_INIT, token, {"source_info": file_upload(plan)})

    def init_pull(self, token: str, *, caption: str, choices: PostingChoices, video_url: str) -> PullSession:
        """Have TikTok fetch the video, and post it without anything more from us. Not idempotent.

        Raises:
            OutcomeUnknown: TikTok may fetch and post it; nobody knows the publish id.
        """
        body = {"post_info": post_info(caption, choices), "source_info": pull_from_url(video_url)}
        return self._init_pull(VIDEO_INIT, token, body)

    def init_inbox_pull(self, token: str, *, video_url: str) -> PullSession:
        """Have TikTok fetch the video and lay it into the creator's inbox as a draft."""
        return self._init_pull(INBOX_INIT, token, {"source_info": pull_from_url(video_url)})

    def put_chunk(
        self, upload_url: str, body: Body, *, chunk: Chunk, size_bytes: int, media_type: str = "video/mp4"
    ) -> ChunkReceipt:
        """Send one chunk. The one that completes the file is the moment of posting.

        Raises:
            UploadGone: the address is expired, finished or unknown.
            UploadOutOfStep: TikTok waits for other bytes.
            OutcomeUnknown: the bytes may have arrived; ask `publish_status`.
            AppRefused: the address is not TikTok's.
        """
        self._require_upload_host(upload_url)
        headers = {
            "Content-Type": media_type,
            "Content-Length": str(chunk.size_bytes),
            "Content-Range": f"bytes {chunk.first}-{chunk.last}/{size_bytes}",
        }
        deadline_seconds = CHUNK_DEADLINE_SECONDS + chunk.size_bytes / UPLOAD_BYTES_PER_SECOND_MIN
        reply = exchange(self._http, "PUT", upload_url, headers=headers, body=body, deadline_seconds=deadline_seconds)
        return _read_receipt(reply)

    def publish_status(self, token: str, publish_id: str) -> PublishStatus:
        data, log_id = self._read("POST", "/v2/post/publish/status/fetch/", token, {"publish_id": publish_id})
        return PublishStatus.read(data, log_id)

    def cancel(self, token: str, publish_id: str) -> None:
        """Best effort; TikTok stops only what it is still fetching."""
        self._change("/v2/post/publish/cancel/", token, {"publish_id": publish_id})

    def list_videos(self, token: str, *, cursor: int | None = None, count: int = VIDEO_PAGE_MAX) -> VideoPage:
        """Public videos of the account, newest first, at most 20."""
        body: dict[str, Any] = {"max_count": min(count, VIDEO_PAGE_MAX)}  # JSON
        if cursor is not None:
            body["cursor"] = cursor
        data, log_id = self._read("POST", f"/v2/video/list/?fields={VIDEO_FIELDS}", token, body)
        return VideoPage.read(data, log_id)

    def query_videos(self, token: str, video_ids: Sequence[str]) -> tuple[ListedVideo, ...]:
        """At most 20 of the account's own videos; ids of others, and of videos gone or private, are left out."""
        if len(video_ids) > VIDEO_PAGE_MAX:
            raise ValueError(f"{len(video_ids)} ids; TikTok takes {VIDEO_PAGE_MAX}")
        body = {"filters": {"video_ids": list(video_ids)}}
        data, log_id = self._read("POST", f"/v2/video/query/?fields={VIDEO_FIELDS}", token, body)
        return VideoPage.read(data, log_id).videos

    def user_info(self, token: str, *, with_profile: bool = False) -> UserInfo:
        """`with_profile` asks for the username too, which needs the scope user.info.profile."""
        fields = f"{USER_FIELDS},username" if with_profile else USER_FIELDS
        data, log_id = self._read("GET", f"/v2/user/info/?fields={fields}", token, None)
        return UserInfo.read(data, log_id)

    def _init_upload(self, path: str, token: str, body: dict[str, Any]) -> UploadSession:  # JSON
        data, log_id = self._change(path, token, body)
        publish_id, upload_url = data.get("publish_id"), data.get("upload_url")
        if not isinstance(publish_id, str | int) or not publish_id or not isinstance(upload_url, str):
            raise no_answer("an accepted init without publish id or address", http=200, log_id=log_id)
        self._require_upload_host(upload_url)
        return UploadSession(str(publish_id), upload_url, log_id)

    def _init_pull(self, path: str, token: str, body: dict[str, Any]) -> PullSession:  # JSON
        data, log_id = self._change(path, token, body)
        publish_id = data.get("publish_id")
        if not isinstance(publish_id, str | int) or not publish_id:
            raise no_answer("an accepted init without publish id", http=200, log_id=log_id)
        return PullSession(str(publish_id), log_id)

    def _read(
        self,
        method: str,
        path: str,
        token: str,
        body: dict[str, Any] | None,  # JSON
    ) -> tuple[dict[str, Any], str]:
        """A call that changes nothing: doubt about it is just unavailability."""
        try:
            return self._call(method, path, token, body, READ_DEADLINE_SECONDS)
        except OutcomeUnknown as doubt:
            raise VendorUnavailable(
                "TikTok gave no readable answer.", hint="It is asked again by itself.", **doubt.context
            ) from doubt

    def _change(self, path: str, token: str, body: dict[str, Any]) -> tuple[dict[str, Any], str]:  # JSON
        return self._call("POST", path, token, body, INIT_DEADLINE_SECONDS)

    def _call(
        self,
        method: str,
        path: str,
        token: str,
        body: dict[str, Any] | None,
        deadline_seconds: float,  # JSON
    ) -> tuple[dict[str, Any], str]:
        headers = {"Authorization": f"Bearer {token}"}
        if body is not None:
            headers["Content-Type"] = "application/json; charset=UTF-8"
        content = b"" if body is None else json.dumps(body).encode()
        url, op = self._base_url + path, OPS[path.partition("?")[0]]
        self._admit(op)
        reply = exchange(self._http, method, url, headers=headers, body=content, deadline_seconds=deadline_seconds)
        try:
            return _open_envelope(reply)
        except RateLimited as error:
            error.context["op"] = op
            raise

    def _require_upload_host(self, upload_url: str) -> None:
        """An address that TikTok did not mean would receive the video: only its own hosts, or the sandbox's own."""
        url, base = urlsplit(upload_url), urlsplit(self._base_url)
        is_tiktoks = url.scheme == "https" and (url.hostname or "").endswith(UPLOAD_DOMAIN)
        is_our_base = (url.scheme, url.hostname, url.port) == (base.scheme, base.hostname, base.port)
        if url.username is not None or not (is_tiktoks or is_our_base):
            raise AppRefused(
                f"TikTok named an upload address that is not its own ({url.hostname}); nothing was sent there.",
                hint="Check that nothing sits between this machine and TikTok.",
            )


def _open_envelope(reply: Reply) -> tuple[dict[str, Any], str]:
    """`data` and log id of an answer whose `error.code` is "ok", whatever its HTTP status says (both disagree)."""
    answer = reply.json()
    raw_error, data = answer.get("error"), answer.get("data")
    error = raw_error if isinstance(raw_error, dict) else {}
    code = error.get("code")
    log_id = str(error.get("log_id") or error.get("logid") or reply.headers.get("X-Tt-Logid", ""))
    if code == "ok" and reply.http < 300:
        return (data if isinstance(data, dict) else {}), log_id
    if reply.http == 429:
        code = "rate_limit_exceeded"
    if reply.http >= 500 or not isinstance(code, str) or not code or code == "ok":
        raise no_answer(f"HTTP {reply.http}", http=reply.http, log_id=log_id)
    raise error_for(
        code,
        http=reply.http,
        said=str(error.get("message", "")),
        log_id=log_id,
        retry_after_seconds=reply.retry_after_seconds(),
    )


def _read_receipt(reply: Reply) -> ChunkReceipt:
    log_id = reply.headers.get("X-Tt-Logid", "")
    received_bytes = _received_bytes(reply.headers.get("Content-Range", ""))
    if reply.http in (200, 201, 206):
        return ChunkReceipt(reply.http == 201, received_bytes, log_id)
    raise _refused_chunk(reply, received_bytes, log_id)


def _refused_chunk(reply: Reply, received_bytes: int | None, log_id: str) -> AppError:
    context: dict[str, Any] = {"http": reply.http, "log_id": log_id}  # AppError's context
    if reply.http in (403, 404):
        return UploadGone("The upload address is no longer good.", hint="A new upload is opened.", **context)
    if reply.http == 416:
        return UploadOutOfStep(
            "TikTok waits for other bytes of the file.",
            hint="The upload goes on where TikTok says.",
            received_bytes=received_bytes,
            **context,
        )
    if reply.http == 429:
        return RateLimited(
            "Too many calls to TikTok in a minute.",
            hint="It goes on by itself.",
            retry_after_seconds=reply.retry_after_seconds(),
            **context,
        )
    if reply.http == 400:
        return RequestRefused("TikTok found the upload's headers wrong.", hint="Report this.", **context)
    return no_answer(f"HTTP {reply.http}", **context)


def _received_bytes(content_range: str) -> int | None:
    """`bytes 0-{UPLOADED}/{TOTAL}` as a count.

    The guide does not say whether UPLOADED is a count or the last index; read as an index it may be one too many,
    which is harmless because uploads go on at chunk borders only.
    """
    span = content_range.removeprefix("bytes ").partition("/")[0]
    last = span.partition("-")[2].strip()
    return int(last) + 1 if last.isdecimal() else None
