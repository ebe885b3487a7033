"""Jobs commit together with the rows they are about, once per id."""

from __future__ import annotations

from datetime import timedelta

import pytest

from builders import a_video
from reposter.kit.clock import utc_now
from reposter.kit.errors import NotFound
from reposter.library.service import get_video
from reposter.pipeline.engine import Job
from reposter.pipeline.queues import LIMITS, PRIORITIES, ROLES, Queue

JOB = Job("plan_post", Queue.PLAN, "plan:1:first", ("1",))


def test_a_job_is_there_once_its_transaction_is_kept(installation):
    with installation.session() as session:
        installation.line.enqueue(session, JOB)
    assert installation.line.status_of(JOB.id) == "ENQUEUED"
    assert installation.line.unfinished("plan_post") == {JOB.id}
    assert installation.line.unfinished("publish_post") == set()


def test_a_transaction_that_is_undone_leaves_neither_row_nor_job(installation):
    with pytest.raises(RuntimeError), installation.session() as session:
        a_video(session, "1")
        installation.line.enqueue(session, JOB)
        session.flush()
        raise RuntimeError
    assert installation.line.status_of(JOB.id) is None
    with installation.session() as session, pytest.raises(NotFound):
        get_video(session, "1")


def test_the_same_id_is_one_job_however_often_it_is_enqueued(installation):
    for _ in range(2):
        with installation.session() as session:
            installation.line.enqueue(session, JOB)
            installation.line.enqueue(session, JOB)
    assert installation.line.unfinished("plan_post") == {JOB.id}


def test_a_queue_that_is_served_per_account_takes_no_job_without_one(installation):
    nobodys = Job("publish_post", Queue.PUBLISH, "publish:1", (1,))
    with pytest.raises(ValueError, match="served per key"), installation.session() as session:
        installation.line.enqueue(session, nobodys)
    assert installation.line.status_of("publish:1") is None


def test_a_job_that_was_cancelled_does_not_wait_any_more(installation):
    with installation.session() as session:
        installation.line.enqueue(session, JOB)
    installation.line.cancel(JOB.id)
    assert installation.line.unfinished("plan_post") == set()


def test_a_job_for_later_waits_for_its_moment(installation):
    later = Job("measure_post", Queue.MEASURE, "measure:1:1h", (1, "1h"), not_before=utc_now() + timedelta(hours=1))
    past = Job("measure_post", Queue.MEASURE, "measure:1:0h", (1, "0h"), not_before=utc_now() - timedelta(hours=1))
    with installation.session() as session:
        installation.line.enqueue(session, later)
        installation.line.enqueue(session, past)
    assert installation.line.status_of(later.id) == "DELAYED"
    assert installation.line.status_of(past.id) in ("DELAYED", "ENQUEUED")
    assert installation.line.unfinished("measure_post") == {later.id, past.id}


def test_every_queue_has_limits_and_exactly_one_role_serves_it():
    assert set(LIMITS) == set(Queue)
    served = [queue for queues in ROLES.values() for queue in queues]
    assert sorted(served) == sorted(Queue)


def test_no_priority_is_the_one_that_the_engine_takes_before_all():
    assert all(number > 0 for number in PRIORITIES.values())
    assert PRIORITIES["high"] < PRIORITIES["normal"] < PRIORITIES["low"]
    assert Job("x", Queue.PLAN, "x", ()).priority == PRIORITIES["normal"]
