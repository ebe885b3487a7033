"""The pretend TikTok as a test sees it: what it has, what was asked of it, and how it is told to fail."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx

from reposter.acquire.discovery.ytdlp import YtdlpReader
from reposter.acquire.download.service import Original, fetch_original
from reposter.acquire.download.ytdlp import YtdlpDownloader
from reposter.acquire.sources.rules import parse_source
from reposter.media.verify import verify_playable
from reposter.vendors.ytdlp.options import YtdlpSettings
from reposter.vocabulary.found import FoundVideo

TECHGURU = parse_source("username", "@techguru123")


@dataclass(frozen=True)
class Site:
    folder: Path
    control_url: str
    settings: YtdlpSettings

    @property
    def reader(self) -> YtdlpReader:
        return YtdlpReader(self.settings)

    @cached_property
    def videos(self) -> list[FoundVideo]:
        return self.reader.list_videos(TECHGURU, limit=100)

    @cached_property
    def clip(self) -> FoundVideo:
        return next(video for video in self.videos if not video.is_photo_post and video.quality != "540p")

    def order(self, what: str, body: object) -> None:
        httpx.post(f"{self.control_url}/{what}", json=body).raise_for_status()

    def fault(self, endpoint: str, kind: str, **details: object) -> None:
        self.order("faults", {"endpoint": endpoint, "kind": kind, **details})

    def requests(self) -> list[dict[str, Any]]:
        seen: list[dict[str, Any]] = httpx.get(f"{self.control_url}/requests?last=2000").json()["requests"]
        return [request for request in seen if request["listener"] == "site"]

    def fetch(self, into: Path, url: str | None = None, **settings: Any) -> Original:
        downloader = YtdlpDownloader(replace(self.settings, **settings))
        return fetch_original(url or self.clip.url, downloaders=[downloader], into=into, verify=verify_playable)
