"""The processes of a running installation: `agent`, and the hidden `web` and `migrate` that `up` starts."""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING, Annotated

import typer

from reposter.cli.console import fail
from reposter.cli.options import DEFAULT_DATA_DIR, DataDir, opened
from reposter.kit.errors import AppError, InvalidInput

if TYPE_CHECKING:
    from reposter.pipeline.queues import Queue


def agent(
    queues: Annotated[list[str], typer.Argument(help="Queues to serve, or a role: scraper, processing, publisher.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    name: Annotated[str | None, typer.Option(help="Stable and unique, such as scraper-3.")] = None,
    concurrency: Annotated[int | None, typer.Option(min=1, max=64, help="Jobs at once, per queue.")] = None,
    supervised: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Serve queues of the line in this process until it is told to end; for more machines on one database."""
    from reposter.bootstrap import wire, wire_agent
    from reposter.kit.logging import set_up_logging
    from reposter.pipeline.agent import run_agent

    try:
        chosen = _queues_of(queues)
        agent_id = name or f"{queues[0]}-{socket.gethostname()}"
        app = wire(data_dir)
        set_up_logging(app.layout.logs / f"{agent_id}.log", process=agent_id, verbose=not supervised)
        grace = app.settings().agents.stop_grace_seconds
        run_agent(
            wire_agent(app, agent_id), chosen, grace_seconds=grace, supervised=supervised, concurrency=concurrency
        )
    except AppError as error:
        fail(error)


def web(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    port: Annotated[int | None, typer.Option()] = None,
    supervised: Annotated[bool, typer.Option()] = False,
) -> None:
    """Serve the dashboard and the API."""
    import uvicorn

    from reposter.api.app import create_app
    from reposter.bootstrap import wire
    from reposter.kit.logging import set_up_logging
    from reposter.kit.process import end_with_parent

    try:
        app = wire(data_dir)
    except AppError as error:
        fail(error)
    set_up_logging(app.layout.logs / "web.log", process="web", verbose=not supervised)
    if supervised:
        end_with_parent()
    chosen = app.settings().web
    config = uvicorn.Config(
        create_app(app),
        host=chosen.host,
        port=chosen.port if port is None else port,
        log_config=None,
        access_log=False,
        ws="websockets-sansio",
        ws_per_message_deflate=False,  # measured: half the memory and processor time per client without it
        timeout_graceful_shutdown=2,
        server_header=False,
    )
    uvicorn.Server(config).run()


def migrate(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Bring the database to this version."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is short, and half a migration helps nobody
    with opened(data_dir):
        pass


def _queues_of(words: list[str]) -> tuple[Queue, ...]:
    from reposter.pipeline.queues import ROLES, Queue

    found: list[Queue] = []
    for word in words:
        if word in ROLES:
            found += ROLES[word]
        elif word in {queue.value for queue in Queue}:
            found.append(Queue(word))
        else:
            raise InvalidInput(
                f"There is no queue or role {word!r}.",
                hint=f"Roles: {', '.join(ROLES)}. Queues: {', '.join(queue.value for queue in Queue)}.",
            )
    return tuple(dict.fromkeys(found))
