"""Counts from TikTok's Display API, twenty posts a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reposter.evaluate.metrics.ports import Counts
from reposter.vendors.tiktok.client import VIDEO_PAGE_MAX, TikTokClient
from reposter.vendors.tiktok.payloads import ListedVideo
from reposter.vendors.tiktok.renewal import TokenSource, call_with


class TikTokMetricsReader:
    def __init__(self, client: TikTokClient, token: TokenSource) -> None:
        self._client = client
        self._token = token

    def read(self, tiktok_post_ids: Sequence[str]) -> Mapping[str, Counts]:
        counts: dict[str, Counts] = {}
        for start in range(0, len(tiktok_post_ids), VIDEO_PAGE_MAX):
            for video in self._query(tiktok_post_ids[start : start + VIDEO_PAGE_MAX]):
                counts[video.video_id] = Counts(video.views, video.likes, video.comments, video.shares)
        return counts

    def _query(self, ids: Sequence[str]) -> Sequence[ListedVideo]:
        return call_with(self._token, lambda token: self._client.query_videos(token, ids))
