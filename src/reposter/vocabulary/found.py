"""What a source tells of one video before anything is downloaded."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from reposter.kit.clock import parse_iso, to_iso


@dataclass(frozen=True)
class VideoStats:
    """Counters as the site shows them; None where it does not say."""

    views: int | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    saves: int | None = None


@dataclass(frozen=True)
class FoundVideo:
    """One post as a source describes it.

    `author` begins with @, every hashtag with #. `quality` is the shorter side of the best clean picture ("1080p"),
    None where the source does not say. `uploaded_at` and `found_at` are aware and UTC.
    """

    video_id: str
    url: str
    title: str
    description: str
    author: str
    author_id: str | None
    author_sec_uid: str | None
    stats: VideoStats
    hashtags: tuple[str, ...]
    duration_seconds: float | None
    quality: str | None
    uploaded_at: datetime
    found_at: datetime
    thumbnail_url: str | None = None
    is_photo_post: bool = False

    def to_dict(self) -> dict[str, Any]:  # JSON
        return asdict(self) | {
            "hashtags": list(self.hashtags),
            "uploaded_at": to_iso(self.uploaded_at),
            "found_at": to_iso(self.found_at),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> FoundVideo:  # JSON that came from to_dict
        return cls(
            **data
            | {
                "stats": VideoStats(**data["stats"]),
                "hashtags": tuple(data["hashtags"]),
                "uploaded_at": parse_iso(data["uploaded_at"]),
                "found_at": parse_iso(data["found_at"]),
            }
        )
