"""One holder at a time, and a dead holder is no holder."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from reposter.kit.locks import AlreadyRunning, FileLock

HOLD = """
import sys, time
from pathlib import Path
from reposter.kit.locks import FileLock
with FileLock(Path(sys.argv[1]), what="A holder"):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds `run/x.lock`."""
    path = tmp_path / "run" / "x.lock"
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"held\n"
    yield process, path
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_holder_is_refused_with_the_first_ones_process_id(holder):
    process, path = holder
    with pytest.raises(AlreadyRunning, match=rf"The agent x is running already \(process {process.pid}\)") as caught:
        FileLock(path, what="The agent x").__enter__()
    assert "--data-dir" in caught.value.hint


def test_the_lock_is_free_once_its_holder_was_killed(holder):
    process, path = holder
    process.kill()
    process.wait()
    with FileLock(path, what="The heir"):
        assert path.read_text() == f"{os.getpid()}\n"


def test_one_who_waits_gets_the_lock_when_its_holder_ends(holder):
    process, path = holder
    threading.Timer(0.2, process.kill).start()
    with FileLock(path, what="The heir", wait_seconds=60):
        assert path.read_text() == f"{os.getpid()}\n"


def test_the_lock_can_be_taken_again_after_its_block_even_when_that_failed(tmp_path):
    path = tmp_path / "x.lock"
    with pytest.raises(RuntimeError), FileLock(path, what="x"):
        raise RuntimeError
    with FileLock(path, what="x"), pytest.raises(AlreadyRunning):
        FileLock(path, what="x").__enter__()
