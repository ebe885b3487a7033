"""The folder structure of the specification under one data directory."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

SAFE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Layout:
    """Paths are made here and nowhere else. Rows keep them relative to `storage`, so that the folder may move."""

    data_dir: Path

    @property
    def storage(self) -> Path:
        return self.data_dir / "storage"

    @property
    def temp(self) -> Path:
        return self.storage / "temp"

    @property
    def exports(self) -> Path:
        """Packages for posting by hand."""
        return self.storage / "exports"

    @property
    def memory(self) -> Path:
        """What is known of the marks of each source."""
        return self.storage / "memory"

    @property
    def database_file(self) -> Path:
        return self.storage / "database.sqlite"

    @property
    def config(self) -> Path:
        return self.data_dir / "config"

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"

    @property
    def run(self) -> Path:
        return self.data_dir / "run"

    def create(self) -> None:
        """Make the folders; those that hold secrets are their owner's alone."""
        videos, thumbnails = self.storage / "videos", self.storage / "thumbnails"
        for folder in (videos, thumbnails, self.memory, self.exports, self.temp, self.logs, self.run):
            folder.mkdir(parents=True, exist_ok=True)
        (self.data_dir / "backups").mkdir(exist_ok=True)
        self.config.mkdir(mode=0o700, exist_ok=True)

    def original(self, video_id: str, day: datetime) -> Path:
        return self._dated("videos", day) / f"{_safe(video_id)}.original.mp4"

    def rendition(self, video_id: str, day: datetime) -> Path:
        return self._dated("videos", day) / f"{_safe(video_id)}.mp4"

    def cleaned(self, video_id: str, day: datetime) -> Path:
        """The version without its mark, where a person is to choose between both."""
        return self._dated("videos", day) / f"{_safe(video_id)}.cleaned.mp4"

    def mark_memory(self, source_id: str) -> Path:
        """What the videos of one source have taught of its mark; there once a first one was learnt from."""
        return self.memory / f"{_safe(source_id)}.npz"

    def thumbnails(self, video_id: str, day: datetime) -> Path:
        return self._dated("thumbnails", day) / _safe(video_id)

    def package(self, name: str) -> Path:
        return self.exports / f"{_safe(name)}.zip"

    def workspace(self, video_id: str) -> Path:
        """A folder for unfinished bytes of one video; what lies there may be thrown away at any time."""
        folder = self.temp / _safe(video_id)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def relative(self, path: Path) -> str:
        return path.relative_to(self.storage).as_posix()

    def absolute(self, relative: str) -> Path:
        """The file behind a path kept in a row.

        Raises:
            ValueError: it points out of the storage folder.
        """
        path = (self.storage / relative).resolve()
        if not path.is_relative_to(self.storage.resolve()):
            raise ValueError(f"{relative!r} points out of the storage folder")
        return path

    def _dated(self, kind: str, day: datetime) -> Path:
        return self.storage / kind / f"{day:%Y/%m/%d}"


def _safe(video_id: str) -> str:
    if not SAFE_NAME.fullmatch(video_id):
        raise ValueError(f"{video_id!r} cannot be a file name")
    return video_id
