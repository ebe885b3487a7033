"""Children are kept running: at once after the first death, ever later after each that follows."""

from __future__ import annotations

import json
import os
import signal
import sys
import time

import psutil
import pytest

from reposter.kit import supervisor
from reposter.kit.supervisor import BACKOFF_SECONDS, HEALTHY_SECONDS, Child, Supervisor, how_it_ended

WATCHED_SECONDS_MAX = 30
NOTE_ENVIRONMENT = """
import json, os, sys
from pathlib import Path
Path(sys.argv[1]).write_text(json.dumps({key: text for key, text in os.environ.items() if key.startswith("REPOSTER_")}))
sys.exit(3)
"""
STUBBORN = """
import signal, sys, time
from pathlib import Path
signal.signal(signal.SIGTERM, signal.SIG_IGN)
Path(sys.argv[1]).touch()
time.sleep(600)
"""
SLEEP = "import time; time.sleep(600)"


class HandClock:
    """`time` as the supervisor uses it, moved by hand."""

    def __init__(self):
        self.at = 1000.0

    def monotonic(self):
        return self.at


class Nursery:
    """A supervisor of one child, and what it told."""

    def __init__(self, clock, code, *args, env=None):
        self.clock = clock
        self.told = []
        child = Child("worker-1", (sys.executable, "-c", code, *args), env or {})
        self.supervisor = Supervisor([child], on_change=lambda _, what: self.told.append(what))

    def see_death(self):
        """Wait until the child is dead, without taking its exit code away, and let the supervisor notice."""
        os.waitid(os.P_PID, self.supervisor.pids()["worker-1"], os.WEXITED | os.WNOWAIT)
        self.supervisor.poll()
        assert self.supervisor.pids() == {}

    def delay(self):
        """Seconds until it starts again, found by moving the clock."""
        began = self.clock.at
        while not self.supervisor.pids():
            self.clock.at = round(self.clock.at + 0.1, 1)
            self.supervisor.poll()
        return self.clock.at - began


@pytest.fixture
def clock(monkeypatch):
    clock = HandClock()
    monkeypatch.setattr(supervisor, "time", clock)
    return clock


@pytest.fixture
def nursery(clock):
    made = []

    def make(code, *args, env=None):
        made.append(Nursery(clock, code, *args, env=env))
        made[-1].supervisor.start()
        return made[-1]

    yield make
    for each in made:
        each.supervisor.stop(grace_seconds=0)


def wait_for(condition):
    deadline = time.monotonic() + WATCHED_SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline, "it never came to pass"
        time.sleep(0.01)


def test_a_child_that_dies_is_started_again_later_each_time(nursery):
    worker = nursery("import sys; sys.exit(3)")
    delays = []
    for _ in range(3):
        worker.see_death()
        delays.append(worker.delay())
    assert delays == pytest.approx(BACKOFF_SECONDS[:3], abs=0.11)
    assert worker.told[:3] == ["started", "ended with code 3; starts again in 0.2 s", "restarted"]
    assert worker.told[3] == "ended with code 3; starts again in 1 s"


def test_the_wait_never_grows_beyond_the_last_step(nursery):
    worker = nursery("import sys; sys.exit(3)")
    for _ in range(len(BACKOFF_SECONDS)):
        worker.see_death()
        worker.delay()
    worker.see_death()
    assert worker.delay() == pytest.approx(BACKOFF_SECONDS[-1], abs=0.11)


def test_earlier_deaths_are_forgiven_after_a_healthy_life(nursery, clock):
    worker = nursery(SLEEP)
    for lived in (1.0, HEALTHY_SECONDS + 1):
        os.kill(worker.supervisor.pids()["worker-1"], signal.SIGKILL)
        clock.at += lived
        worker.see_death()
        worker.delay()
    assert "was killed by SIGKILL; starts again in 0.2 s" in worker.told
    assert worker.told[-2] == "was killed by SIGKILL; starts again in 0 s"


def test_a_restarted_child_is_told_how_often_and_why(nursery, tmp_path):
    note = tmp_path / "note"
    worker = nursery(NOTE_ENVIRONMENT, str(note), env={"REPOSTER_DATA_DIR": "here"})
    worker.see_death()
    first = json.loads(note.read_text())
    assert first["REPOSTER_RESTARTS"] == "0"
    assert "REPOSTER_LAST_EXIT" not in first
    worker.delay()
    worker.see_death()
    again = json.loads(note.read_text())
    assert again["REPOSTER_RESTARTS"] == "1"
    assert again["REPOSTER_LAST_EXIT"] == "3"
    assert again["REPOSTER_DATA_DIR"] == "here"


def test_a_child_that_lives_is_left_alone(nursery, clock):
    worker = nursery(SLEEP)
    before = worker.supervisor.pids()
    clock.at += 3600
    worker.supervisor.poll()
    assert worker.supervisor.pids() == before
    assert worker.told == ["started"]


def test_stopping_ends_all_children_also_the_stubborn_ones(clock, tmp_path):
    ready = tmp_path / "ready"
    children = [
        Child("gentle", (sys.executable, "-c", SLEEP)),
        Child("stubborn", (sys.executable, "-c", STUBBORN, str(ready))),
    ]
    both = Supervisor(children, on_change=lambda *_: None)
    both.start()
    pids = both.pids().values()
    wait_for(ready.exists)
    both.stop(grace_seconds=0.2)
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_a_terminal_interrupt_does_not_reach_the_children(nursery):
    worker = nursery(SLEEP)
    pid = worker.supervisor.pids()["worker-1"]
    assert os.getsid(pid) == pid != os.getsid(0)


@pytest.mark.parametrize(
    ("code", "words"), [(0, "ended with code 0"), (3, "ended with code 3"), (-9, "was killed by SIGKILL")]
)
def test_an_end_is_told_in_words(code, words):
    assert how_it_ended(code) == words
