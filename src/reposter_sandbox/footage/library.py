"""Draw clips when first asked for and keep them in the world's folder."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2

from reposter_sandbox.footage.encode import RENDITIONS, Clip, draw_frame, encode_clip, encode_sound

COVER_SECONDS = 0.4
MUSIC = "music"


class FootageLibrary:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._locks: dict[str, threading.Lock] = {}
        self._locks_guard = threading.Lock()

    def video(self, clip: Clip, rendition: str) -> Path:
        """The file of one rendition, or of the music alone.

        The first call draws it (a second or two) and holds only its own lock.
        """
        path = self._path(clip, rendition, "mp4")
        with self._lock(path.name):
            if not path.exists():
                # A draft first: a process killed while drawing leaves nothing that looks finished.
                draft = path.with_suffix(f".{rendition}.draft")
                if rendition == MUSIC:
                    encode_sound(clip, draft)
                else:
                    encode_clip(clip, RENDITIONS[rendition], draft)
                draft.replace(path)
        return path

    def size_if_drawn(self, clip: Clip, rendition: str) -> int | None:
        path = self._path(clip, rendition, "mp4")
        return path.stat().st_size if path.exists() else None

    def cover(self, clip: Clip, seconds: float = COVER_SECONDS) -> bytes:
        """JPEG of one clean frame."""
        path = self._path(clip, f"cover-{round(seconds * 10)}", "jpg")
        with self._lock(path.name):
            if not path.exists():
                ok, data = cv2.imencode(".jpg", draw_frame(clip, seconds), [cv2.IMWRITE_JPEG_QUALITY, 85])
                assert ok  # a plain 8-bit frame always encodes
                draft = path.with_suffix(".draft")
                draft.write_bytes(data.tobytes())
                draft.replace(path)
        return path.read_bytes()

    def _path(self, clip: Clip, what: str, ending: str) -> Path:
        return self._folder / f"{clip.seed}-{clip.number:06d}-{what}.{ending}"

    def _lock(self, name: str) -> threading.Lock:
        with self._locks_guard:
            return self._locks.setdefault(name, threading.Lock())
