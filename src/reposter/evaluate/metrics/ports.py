"""What measuring needs of a platform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Counts:
    views: int
    likes: int
    comments: int
    shares: int


class MetricsReader(Protocol):
    """Bound to one account."""

    def read(self, tiktok_post_ids: Sequence[str]) -> Mapping[str, Counts]:
        """Counts by id; posts that are gone or private are left out."""
