"""An agent's life: take its lock, serve its queues, beat, keep the timetable, stop in order."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa
import structlog

from reposter.kit.clock import utc_now
from reposter.kit.errors import AppError
from reposter.kit.locks import FileLock
from reposter.kit.supervisor import how_it_ended
from reposter.pipeline import steps
from reposter.pipeline.agents import beat, executor_id_of, register_agent, role_of, sign_off
from reposter.pipeline.engine import prune_finished, refresh_statistics, set_concurrency, start_engine, stop_engine
from reposter.pipeline.queues import Queue
from reposter.pipeline.telling import tell
from reposter.pipeline.timetable import adopt_orphans, carry_forgotten_posts, start_due_scans
from reposter.pipeline.tools import Tools, hand_over
from reposter.pipeline.workflows import ALL_WORKFLOWS
from reposter.vocabulary.events import ErrorOccurred

TICK_SECONDS = 2.0
BEAT_SECONDS = 10.0
SWEEP_SECONDS = 20.0
HOUSEKEEPING_SECONDS = 24 * 3600.0
FINISHED_JOBS_KEPT = timedelta(days=30)
PREDECESSOR_WAIT_SECONDS = 20.0
log = structlog.get_logger()


def run_agent(
    tools: Tools,
    queues: tuple[Queue, ...],
    *,
    grace_seconds: int,
    concurrency: int | None = None,
) -> None:
    """Serve until told to end (SIGTERM, SIGINT). `concurrency`: jobs at once per queue, for all agents of the queues.

    Raises:
        AlreadyRunning: an agent of this name works on this data folder already.
    """
    assert ALL_WORKFLOWS, "every process knows every workflow: any of them may be handed to it"
    lock = FileLock(
        tools.layout.run / f"{tools.agent_id}.lock",
        what=f"The agent {tools.agent_id}",
        wait_seconds=PREDECESSOR_WAIT_SECONDS,
    )
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with lock:
        hand_over(tools)
        _say_hello(tools)
        start_engine(tools.database, executor_id=executor_id_of(tools.agent_id), queues=queues)
        if concurrency is not None:
            set_concurrency(queues, concurrency)
        log.info("agent.started", agent=tools.agent_id, queues=[queue.value for queue in queues])
        _keep_time(tools, queues, stop)
        _wind_up(tools, grace_seconds)


def _say_hello(tools: Tools) -> None:
    restarts = int(os.environ.get("REPOSTER_RESTARTS", "0"))
    last_exit = os.environ.get("REPOSTER_LAST_EXIT")
    with tools.database.transaction() as session:
        register_agent(session, tools.agent_id, role=role_of(tools.agent_id), restarts=restarts, now=utc_now())
        if last_exit is not None:
            event = ErrorOccurred(
                code="agent_crash",
                message=f"{tools.agent_id} {how_it_ended(int(last_exit))} and was started again.",
                hint="Its work goes on where it was. If this keeps happening, look at its log.",
                verdict="retry_later",
                where="agents",
                agentId=tools.agent_id,
            )
            tell(session, event, level="warning")


def _keep_time(tools: Tools, queues: tuple[Queue, ...], stop: threading.Event) -> None:
    due: dict[Callable[[], object], float] = {}
    rounds: list[tuple[float, Callable[[], object]]] = [
        (BEAT_SECONDS, lambda: _beat(tools)),
        (SWEEP_SECONDS, lambda: adopt_orphans(tools.database, now=utc_now())),
    ]
    if Queue.SCAN in queues:
        rounds.append((TICK_SECONDS, lambda: start_due_scans(tools.database, tools.line, now=utc_now())))
    if Queue.PUBLISH in queues:
        rounds.append((SWEEP_SECONDS, lambda: carry_forgotten_posts(tools.database, tools.line, now=utc_now())))
        rounds.append((HOUSEKEEPING_SECONDS, lambda: _keep_house(tools)))
    while not stop.is_set():
        now = time.monotonic()
        for every, act in rounds:
            if now >= due.get(act, 0.0):
                due[act] = now + every
                _guarded(act)
        stop.wait(TICK_SECONDS)


def _guarded(act: Callable[[], object]) -> None:
    """The agent outlives a database that is away for a while."""
    try:
        act()
    except (AppError, sa.exc.DBAPIError) as error:
        log.warning("agent.round_failed", error=str(error))


def _beat(tools: Tools) -> None:
    with tools.database.transaction() as session:
        beat(session, tools.agent_id, now=utc_now())


def _keep_house(tools: Tools) -> None:
    prune_finished(older_than=utc_now() - FINISHED_JOBS_KEPT)
    refresh_statistics(tools.database)


def _wind_up(tools: Tools, grace_seconds: int) -> None:
    """Let steps reach their end for a while; what does not is resumed at the next start."""
    stop_engine(grace_seconds=grace_seconds)
    steps.stopping.set()
    with tools.database.transaction() as session:
        sign_off(session, tools.agent_id)
    log.info("agent.stopped", agent=tools.agent_id)
    os._exit(0)  # threads of unfinished steps must not record that their children were ended with us
