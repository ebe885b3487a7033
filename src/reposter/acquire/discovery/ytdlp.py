"""Reads accounts and single links through yt-dlp; hashtags and trends it cannot."""

from __future__ import annotations

from dataclasses import dataclass, field

from reposter.acquire.discovery.errors import KindNotSupported
from reposter.acquire.discovery.ports import OnProgress
from reposter.vendors.ytdlp import client
from reposter.vendors.ytdlp.options import YtdlpSettings
from reposter.vocabulary.found import FoundVideo
from reposter.vocabulary.source import SourceKind, SourceName, VideoLink

WHAT = {SourceKind.HASHTAG: "hashtags", SourceKind.TRENDING: "trending videos"}


@dataclass(frozen=True)
class YtdlpReader:
    settings: YtdlpSettings = field(default_factory=YtdlpSettings)
    name: str = "yt-dlp"
    capability: frozenset[SourceKind] = frozenset({SourceKind.USERNAME})

    def list_videos(self, source: SourceName, *, limit: int, on_progress: OnProgress | None = None) -> list[FoundVideo]:
        if source.kind not in self.capability:
            raise KindNotSupported(
                f"No engine that is switched on can list {WHAT[source.kind]}.",
                hint="Watch the accounts that post them, or take single links with `reposter fetch`.",
                kind=source.kind.value,
            )
        return client.list_videos(source.page_url, limit=limit, settings=self.settings, on_progress=on_progress)

    def look_up(self, link: VideoLink) -> FoundVideo:
        return client.look_up(link.url, settings=self.settings)
