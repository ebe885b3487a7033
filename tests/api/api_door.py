"""The real application behind a real server on a free port."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn

from reposter.api.app import create_app
from reposter.bootstrap import App, wire
from reposter.kit.eventlog import last_seq

START_SECONDS_MAX = 20


@dataclass(frozen=True)
class Door:
    """`http` asks under `url` and follows no redirects."""

    app: App
    url: str
    http: httpx.Client

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def stream(self) -> str:
        return f"ws://{self.host}/api/events"


@contextmanager
def serve_on(folder: Path) -> Iterator[Door]:
    app = wire(folder)
    before = _told(app)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(  # as `reposter.cli.child` serves it
        create_app(app),
        log_config=None,
        access_log=False,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    give_up_at = time.monotonic() + START_SECONDS_MAX
    while not server.started:
        assert thread.is_alive() and time.monotonic() < give_up_at, "the server did not start"
        time.sleep(0.01)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with httpx.Client(base_url=url, timeout=20, trust_env=False, verify=False) as http:
        while _told(app) == before:  # it shows its heart in its own time, which is an event too
            time.sleep(0.01)
        yield Door(app, url, http)
    server.should_exit = True
    thread.join(START_SECONDS_MAX)
    assert not thread.is_alive(), "the server did not stop"
    listener.close()
    app.close()


def _told(app: App) -> int:
    with app.database.transaction() as session:
        return last_seq(session)
