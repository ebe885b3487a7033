"""`reposter agent`: serve queues in a process of one's own, for more machines on one database."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Annotated

import typer

from reposter.cli.console import fail
from reposter.cli.options import DEFAULT_DATA_DIR, DataDir
from reposter.kit.errors import AppError, InvalidInput

if TYPE_CHECKING:
    from reposter.pipeline.queues import Queue


def agent(
    queues: Annotated[list[str], typer.Argument(help="Queues to serve, or a role: scraper, processing, publisher.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    name: Annotated[str | None, typer.Option(help="Stable and unique, such as scraper-3.")] = None,
    concurrency: Annotated[int | None, typer.Option(min=1, max=64, help="Jobs at once, per queue.")] = None,
) -> None:
    """Serve queues of the line in this process.

    For more agents than `up` starts, or more machines on one database. Ends on Ctrl-C or SIGTERM.
    """
    from reposter.bootstrap import wire, wire_agent
    from reposter.kit.logging import set_up_logging
    from reposter.pipeline.agent import run_agent

    try:
        chosen = _queues_of(queues)
        agent_id = name or f"{queues[0]}-{socket.gethostname()}"
        app = wire(data_dir)
        set_up_logging(app.layout.logs / f"{agent_id}.log", process=agent_id, verbose=True)
        grace = app.settings().agents.stop_grace_seconds
        run_agent(wire_agent(app, agent_id), chosen, grace_seconds=grace, concurrency=concurrency)
    except AppError as error:
        fail(error)


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
