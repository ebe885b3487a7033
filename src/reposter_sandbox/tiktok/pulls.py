"""Fetch what is offered for pulling, on the platform's own time, and give up as it does."""

from __future__ import annotations

import http.client
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from reposter_sandbox.tiktok.moderation import Moderation
from reposter_sandbox.tiktok.publishes import Publish, Publishes, Pull
from reposter_sandbox.tiktok.rulebook import Rulebook

PIECE_BYTES = 256 * 1024
SOCKET_SECONDS = 5.0
FAILED = "video_pull_failed"


class PullFailed(Exception):
    """The address did not give the whole file."""


@dataclass(frozen=True)
class Puller:
    publishes: Publishes
    rulebook: Rulebook
    moderation: Moderation
    stopping: threading.Event

    def fetch_next(self) -> None:
        """Fetch the oldest pull that waits, to its end. Redirects are not followed: any 3xx is a failure."""
        pull = self.publishes.next_pull()
        publish = self.publishes.find(pull.publish_id) if pull else None
        if pull is None or publish is None:
            return
        try:
            size_bytes = self._fetch(pull, publish)
        except (OSError, http.client.HTTPException, PullFailed, ValueError):
            if not self.stopping.is_set():
                self._end(publish, FAILED)
            return
        if size_bytes is not None:
            with self.publishes.lock(publish.publish_id):
                if self._goes_on(publish):
                    self.publishes.note_download(publish, size_bytes, is_whole=True)

    def cancel(self, publish: Publish) -> bool:
        return self._end(publish, "publish_cancelled")

    def _fetch(self, pull: Pull, publish: Publish) -> int | None:
        """Bytes of the whole file; None when it was cancelled or the world stops."""
        url = urlsplit(pull.url)
        make = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        connection = make(url.hostname or "", url.port, timeout=SOCKET_SECONDS)
        try:
            connection.request("GET", url.path + (f"?{url.query}" if url.query else ""))
            answer = connection.getresponse()
            if answer.status != 200:
                raise PullFailed(str(answer.status))
            return self._take(pull, publish, answer)
        finally:
            connection.close()

    def _take(self, pull: Pull, publish: Publish, answer: http.client.HTTPResponse) -> int | None:
        declared, taken = answer.length, 0
        with self.publishes.file(publish).open("wb") as file:
            while piece := answer.read1(PIECE_BYTES):
                file.write(piece)
                taken += len(piece)
                if self.stopping.is_set() or not self._goes_on(publish):
                    return None
                if taken > self.rulebook.rules.video_bytes_max or self._is_late(pull):
                    raise PullFailed("too large or too slow")
                self.publishes.note_download(publish, taken, is_whole=False)
        if taken == 0 or (declared is not None and taken != declared):
            raise PullFailed("cut short")
        return taken

    def _is_late(self, pull: Pull) -> bool:
        return time.time() - pull.begun_real > self.rulebook.rules.pull_seconds_max

    def _goes_on(self, publish: Publish) -> bool:
        found = self.publishes.find(publish.publish_id)
        return found is not None and self.publishes.is_downloading(found)

    def _end(self, publish: Publish, reason: str) -> bool:
        with self.publishes.lock(publish.publish_id):
            if not self._goes_on(publish):
                return False
            self.moderation.refuse(publish, reason)
            return True
