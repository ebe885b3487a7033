"""The durable engine, held at arm's length: every setting that it needs to be safe stands here.

Name, application version and a stable, unique executor id are the same or set by hand in every process: work is only
picked up again by processes that agree on them. Values are kept as JSON, never as pickles. Jobs are enqueued inside the
caller's transaction, so that a domain row and its workflow commit together.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, EnqueueOptions
from sqlalchemy.orm import Session

from reposter.kit.clock import utc_now
from reposter.kit.database import Database
from reposter.pipeline.queues import LIMITS, Queue, QueueLimits

APP_NAME = "reposter"
APP_VERSION = "1"
"""Raised only together with a migration of unfinished work: the engine runs what carries its own version."""

RECOVERY_ATTEMPTS_MAX = 50
EXECUTOR_THREADS_MAX = 64
FINISHED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
UNFINISHED = ("PENDING", "ENQUEUED", "DELAYED")


@dataclass(frozen=True)
class Job:
    """A workflow to run. `id` is the idempotency key: the same id is one job, however often it is enqueued."""

    workflow: str
    queue: Queue
    id: str
    args: tuple[Any, ...]
    priority: int = 100
    key: str | None = None
    not_before: datetime | None = None


class Line:
    """Puts jobs on the line. Needs no running engine: the web process and the command line use it too."""

    def __init__(self, database: Database) -> None:
        quiet_engine_log()
        self._client = DBOSClient(
            system_database_engine=database.engine,
            serializer=DBOSPortableJSONSerializer(),
            application_name=APP_NAME,
        )

    def enqueue(self, session: Session, job: Job) -> None:
        """Enqueue within the caller's transaction; nothing happens when a job of this id exists already."""
        options: EnqueueOptions = {
            "workflow_name": job.workflow,
            "queue_name": job.queue.value,
            "workflow_id": job.id,
            "app_version": APP_VERSION,
            "priority": job.priority,
        }
        if LIMITS[job.queue].per_key is not None:
            if job.key is None:
                raise ValueError(f"{job.queue} is served per key; without one the job would never run")
            options["queue_partition_key"] = job.key
        if job.not_before is not None:
            options["delay_seconds"] = max(0.0, (job.not_before - utc_now()) / timedelta(seconds=1))
        self._client.enqueue_in_transaction(session, options, *job.args)

    def status_of(self, job_id: str) -> str | None:
        found = self._client.list_workflows(workflow_ids=[job_id], load_input=False, load_output=False)
        return found[0].status if found else None

    def unfinished(self, name: str, *, prefix: str = "") -> set[str]:
        """Ids of the jobs of one workflow that wait or run, where asked for only those that begin with `prefix`."""
        found = self._client.list_workflows(
            name=name,
            status=list(UNFINISHED),
            workflow_id_prefix=prefix or None,
            load_input=False,
            load_output=False,
        )
        return {job.workflow_id for job in found}

    def cancel(self, job_id: str) -> None:
        self._client.cancel_workflow(job_id)

    def close(self) -> None:
        self._client.destroy()


def prepare_engine(database: Database) -> None:
    """Create or migrate the engine's tables and register the queues; run once, before any process starts."""
    quiet_engine_log()
    DBOS.migrate(database.url)
    client = DBOSClient(
        system_database_engine=database.engine,
        serializer=DBOSPortableJSONSerializer(),
        application_name=APP_NAME,
    )
    for queue, limits in LIMITS.items():
        if not _is_registered(client, queue, limits):
            client.register_queue(
                queue.value,
                worker_concurrency=limits.per_agent,
                partition_concurrency=limits.per_key,
                polling_interval_sec=limits.poll_seconds,
                on_conflict="always_update",
                application_name=APP_NAME,
            )
    client.destroy()


def _is_registered(client: DBOSClient, queue: Queue, limits: QueueLimits) -> bool:
    kept = client.retrieve_queue(queue.value)
    return kept is not None and limits == QueueLimits(
        per_agent=kept.worker_concurrency or 0,
        poll_seconds=kept.polling_interval_sec,
        per_key=kept.partition_concurrency,
    )


def start_engine(database: Database, *, executor_id: str, queues: tuple[Queue, ...]) -> None:
    """Serve `queues` in this process; what this executor left unfinished is resumed at its step."""
    quiet_engine_log(logging.ERROR)
    config = DBOSConfig(
        name=APP_NAME,
        system_database_url=database.url,
        application_version=APP_VERSION,
        executor_id=executor_id,
        serializer=DBOSPortableJSONSerializer(),
        run_migrations=False,
        max_executor_threads=EXECUTOR_THREADS_MAX,
        console_log_level="ERROR",
        scheduler_polling_interval_sec=3600,  # we keep our own timetable
        notification_listener_polling_interval_sec=60,  # no workflow of ours waits for messages
    )
    if database.is_sqlite:
        config["system_database_engine"] = database.engine
    DBOS(config=config)
    DBOS.listen_queues([queue.value for queue in queues])
    DBOS.launch()


def set_concurrency(queues: tuple[Queue, ...], per_agent: int) -> None:
    """How much every agent of these queues does at once; kept until the next start of the whole."""
    for queue in queues:
        kept = DBOS.retrieve_queue(queue.value)
        if kept is not None:
            kept.set_worker_concurrency(per_agent)


def pending_executors() -> set[str]:
    """Executors that hold unfinished work now."""
    held = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
    return {job.executor_id for job in held if job.executor_id}


def take_over(executor_ids: list[str]) -> int:
    """Put the unfinished work of executors that are gone back on its queues; returns how many jobs.

    The engine's free edition has no public call for it (checked in CI on both databases); it is one conditional update
    per job, and a zombie's later answers are fenced off.
    """
    return len(DBOS._recover_pending_workflows(executor_ids))


def prune_finished(*, older_than: datetime, batch: int = 500) -> int:
    """Forget finished jobs; uniqueness of business acts lives in our own tables, not in job ids."""
    before, forgotten = older_than.strftime("%Y-%m-%dT%H:%M:%SZ"), 0
    while True:
        old = DBOS.list_workflows(
            status=list(FINISHED), completed_before=before, limit=batch, load_input=False, load_output=False
        )
        if not old:
            return forgotten
        DBOS.delete_workflows([job.workflow_id for job in old])
        forgotten += len(old)


def refresh_statistics(database: Database) -> None:
    """Without statistics SQLite picks an index that is ten times slower once there is history."""
    if database.is_sqlite:
        with database.engine.begin() as connection:
            connection.execute(sa.text("PRAGMA optimize"))


def quiet_engine_log(level: int = logging.CRITICAL) -> None:
    """The engine greets at INFO and advises Postgres. What goes wrong in a door is told by us, with a remedy."""
    logging.getLogger("dbos").setLevel(level)
