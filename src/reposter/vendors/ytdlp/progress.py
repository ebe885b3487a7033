"""What a running download is worth telling, and when it has to be given up."""

from __future__ import annotations

import time
from collections.abc import Callable

from reposter.kit.process import Json, OnProgress
from reposter.vendors.ytdlp.errors import DownloadCut, FileTooLarge

TELL_EVERY_SECONDS = 0.25
SLOW_FOR_SECONDS = 60.0

Clock = Callable[[], float]  # monotonic seconds


class Throttle:
    """True at most four times a second."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._last: float | None = None

    def is_due(self) -> bool:
        now = self._clock()
        if self._last is not None and now - self._last < TELL_EVERY_SECONDS:
            return False
        self._last = now
        return True


class DownloadWatch:
    """yt-dlp's progress hook: reports, and stops what grows too large or crawls for a minute.

    Raises:
        FileTooLarge: more than `bytes_max`, declared or not.
        DownloadCut: fewer than `slowest_bytes` a second over the last minute.
    """

    def __init__(
        self, bytes_max: int, slowest_bytes: int, on_progress: OnProgress, clock: Clock = time.monotonic
    ) -> None:
        self._bytes_max = bytes_max
        self._slowest_bytes = slowest_bytes
        self._on_progress = on_progress
        self._clock = clock
        self._throttle = Throttle(clock)
        self._window: tuple[float, int] | None = None
        self.total_bytes: int | None = None

    def expect(self, size_bytes: int | None) -> None:
        self.total_bytes = size_bytes
        self._refuse_large(size_bytes or 0)

    def __call__(self, status: Json) -> None:
        done, total = int(status.get("downloaded_bytes") or 0), status.get("total_bytes")
        self.total_bytes = total or self.total_bytes
        self._refuse_large(max(done, self.total_bytes or 0))
        self._refuse_slow(done)
        if self._throttle.is_due() or status.get("status") == "finished":
            self._on_progress(
                {
                    "downloaded_bytes": done,
                    "total_bytes": self.total_bytes,
                    "speed_bytes_per_second": status.get("speed"),
                    "eta_seconds": status.get("eta"),
                }
            )

    def _refuse_large(self, size_bytes: int) -> None:
        if size_bytes > self._bytes_max:
            raise FileTooLarge(
                f"The file has at least {size_bytes:,} bytes; the limit for downloads is {self._bytes_max:,}.",
                hint=FileTooLarge.remedy,
                size_bytes=size_bytes,
            )

    def _refuse_slow(self, done: int) -> None:
        now = self._clock()
        if self._window is None:
            self._window = (now, done)
        since, before = self._window
        if now - since < SLOW_FOR_SECONDS:
            return
        if (done - before) / (now - since) < self._slowest_bytes:
            raise DownloadCut(
                f"The file came slower than {self._slowest_bytes:,} bytes a second for a minute.",
                hint=DownloadCut.remedy,
            )
        self._window = (now, done)
