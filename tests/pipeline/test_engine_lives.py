"""What the line promises when its processes are killed: a real engine, killed for real."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reposter.pipeline.engine import Job
from reposter.pipeline.queues import Queue

PROBE = Path(__file__).with_name("probe_engine.py")
WATCHED_SECONDS_MAX = 90


class Engines:
    """Starts probes on one installation, and leaves none behind."""

    def __init__(self, installation, folder):
        self.installation, self.folder = installation, folder
        self.processes = []

    def enqueue(self, workflow):
        job = Job(workflow, Queue.PROCESS, f"{workflow}:1", (str(self.folder),))
        with self.installation.session() as session:
            self.installation.line.enqueue(session, job)
        return job.id

    def start(self, executor, job_id):
        command = [sys.executable, str(PROBE), str(self.installation.layout.data_dir), executor, job_id]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.processes.append(process)
        return process

    def result(self, process):
        out, errors = process.communicate(timeout=WATCHED_SECONDS_MAX)
        assert process.returncode == 0, errors.decode()[-2000:]
        return json.loads(out.splitlines()[-1])

    def times(self, step):
        file = self.folder / step
        return len(file.read_text()) if file.exists() else 0

    def wait_until(self, condition):
        deadline = time.monotonic() + WATCHED_SECONDS_MAX
        while not condition():
            assert time.monotonic() < deadline, "it never came to pass"
            time.sleep(0.02)

    def close(self):
        for process in self.processes:
            process.kill()
            process.communicate()


@pytest.fixture
def engines(installation, tmp_path):
    engines = Engines(installation, tmp_path)
    yield engines
    engines.close()


@pytest.mark.parametrize("heir", ["probe-1@here", "probe-2@there"])
def test_what_a_killed_process_left_goes_on_at_its_step_with_the_results_and_errors_it_had(engines, heir):
    job_id = engines.enqueue("probe_a_life")
    victim = engines.start("probe-1@here", job_id)
    engines.wait_until(lambda: engines.times("wait") == 1)
    victim.kill()
    victim.wait()
    (engines.folder / "leave").touch()
    result = engines.result(engines.start(heir, job_id))
    assert result["first"] == 1
    assert result["refusal"] == {
        "class": "ProbeRefused",
        "message": "Refused for the 1. time.",
        "context": {"sizes": [1, 2]},
    }
    assert engines.times("first") == 1, "a step that ended is never run again"
    assert engines.times("refuse") == 1, "nor is one that ended with an error"
    assert engines.times("wait") == 2, "the step that was cut off is run again"


def test_a_step_that_says_retry_later_is_tried_again_after_its_wait(engines):
    job_id = engines.enqueue("probe_a_recovery")
    assert engines.result(engines.start("probe-1@here", job_id)) == 3
    assert engines.installation.line.status_of(job_id) == "SUCCESS"
