"""The real application behind a real server on a free port, on a data folder of its own."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn

from reposter.api.app import create_app
from reposter.bootstrap import App, wire
from reposter.kit.eventlog import last_seq
from reposter.migrate import migrate_database
from reposter.storage.layout import Layout

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


@pytest.fixture(autouse=True)
def no_settings_of_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("REPOSTER_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as a first start leaves it, made once and copied by each test."""
    folder = tmp_path_factory.mktemp("migrated")
    Layout(folder).create()
    app = wire(folder)
    migrate_database(app.database)
    app.close()
    with sqlite3.connect(Layout(folder).database_file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return folder


@pytest.fixture
def open_door(migrated: Path, tmp_path: Path) -> Iterator[Callable[[], Door]]:
    """Opens the application; called again, another process's worth of it on the same folder."""
    folder = tmp_path / "data"
    shutil.copytree(migrated, folder)
    opened: list[contextmanager] = []

    def open_one() -> Door:
        opened.append(_serving(folder))
        return opened[-1].__enter__()

    yield open_one
    for door in reversed(opened):
        door.__exit__(None, None, None)


@pytest.fixture
def door(open_door: Callable[[], Door]) -> Door:
    return open_door()


@contextmanager
def _serving(folder: Path) -> Iterator[Door]:
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
    with httpx.Client(base_url=url, timeout=20, trust_env=False) as http:
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
