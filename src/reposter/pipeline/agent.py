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

from reposter.deliver.publishing.calls import forget_places
from reposter.kit import eventlog, idempotency
from reposter.kit.clock import utc_now
from reposter.kit.errors import AppError
from reposter.kit.locks import FileLock
from reposter.pipeline import steps
from reposter.pipeline.agents import BEAT_SECONDS, executor_id_of, introduce, keep_beating, leave
from reposter.pipeline.checking import CHECK_SECONDS, check_promises
from reposter.pipeline.engine import prune_finished, refresh_statistics, set_concurrency, start_engine
from reposter.pipeline.keeping_accounts import keep_accounts
from reposter.pipeline.queues import Queue
from reposter.pipeline.timetable import (
    adopt_orphans,
    carry_forgotten_posts,
    release_answered_posts,
    set_lost_videos_aside,
    start_due_scans,
)
from reposter.pipeline.tools import Tools, hand_over
from reposter.pipeline.workflows import ALL_WORKFLOWS

TICK_SECONDS = 3.0
STOP_POLL_SECONDS = 0.05
SWEEP_SECONDS = 30.0
ANSWERED_SECONDS = 300.0
HOUSEKEEPING_SECONDS = 24 * 3600.0
KEEP_ACCOUNTS_SECONDS = 3600.0
FINISHED_JOBS_KEPT = timedelta(days=30)
ANSWERS_KEPT = timedelta(days=2)
EVENTS_KEPT = {
    "debug": timedelta(days=2),
    "info": timedelta(days=90),
    "warning": timedelta(days=90),
    "error": timedelta(days=365),
}
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
        introduce(tools.database, tools.agent_id, restarts=int(os.environ.get("REPOSTER_RESTARTS", "0")))
        start_engine(tools.database, executor_id=executor_id_of(tools.agent_id), queues=queues)
        if concurrency is not None:
            set_concurrency(queues, concurrency)
        log.info("agent.started", agent=tools.agent_id, queues=[queue.value for queue in queues])
        _keep_time(tools, queues, stop)
        _wind_up(tools, grace_seconds)


def _keep_time(tools: Tools, queues: tuple[Queue, ...], stop: threading.Event) -> None:
    due: dict[Callable[[], object], float] = {}
    rounds: list[tuple[float, Callable[[], object]]] = [
        (BEAT_SECONDS, lambda: keep_beating(tools.database, tools.agent_id)),
        (SWEEP_SECONDS, lambda: adopt_orphans(tools.database, now=utc_now())),
    ]
    if Queue.SCAN in queues:
        rounds.append((TICK_SECONDS, lambda: start_due_scans(tools.database, tools.line, now=utc_now())))
    if Queue.PUBLISH in queues:
        rounds.append((SWEEP_SECONDS, lambda: carry_forgotten_posts(tools.database, tools.line, now=utc_now())))
        rounds.append((SWEEP_SECONDS, lambda: set_lost_videos_aside(tools.database, tools.line, now=utc_now())))
        rounds.append((ANSWERED_SECONDS, lambda: _release_answered(tools)))
        rounds.append((HOUSEKEEPING_SECONDS, lambda: _keep_house(tools)))
        rounds.append((KEEP_ACCOUNTS_SECONDS, lambda: _keep_accounts_aside(tools)))
        rounds.append((CHECK_SECONDS, lambda: _check(tools)))
        due[rounds[-1][1]] = time.monotonic() + CHECK_SECONDS  # what fell due while nobody ran is picked up first
    while not stop.is_set():
        now = time.monotonic()
        for every, act in rounds:
            if now >= due.get(act, 0.0):
                due[act] = now + every
                _guarded(act)
        stop.wait(TICK_SECONDS)


def _guarded(act: Callable[[], object]) -> None:
    """The agent outlives a database that is away for a while; anything else ends it, to be started afresh."""
    try:
        act()
    except (AppError, sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
        log.warning("agent.round_failed", error=str(error))
    except Exception:
        log.exception("agent.round_broke")
        os._exit(1)  # the engine's threads would keep a headless process alive


def _release_answered(tools: Tools) -> None:
    release_answered_posts(tools.database, tools.line, tools.options(), now=utc_now())


def _check(tools: Tools) -> None:
    check_promises(tools.database, tools.line, tools.options().publishing, now=utc_now())


def _keep_accounts_aside(tools: Tools) -> None:
    """Not in the way of the heartbeat: TikTok's answer to a renewal may take minutes."""
    threading.Thread(target=lambda: keep_accounts(tools, now=utc_now()), name="accounts", daemon=True).start()


def _keep_house(tools: Tools) -> None:
    now = utc_now()
    prune_finished(older_than=now - FINISHED_JOBS_KEPT)
    with tools.database.transaction() as session:
        for level, kept in EVENTS_KEPT.items():
            eventlog.forget_older(session, now - kept, level=level)
        idempotency.forget_older(session, now - ANSWERS_KEPT)
        forget_places(session, now)
    refresh_statistics(tools.database)


def _wind_up(tools: Tools, grace_seconds: int) -> None:
    """Let steps in hand reach their end for a while; what does not, and what sleeps, is resumed at the next start.

    The engine is not wound up: its threads only notice after up to ten seconds, and nothing of it needs them.
    """
    steps.stopping.set()  # from here on errors may be the ending's own (children end with us): none is recorded
    try:
        deadline = time.monotonic() + grace_seconds
        while steps.is_busy() and time.monotonic() < deadline:
            time.sleep(STOP_POLL_SECONDS)
        leave(tools.database, tools.agent_id)
        log.info("agent.stopped", agent=tools.agent_id)
    finally:
        os._exit(0)  # threads of unfinished steps must not go on without their lock
