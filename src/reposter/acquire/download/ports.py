"""What downloading needs from whoever can fetch a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

OnProgress = Callable[[dict[str, Any]], None]  # JSON: downloaded_bytes, total_bytes, speed_…, eta_seconds


@dataclass(frozen=True)
class Download:
    """A file as a service delivered it; what was announced is None where the service does not say."""

    path: Path
    format_id: str
    is_watermarked: bool
    expected_bytes: int | None = None
    expected_duration_seconds: float | None = None


class Downloader(Protocol):
    """Fetches one video into a folder."""

    @property
    def name(self) -> str: ...

    def fetch(self, url: str, into: Path, on_progress: OnProgress | None = None) -> Download:
        """Leave the file in `into` and say what it should be. Only `*.part` files are ever unfinished.

        Raises:
            AppError: the situation, with its verdict. What `on_progress` raises cancels and goes through.
        """
        ...
