"""Prints what happens, line by line, from the public live stream; goes on where it was after a lost connection."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

RECONNECT_SECONDS = 1.0
RECEIVE_SECONDS = 0.5


class EventPrinter:
    """A thread that listens to `/api/events` and says each fact in words."""

    def __init__(self, url: str, say: Callable[[str], None]) -> None:
        self._url = url.replace("http", "ws", 1) + "/api/events"
        self._say = say
        self._seq: int | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(2)

    def _follow(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except (OSError, WebSocketException, EOFError):
                self._stop.wait(RECONNECT_SECONDS)

    def _listen(self) -> None:
        after = "" if self._seq is None else f"?after={self._seq}"
        with connect(self._url + after, proxy=None, compression=None) as socket:
            while not self._stop.is_set():
                try:
                    message = json.loads(socket.recv(timeout=RECEIVE_SECONDS))
                except TimeoutError:
                    continue
                self._seq = message.get("seq", self._seq)
                if text := in_words(message):
                    self._say(text)


def in_words(message: dict[str, Any]) -> str | None:  # a live message
    """One line for a person, None for what would only be noise on a terminal."""
    payload = message.get("payload", {})
    match message["type"]:
        case "video.processing.progress" if payload["status"] != "running":
            return f"{payload['step']:<9} {payload['status']:<8} {payload['videoId']}  {payload['sentence']}"
        case "queue.updated":
            why = f"  ({payload['reason']})" if payload["reason"] else ""
            return f"queue     {payload['status']:<8} {payload['videoId']}  on {payload['account']}{why}"
        case "post.published":
            return f"publish   LIVE     {payload['videoId']}  {payload['postUrl'] or 'TikTok says: complete'}"
        case "error.occurred":
            return f"error     {payload['verdict']:<8} {payload['message']} {payload['hint']}"
    return None
