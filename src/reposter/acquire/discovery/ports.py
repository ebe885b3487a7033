"""What discovery needs from whoever can look into a source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from reposter.vocabulary.found import FoundVideo
from reposter.vocabulary.source import SourceKind, SourceName, VideoLink

OnProgress = Callable[[dict[str, Any]], None]  # JSON: {"found": count}


class SourceReader(Protocol):
    """Lists what a source has. `capability` are the kinds of source that it can list dependably."""

    @property
    def name(self) -> str: ...

    @property
    def capability(self) -> frozenset[SourceKind]: ...

    def list_videos(self, source: SourceName, *, limit: int, on_progress: OnProgress | None = None) -> list[FoundVideo]:
        """The newest `limit` videos, newest first.

        Raises:
            KindNotSupported: this reader cannot list sources of this kind.
            AppError: a situation of the vendor, with its verdict.
        """
        ...

    def look_up(self, link: VideoLink) -> FoundVideo:
        """What a single link leads to. Raises as `list_videos`."""
        ...
