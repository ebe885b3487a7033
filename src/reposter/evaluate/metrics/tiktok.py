"""Counts from TikTok's Display API, twenty posts a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from reposter.evaluate.metrics.ports import Counts
from reposter.vendors.tiktok.client import VIDEO_PAGE_MAX, TikTokClient
from reposter.vendors.tiktok.errors import AccessTokenRejected
from reposter.vendors.tiktok.payloads import ListedVideo

TokenSource = Callable[[str], str]
"""A living access token. The argument is the one that TikTok has just refused, or empty."""


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
        token = self._token("")
        try:
            return self._client.query_videos(token, ids)
        except AccessTokenRejected:
            return self._client.query_videos(self._token(token), ids)
