"""Children with limits: whatever a child does, its parent gets an answer or an error that it can name."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psutil
import pytest
from children import ShelfEmpty

from reposter.kit import process
from reposter.kit.errors import AppError, ChildFailed, StorageExhausted
from reposter.kit.process import Limits, run_child

AMPLE = Limits(wall_seconds=60)
WATCHED_SECONDS_MAX = 30
PATH_OF_CHILDREN = {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])}


def run(deed, *, limits=AMPLE, on_progress=None, env=None, **request):
    return run_child(
        "children",
        {"deed": deed, **request},
        limits=limits,
        on_progress=on_progress,
        env=PATH_OF_CHILDREN | (env or {}),
    )


def is_gone(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def are_gone(pids):
    deadline = time.monotonic() + WATCHED_SECONDS_MAX
    while not all(is_gone(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.01)
    return all(is_gone(pid) for pid in pids)


def test_a_child_answers_with_its_result_and_tells_its_progress_in_order():
    seen = []
    assert run("double", numbers=[1, 2, 3], on_progress=seen.append) == {"doubled": [2, 4, 6]}
    assert seen == [{"at": 1}, {"at": 2}, {"at": 3}]


def test_progress_that_nobody_listens_to_is_dropped():
    assert run("double", numbers=[4]) == {"doubled": [8]}


def test_a_library_that_prints_does_not_speak_into_the_conversation():
    assert run("chat") == {"said": "the truth"}


def test_an_error_of_ours_crosses_with_its_class_and_its_figures():
    with pytest.raises(ShelfEmpty) as caught:
        run("refuse")
    assert caught.value.hint == "Fill it."
    assert caught.value.retry_after_seconds == 3
    assert caught.value.context == {"shelf": 7}


def test_a_bug_in_a_child_is_told_with_its_exit_code_and_last_words():
    with pytest.raises(ChildFailed, match="ended with code 1") as caught:
        run("crash")
    assert caught.value.context == {"exit_code": 1, "last_words": "ZeroDivisionError: a bug of the child"}


def test_a_death_by_signal_is_named_with_the_childs_last_words():
    with pytest.raises(ChildFailed, match="was killed by SIGSEGV") as caught:
        run("be_killed")
    assert caught.value.context["last_words"] == "meeting a damaged frame"


def test_a_child_that_leaves_without_an_answer_has_failed_even_with_code_0():
    with pytest.raises(ChildFailed, match="ended with code 0 before it answered"):
        run("leave")


def test_a_module_that_does_not_exist_has_failed():
    with pytest.raises(ChildFailed) as caught:
        run_child("no_such_module_of_ours", {}, limits=AMPLE)
    assert "no_such_module_of_ours" in caught.value.context["last_words"]


def test_an_answer_that_is_no_json_is_a_failure_with_a_name():
    with pytest.raises(ChildFailed, match="nonsense") as caught:
        run_child("child_that_babbles", {}, limits=AMPLE, env=PATH_OF_CHILDREN)
    assert caught.value.context["answer"].startswith("Welcome to libbabble")


def test_the_time_limit_ends_a_child_and_its_own_children():
    pids = []
    for wall_seconds in (1, 4, 16):  # a busy machine may need longer to bring the child to its hanging
        with pytest.raises(ChildFailed, match="took longer than"):
            run("hang", limits=Limits(wall_seconds=wall_seconds), on_progress=lambda at: pids.extend(at["pids"]))
        if pids:
            break
    assert len(pids) == 2
    assert are_gone(pids)


def test_what_on_progress_raises_cancels_the_work_and_goes_on_to_the_caller():
    class Cancelled(Exception):
        pass

    pids = []

    def cancel(at):
        pids.extend(at["pids"])
        raise Cancelled

    with pytest.raises(Cancelled):
        run("hang", on_progress=cancel)
    assert are_gone(pids)


def test_a_child_that_wants_more_memory_than_it_may_fails_alone():
    limits = Limits(wall_seconds=60, memory_bytes=300 << 20)
    assert run("eat", bytes=1 << 20, limits=limits) == {"size": 1 << 20}
    with pytest.raises(ChildFailed) as caught:
        run("eat", bytes=1 << 30, limits=limits)
    assert "MemoryError" in caught.value.context["last_words"]


def test_a_file_that_grows_over_the_childs_limit_is_a_full_disk(tmp_path):
    limits = Limits(wall_seconds=60, file_bytes=100_000)
    with pytest.raises(StorageExhausted):
        run("fill_the_disk", path=str(tmp_path / "file"), bytes=1_000_000, limits=limits)
    assert (tmp_path / "file").stat().st_size <= 100_000


def test_an_answer_without_end_is_cut_off(monkeypatch):
    monkeypatch.setattr(process, "ANSWER_BYTES_MAX", 1 << 20)
    with pytest.raises(ChildFailed, match="answered with more than it may"):
        run("flood", times=64, bytes=1 << 16)


def test_a_child_gets_our_environment_and_what_is_added_to_it(monkeypatch):
    monkeypatch.setenv("OF_OURS", "here")
    assert run("tell_environment", name="OF_OURS") == {"value": "here"}
    assert run("tell_environment", name="OF_OURS", env={"OF_OURS": "changed"}) == {"value": "changed"}


def test_a_failed_child_may_be_tried_again():
    with pytest.raises(AppError) as caught:
        run("leave")
    assert caught.value.verdict == "retry_later"
