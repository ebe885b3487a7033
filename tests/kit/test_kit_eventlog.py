"""The event log tells what was kept, in order, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from reposter.kit.clock import utc_now
from reposter.kit.database import Database
from reposter.kit.eventlog import EventRow, forget_older, last_seq, read_after, record


@pytest.fixture
def database():
    database = Database("sqlite://")
    EventRow.__table__.create(database.engine)
    yield database
    database.close()


def write(database, *types):
    with database.transaction() as session:
        for event_type in types:
            record(session, event_type, {"what": event_type})
            session.flush()


def test_events_are_read_in_the_order_they_were_written(database):
    write(database, "a", "b", "c")
    with database.transaction() as session:
        events = read_after(session, 0)
    assert [event.type for event in events] == ["a", "b", "c"]
    assert [event.seq for event in events] == sorted(event.seq for event in events)
    assert events[0].payload == {"what": "a"}
    assert events[0].at.tzinfo is not None


def test_reading_goes_on_after_the_last_number_seen_and_stops_at_its_limit(database):
    write(database, "a", "b", "c", "d")
    with database.transaction() as session:
        first = read_after(session, 0, limit=2)
        rest = read_after(session, first[-1].seq)
        assert [event.type for event in first] == ["a", "b"]
        assert [event.type for event in rest] == ["c", "d"]
        assert read_after(session, last_seq(session)) == []


def test_an_event_of_a_change_that_was_undone_is_never_told(database):
    with pytest.raises(RuntimeError), database.transaction() as session:
        record(session, "post.published", {})
        session.flush()
        raise RuntimeError
    with database.transaction() as session:
        assert read_after(session, 0) == []
        assert last_seq(session) == 0


def test_a_number_is_never_given_twice_even_after_the_newest_rows_were_pruned(database):
    write(database, "a", "b")
    with database.transaction() as session:
        newest = last_seq(session)
        session.execute(sa.delete(EventRow))
    write(database, "c")
    with database.transaction() as session:
        assert last_seq(session) > newest


def test_old_events_of_one_level_are_dropped_and_others_kept(database):
    with database.transaction() as session:
        for level in ("debug", "info"):
            record(session, "queue.updated", {}, level=level)
    with database.transaction() as session:
        forget_older(session, utc_now() - timedelta(days=1), level="debug")
        assert len(read_after(session, 0)) == 2
        forget_older(session, utc_now() + timedelta(days=1), level="debug")
        assert [event.level for event in read_after(session, 0)] == ["info"]
