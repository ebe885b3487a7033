"""`reposter up`: one small supervisor with a web process and the agents."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reposter.cli.console import fail, messages
from reposter.cli.options import DEFAULT_DATA_DIR, DataDir, prepare_folder
from reposter.kit.errors import AppError, Conflict, Verdict
from reposter.kit.locks import FileLock
from reposter.kit.supervisor import Child, Supervisor, how_it_ended
from reposter.storage.layout import Layout

if TYPE_CHECKING:
    from reposter.settings import AgentSettings, Settings

POLL_SECONDS = 0.25
MIGRATION_TRIES = 4
STOP_MARGIN_SECONDS = 4.0
CHILD = (sys.executable, "-m", "reposter.cli.child")
CHILD_ENV = {"MALLOC_ARENA_MAX": "2"}  # threads that mostly sleep need no heap of their own
ROLE_COUNTS = {"scraper": "scrapers", "processing": "processors", "publisher": "publishers"}


class PortInUse(Conflict):
    code = "port_in_use"


class NotPrepared(AppError):
    code = "not_prepared"
    verdict = Verdict.NEEDS_PERSON


def up(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port of the dashboard.")] = None,
) -> None:
    """Run everything: the dashboard and the agents.

    Whatever dies is started again and goes on where it was. Ends on Ctrl-C or SIGTERM.
    """
    from reposter.settings import load_settings

    try:
        prepare_folder(data_dir)
        settings = load_settings(Layout(data_dir.absolute()).config)
        with FileLock(data_dir / "run" / "up.lock", what=f"Reposter on {data_dir}"):
            address = web_address(settings, port)
            stop = stop_on_signals()
            supervisor = start_all(data_dir, settings, port=address[1], say=_say)
            _say("dashboard", f"http://{address[0]}:{address[1]}")
            while not stop.wait(POLL_SECONDS):
                supervisor.poll()
            _say("all", "stopping; work in hand goes on at the next start")
            supervisor.stop(grace_seconds=settings.agents.stop_grace_seconds + STOP_MARGIN_SECONDS)
    except AppError as error:
        fail(error)


def start_all(
    data_dir: Path,
    settings: Settings,
    *,
    port: int,
    say: Callable[[str, str], None],
    env: Mapping[str, str] | None = None,
) -> Supervisor:
    """Migrate the database, then start the web process and the agents.

    Raises:
        AppError: the migration was refused; what it said is in the message.
    """
    migrate(data_dir, env or {})
    supervisor = Supervisor(children_of(settings.agents, data_dir, port, dict(env or {})), on_change=say)
    supervisor.start()
    return supervisor


def migrate(data_dir: Path, env: Mapping[str, str]) -> None:
    """In a process of its own, so that the supervisor need not carry the database and the engine in memory.

    Raises:
        NotPrepared: it was refused, with what it said; or it was killed again and again.
    """
    command = [*CHILD, "migrate", "--data-dir", str(data_dir)]
    for _ in range(MIGRATION_TRIES):
        done = subprocess.run(command, env={**os.environ, **env}, stderr=subprocess.PIPE, text=True)
        if done.returncode == 0:
            return
        if done.returncode > 0:
            break
    said = done.stderr.strip() or f"It {how_it_ended(done.returncode)}."
    raise NotPrepared(f"The database could not be prepared. {said}", hint="`reposter doctor` looks for the cause.")


def children_of(agents: AgentSettings, data_dir: Path, port: int, env: dict[str, str]) -> list[Child]:
    where, env = ("--data-dir", str(data_dir)), {**CHILD_ENV, **env}
    children = [Child("web", (*CHILD, "web", "--port", str(port), *where), env)]
    for role, setting in ROLE_COUNTS.items():
        for number in range(1, getattr(agents, setting) + 1):
            name = f"{role}-{number}"
            children.append(Child(name, (*CHILD, "agent", "--name", name, *where), env))
    return children


def web_address(settings: Settings, port: int | None) -> tuple[str, int]:
    """Host and port to listen on; port 0 becomes a free one.

    Raises:
        PortInUse: somebody else listens there.
    """
    host, wanted = settings.web.host, settings.web.port if port is None else port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, wanted))
        except OSError as error:
            raise PortInUse(
                f"Port {wanted} on {host} cannot be used: {(error.strerror or 'unknown').lower()}.",
                hint="Choose another with --port, or stop what listens there.",
            ) from error
        return host, int(probe.getsockname()[1])


def stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _say(name: str, what: str) -> None:
    messages.print(f"{time.strftime('%H:%M:%S')}  {name:<13} {what}", markup=False)
