"""An engine in a process of its own, with workflows made for looking at it: it is global and ends with its process.

`python probe_engine.py DATA_DIR EXECUTOR JOB`: serve until the job has ended, print its result as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from dbos import DBOS

from reposter.kit.clock import utc_now
from reposter.kit.database import Database
from reposter.kit.errors import AppError, Conflict, VendorUnavailable
from reposter.pipeline.engine import Line, start_engine
from reposter.pipeline.queues import Queue
from reposter.pipeline.steps import durable_step, retrying
from reposter.pipeline.timetable import adopt_orphans
from reposter.storage.layout import Layout

WATCHED_SECONDS_MAX = 60
POLL_SECONDS = 0.02


class ProbeRefused(Conflict):
    code = "a_probe_of_the_engine_refused"


@DBOS.workflow(name="probe_a_life", max_recovery_attempts=50)
def a_life(folder: str) -> dict[str, object]:
    seen = note(folder, "first")
    try:
        refuse(folder)
    except AppError as error:
        refusal = {"class": type(error).__name__, "message": error.message, "context": error.context}
    wait_for_leave(folder)
    return {"first": seen, "refusal": refusal}


@DBOS.workflow(name="probe_a_recovery", max_recovery_attempts=50)
def a_recovery(folder: str) -> int:
    return retrying(fail_twice, (0.05, 0.05))(folder)


@durable_step("probe_note")
def note(folder: str, name: str) -> int:
    return _count(folder, name)


@durable_step("probe_refuse")
def refuse(folder: str) -> None:
    raise ProbeRefused(f"Refused for the {_count(folder, 'refuse')}. time.", hint="Look.", sizes=[1, 2])


@durable_step("probe_wait")
def wait_for_leave(folder: str) -> None:
    _count(folder, "wait")
    while not (Path(folder) / "leave").exists():
        time.sleep(POLL_SECONDS)


@durable_step("probe_fail_twice")
def fail_twice(folder: str) -> int:
    times = _count(folder, "fail_twice")
    if times < 3:
        raise VendorUnavailable("not yet")
    return times


def _count(folder: str, name: str) -> int:
    """How often this step has run, over all processes."""
    with (Path(folder) / name).open("a") as file:
        file.write("x")
        return file.tell()


def main(data_dir: str, executor: str, job: str) -> None:
    database = Database(f"sqlite:///{Layout(Path(data_dir)).database_file}")
    line = Line(database)
    start_engine(database, executor_id=executor, queues=(Queue.PROCESS,))
    adopt_orphans(database, now=utc_now())
    deadline = time.monotonic() + WATCHED_SECONDS_MAX
    while line.status_of(job) not in ("SUCCESS", "ERROR") and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    sys.stdout.write(json.dumps(DBOS.retrieve_workflow(job).get_result()) + "\n")
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
