"""Downloads through yt-dlp."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from reposter.acquire.download.ports import Download, OnProgress
from reposter.vendors.ytdlp import client
from reposter.vendors.ytdlp.options import YtdlpSettings


@dataclass(frozen=True)
class YtdlpDownloader:
    settings: YtdlpSettings = field(default_factory=YtdlpSettings)
    name: str = "yt-dlp"

    def fetch(self, url: str, into: Path, on_progress: OnProgress | None = None) -> Download:
        file = client.download(url, into, settings=self.settings, on_progress=on_progress)
        return Download(
            path=file.path,
            format_id=file.format_id,
            is_watermarked=file.is_watermarked,
            expected_bytes=file.expected_bytes,
            expected_duration_seconds=file.info.duration_seconds,
        )
