"""Durable steps: how an error leaves a step, how a step is tried again, what it says while it works.

A step runs at least once; its result is recorded and never computed again. Errors of ours are recorded as values, so
that a resumed workflow sees the same error it saw before it died.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

import sqlalchemy as sa
import structlog
from dbos import DBOS

from reposter.kit.database import full_disk_as_error
from reposter.kit.errors import AppError, StorageExhausted, VendorUnavailable, Verdict
from reposter.pipeline.agents import set_task
from reposter.pipeline.telling import tell
from reposter.pipeline.tools import tools
from reposter.vocabulary.events import VideoProcessingProgress

P = ParamSpec("P")
R = TypeVar("R")

PROGRESS_SECONDS_MIN = 0.7
FULL_DISK_SECONDS = 300.0
log = structlog.get_logger()
_tasks: dict[object, str] = {}
"""What this process works on now, oldest first."""
stopping = threading.Event()
"""Set when this process is told to end: from then on no step may record an error, it would be the ending's fault."""


class Unexpected(AppError):
    """A bug or a situation nobody thought of; the log has the traceback."""

    code = "unexpected"
    verdict = Verdict.NEEDS_PERSON


class DatabaseUnavailable(VendorUnavailable):
    code = "database_unavailable"


def durable_step(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function a step of the name `name`, which is for ever. Arguments and result are JSON."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @DBOS.step(name=name)
        def recorded(*args: Any, **kwargs: Any) -> dict[str, Any]:  # the engine keeps both as JSON
            try:
                with full_disk_as_error():
                    return {"value": function(*args, **kwargs)}
            except AppError as error:
                return _failed(name, error)
            except sa.exc.OperationalError as error:
                return _failed(name, DatabaseUnavailable(f"The database did not answer: {error.orig}"))
            except sa.exc.TimeoutError:
                return _failed(name, DatabaseUnavailable("Every connection to the database was in use for too long."))
            except Exception as error:  # one of the four edges: logged, reported, recorded
                log.exception("step.unexpected", step=name)
                return _failed(
                    name,
                    Unexpected(f"{type(error).__name__}: {error}", hint="Please report this; the log has the details."),
                )

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            answer = recorded(*args, **kwargs)
            if "error" in answer:
                raise AppError.from_dict(answer["error"])
            value: R = answer["value"]
            return value

        return call

    return decorate


def is_busy() -> bool:
    """Whether a step is in hand in this process; workflows that merely sleep do not count."""
    return bool(_tasks)


def _failed(name: str, error: AppError) -> dict[str, Any]:
    if stopping.is_set():
        threading.Event().wait()  # the process is about to end; this step runs again at the next start
    log.info("step.failed", step=name, code=error.code, verdict=error.verdict.value, **error.context)
    return {"error": error.to_dict()}


def retrying(step: Callable[P, R], delays_seconds: Sequence[float]) -> Callable[P, R]:
    """Try a step again after each delay while its error says *retry later*; the waits survive restarts.

    A full disk is no fault of the work: it waits for room, and loses no try.
    """

    @functools.wraps(step)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        delays = iter(delays_seconds)
        while True:
            try:
                return step(*args, **kwargs)
            except AppError as error:
                is_full = isinstance(error, StorageExhausted)
                delay = FULL_DISK_SECONDS if is_full else next(delays, None)
                if error.verdict is not Verdict.RETRY_LATER or delay is None:
                    raise
                DBOS.sleep(max(delay, error.retry_after_seconds or 0))

    return call


class Reporter:
    """Writes the progress of one task, at most so often that nobody drowns in it."""

    def __init__(self, task: str, video_id: str | None, step: str) -> None:
        self._task, self._video_id, self._step = task, video_id, step
        self._last = 0.0

    def __call__(self, fraction: float | None, eta_seconds: float | None = None) -> None:
        now = time.monotonic()
        if now - self._last < PROGRESS_SECONDS_MIN:
            return
        self._last = now
        with tools().database.transaction() as session:
            set_task(session, tools().agent_id, self._task, fraction)
            if self._video_id:
                event = VideoProcessingProgress(self._video_id, self._step, "running", fraction, eta_seconds)
                tell(session, event, level="debug")


@contextmanager
def working(task: str, *, step: str, video_id: str | None = None) -> Iterator[Reporter]:
    """Show `task` as what this agent does now; yields the function that reports its progress."""
    ticket = object()
    _tasks[ticket] = task
    with tools().database.transaction() as session:
        set_task(session, tools().agent_id, task, None)
        if video_id:
            tell(session, VideoProcessingProgress(video_id, step, "started", sentence=task))
    try:
        yield Reporter(task, video_id, step)
    finally:
        del _tasks[ticket]
        with tools().database.transaction() as session:
            set_task(session, tools().agent_id, next(reversed(_tasks.values()), None), None)
