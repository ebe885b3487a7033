"""TikTok's posting API in memory, as a transport: its contract and its faults, on a clock that the test owns.

What it encodes: init has no idempotency key; with FILE_UPLOAD nothing is posted before the last byte; an upload
address dies after an hour; chunks are sequential; status is keyed by publish id; the list shows public posts only and
knows no publish ids. With PULL_FROM_URL the init alone can post: the file is fetched at once or minutes later.
"""

from __future__ import annotations

import json
import random
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx

BASE_URL = "http://tiktok.test"
UPLOAD_LIFE_SECONDS = 3600
PULLS_LOST = 0.02
FETCH_DELAYS = (0, 0, 2, 30, 300)  # seconds
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

NO_FAULTS: dict[str, float] = {}
FAULTS = {
    "lost_request": 0.03,
    "no_connection": 0.01,
    "http_503": 0.02,
    "http_429": 0.02,
    "lost_response": 0.03,
    "http_500_after": 0.02,
    "bad_json_after": 0.01,
}
STORM = {name: chance * 2.5 for name, chance in FAULTS.items()}


class FakeClock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> datetime:
        return START + timedelta(seconds=self.seconds)


@dataclass
class Upload:
    publish_id: str
    size_bytes: int
    chunk_bytes: int
    caption: str
    opened_at: float
    fate: str
    received: int = 0
    done_at: float | None = None
    settled: bool = False
    pull_url: str = ""
    fetch_at: float = 0.0
    post_id: str | None = None


@dataclass
class Live:
    post_id: str
    publish_id: str
    caption: str
    at: float


@dataclass
class FakeTikTok(httpx.BaseTransport):
    """`fault_at` forces the fault of the n-th call; otherwise `faults` are chances."""

    rng: random.Random
    clock: FakeClock
    faults: dict[str, float] = field(default_factory=dict)
    fault_at: dict[int, str] = field(default_factory=dict)
    fail_chance: float = 0.03
    stuck_chance: float = 0.01
    inbox: bool = False
    fetch: Callable[[str], bool] = lambda _url: False  # whether the address gave the file out
    duration_seconds: int = 12
    prefix: str = "1"  # keeps publish ids and post ids of several fakes apart
    uploads: dict[str, Upload] = field(default_factory=dict)
    live: list[Live] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    token_generation: int = 0
    token_dies_at: float = 0.0

    def __post_init__(self) -> None:
        self.token_dies_at = self.clock.seconds + self.rng.choice([120, 900, 7200])
        self.forgets_expired = self.rng.random() < 0.5

    # the token source that the adapter is given
    def token(self, refused: str) -> str:
        if refused == f"token-{self.token_generation}":
            self.token_generation += 1
            self.token_dies_at = self.clock.seconds + 7200
        return f"token-{self.token_generation}"

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = b"".join(request.stream)  # type: ignore[arg-type]
        path = request.url.path
        self.calls.append(path)
        self.clock.seconds += self.rng.uniform(0.05, 1.5)
        self.fetch_due()
        fault = self.fault_at.get(len(self.calls)) or self._draw()
        if fault == "no_connection":
            raise httpx.ConnectError("refused", request=request)
        if fault == "lost_request":
            self.clock.seconds += 30
            raise httpx.ReadTimeout("lost", request=request)
        if fault == "http_503":
            return httpx.Response(503, text="busy")
        if fault == "http_429":
            return _error(429, "rate_limit_exceeded")
        answer = self._apply(request, path, body)
        if fault == "lost_response":
            self.clock.seconds += 30
            raise httpx.ReadTimeout("lost", request=request)
        if fault == "http_500_after":
            return _error(500, "internal_error")
        if fault == "bad_json_after":
            return httpx.Response(200, text="<html>")
        return answer

    def fetch_due(self) -> None:
        """Fetch what it is time for. Some fetches never reach the address, some break off after they were counted."""
        for upload in self.uploads.values():
            if not upload.pull_url or upload.settled or upload.done_at is not None:
                continue
            if self.clock.seconds >= upload.fetch_at:
                has_arrived = self.rng.random() >= PULLS_LOST and self.fetch(upload.pull_url)
                if has_arrived and self.rng.random() >= PULLS_LOST:
                    upload.received, upload.done_at = upload.size_bytes, self.clock.seconds
                else:
                    upload.settled, upload.fate = True, "unfetched"

    def settle_all(self) -> None:
        self.fetch_due()
        for upload in self.uploads.values():
            self._tick(upload)

    def _draw(self) -> str:
        roll = self.rng.random()
        for name, chance in self.faults.items():
            roll -= chance
            if roll < 0:
                return name
        return ""

    def _apply(self, request: httpx.Request, path: str, body: bytes) -> httpx.Response:
        if request.method == "PUT":
            return self._put(path, request.headers["Content-Range"], body)
        if self.clock.seconds > self.token_dies_at or request.headers["Authorization"] != (
            f"Bearer token-{self.token_generation}"
        ):
            return _error(401, "access_token_invalid")
        sent = json.loads(body or b"{}")
        if path.endswith("/creator_info/query/"):
            return _ok(
                {"privacy_level_options": ["SELF_ONLY", "PUBLIC_TO_EVERYONE"], "max_video_post_duration_sec": 60}
            )
        if path.endswith("/init/"):
            return self._init(sent)
        if path.endswith("/status/fetch/"):
            return self._status(sent["publish_id"])
        assert path.endswith("/video/list/"), path
        return self._list()

    def _init(self, sent: dict) -> httpx.Response:
        source = sent["source_info"]
        is_pull = source["source"] == "PULL_FROM_URL"
        if is_pull:
            source = {**source, "video_size": 1, "chunk_size": 1, "total_chunk_count": 1}
        assert source["total_chunk_count"] == max(1, source["video_size"] // source["chunk_size"])
        publish_id = f"v_pub_file~{self.prefix}.{len(self.uploads) + 1}"
        roll = self.rng.random()
        fate = "stuck" if roll < self.stuck_chance else "fail" if roll < self.stuck_chance + self.fail_chance else "ok"
        self.uploads[publish_id] = Upload(
            publish_id=publish_id,
            size_bytes=source["video_size"],
            chunk_bytes=source["chunk_size"],
            caption=sent.get("post_info", {}).get("title", ""),
            opened_at=self.clock.seconds,
            fate=fate,
        )
        if is_pull:
            upload = self.uploads[publish_id]
            upload.pull_url = source["video_url"]
            upload.fetch_at = self.clock.seconds + self.rng.choice(FETCH_DELAYS)
            self.fetch_due()
            return _ok({"publish_id": publish_id})
        return _ok({"publish_id": publish_id, "upload_url": f"{BASE_URL}/upload/{publish_id}"})

    def _put(self, path: str, content_range: str, body: bytes) -> httpx.Response:
        upload = self.uploads[path.rpartition("/")[2]]
        self._tick(upload)
        first, last, size = map(int, re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", content_range).groups())  # type: ignore[union-attr]
        assert len(body) == last - first + 1 and size == upload.size_bytes
        if upload.done_at is not None or self._is_expired(upload):
            return httpx.Response(403)
        if first != upload.received:
            headers = {"Content-Range": f"bytes 0-{upload.received - 1}/{size}"} if upload.received else {}
            return httpx.Response(416, headers=headers)
        upload.received = last + 1
        if upload.received == upload.size_bytes:
            upload.done_at = self.clock.seconds
        headers = {"Content-Range": f"bytes 0-{last}/{size}"}
        return httpx.Response(201 if upload.done_at is not None else 206, headers=headers)

    def _status(self, publish_id: str) -> httpx.Response:
        upload = self.uploads[publish_id]
        self._tick(upload)
        data: dict = {"status": "PROCESSING_UPLOAD", "uploaded_bytes": upload.received}
        if upload.settled and upload.fate == "ok":
            data = {"status": "SEND_TO_USER_INBOX" if self.inbox else "PUBLISH_COMPLETE"}
            data["publicaly_available_post_id"] = [int(upload.post_id)] if upload.post_id else []
        elif upload.settled and upload.fate == "fail":
            data = {"status": "FAILED", "fail_reason": "internal"}
        elif upload.settled and upload.fate == "unfetched":
            data = {"status": "FAILED", "fail_reason": "video_pull_failed"}
        elif upload.pull_url:
            data = {"status": "PROCESSING_DOWNLOAD", "downloaded_bytes": upload.received}
        elif upload.done_at is None and self._is_expired(upload) and self.forgets_expired:
            data = {"status": "FAILED", "uploaded_bytes": upload.received}
        return _ok(data)

    def _list(self) -> httpx.Response:
        self.settle_all()
        videos = [
            {
                "id": post.post_id,
                "create_time": int(START.timestamp() + post.at),
                "video_description": post.caption[:150],
                "duration": self.duration_seconds,
            }
            for post in reversed(self.live)
        ]
        return _ok({"videos": videos, "cursor": 0, "has_more": False})

    def _tick(self, upload: Upload) -> None:
        delay = 60 if upload.fate == "stuck" else 40
        if upload.done_at is None or upload.settled or self.clock.seconds < upload.done_at + delay:
            return
        upload.settled = True
        if upload.fate == "ok" or (upload.fate == "stuck" and self.rng.random() < 0.5):
            upload.post_id = f"7{zlib.crc32(self.prefix.encode()):010}{len(self.live) + 1:08}"
            self.live.append(Live(upload.post_id, upload.publish_id, upload.caption, upload.done_at + delay))

    def _is_expired(self, upload: Upload) -> bool:
        return self.clock.seconds - upload.opened_at > UPLOAD_LIFE_SECONDS


def _ok(data: dict) -> httpx.Response:
    return httpx.Response(200, json={"data": data, "error": {"code": "ok", "message": "", "log_id": "log"}})


def _error(http: int, code: str) -> httpx.Response:
    return httpx.Response(http, json={"error": {"code": code, "message": "", "log_id": "log"}})
