"""Names of what is watched and links to single videos, in their one spelling."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

USERNAME = re.compile(r"(?=.{2,24}\Z)[a-z0-9_.]*[a-z0-9_]")
SITE = "https://www.tiktok.com"


class SourceKind(StrEnum):
    USERNAME = "username"
    HASHTAG = "hashtag"
    TRENDING = "trending"


@dataclass(frozen=True)
class SourceName:
    """A source in its one spelling: "@name", "#tag" (both in lower case) or a country, "US"."""

    kind: SourceKind
    value: str

    @property
    def bare(self) -> str:
        return self.value.lstrip("@#")

    @property
    def page_url(self) -> str:
        """The page on TikTok that shows the source."""
        if self.kind is SourceKind.USERNAME:
            return f"{SITE}/@{self.bare}"
        if self.kind is SourceKind.HASHTAG:
            return f"{SITE}/tag/{quote(self.bare, safe='')}"
        return f"{SITE}/explore"


@dataclass(frozen=True)
class VideoLink:
    """A link to one video. A short link tells its id only when it is followed, so `video_id` is None."""

    url: str
    video_id: str | None = None
    author: str | None = None
