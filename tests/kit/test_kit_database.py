"""Transactions that keep everything or nothing, and times that never lose their zone."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from reposter.kit.database import Database, serialise
from reposter.kit.errors import StorageExhausted
from reposter.kit.keyvalue import ValueRow, read_value, write_value
from reposter.pipeline.engine import EXECUTOR_THREADS_MAX

FILL_UNDER_A_LIMIT = """
import resource, signal, sys
from reposter.kit.database import Database, serialise
from reposter.kit.errors import StorageExhausted
from reposter.kit.keyvalue import write_value
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
database = Database(sys.argv[1])
try:
    with database.transaction() as session:
        write_value(session, "big", {"text": "x" * 1_000_000})
except StorageExhausted as error:
    print(error.code, error.verdict.value)
"""


@pytest.fixture
def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/database.sqlite")
    ValueRow.__table__.create(database.engine)
    yield database
    database.close()


def test_a_time_without_a_zone_is_refused(database):
    naive = datetime(2026, 3, 1, 12, 0)  # noqa: DTZ001  # the point of the test
    with pytest.raises(sa.exc.StatementError, match="has no zone"), database.transaction() as session:
        session.add(ValueRow(name="x", value={}, updated_at=naive))


def test_a_time_of_any_zone_comes_back_as_the_same_instant_in_utc(database):
    tokyo = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=9)))
    with database.transaction() as session:
        session.add(ValueRow(name="x", value={}, updated_at=tokyo))
    with database.transaction() as session:
        kept = session.get_one(ValueRow, "x").updated_at
    assert kept == tokyo
    assert kept.tzinfo is UTC


def test_every_job_of_a_process_can_hold_a_connection(database):
    with ExitStack() as held:
        for _ in range(EXECUTOR_THREADS_MAX):
            held.enter_context(database.engine.connect())


def test_an_error_undoes_the_whole_transaction(database):
    with database.transaction() as session:
        write_value(session, "kept", {"n": 1})
    with pytest.raises(RuntimeError, match="half way"), database.transaction() as session:
        write_value(session, "kept", {"n": 2})
        write_value(session, "lost", {"n": 3})
        session.flush()
        raise RuntimeError("half way")
    with database.transaction() as session:
        assert read_value(session, "kept") == {"n": 1}
        assert read_value(session, "lost") == {}


def test_rows_can_be_read_after_their_transaction_has_ended(database):
    with database.transaction() as session:
        row = ValueRow(name="x", value={"n": 1}, updated_at=datetime(2026, 3, 1, tzinfo=UTC))
        session.add(row)
    assert row.value == {"n": 1}


def test_a_commit_survives_power_cuts_and_waits_for_other_writers(database):
    with database.engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_sqlites_own_word_for_full_becomes_storage_exhausted_and_nothing_is_changed(database):
    with database.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 8")
        with pytest.raises(StorageExhausted) as caught, database.transaction() as session:
            write_value(session, "small", {"n": 1})
            session.connection().exec_driver_sql("PRAGMA max_page_count = 8")
            write_value(session, "big", {"text": "x" * 1_000_000})
    assert caught.value.hint
    with database.transaction() as session:
        assert read_value(session, "small") == {}


def test_a_file_size_limit_reads_as_a_full_disk_too(database):
    child = subprocess.run(
        [sys.executable, "-c", FILL_UNDER_A_LIMIT, database.url], capture_output=True, text=True, timeout=60
    )
    assert child.stdout.split() == ["storage_exhausted", "retry_later"], child.stderr
    with database.transaction() as session:
        assert read_value(session, "big") == {}


def test_another_operational_error_is_not_called_a_full_disk(database):
    with pytest.raises(sa.exc.OperationalError, match="no such table"), database.transaction() as session:
        session.execute(sa.text("SELECT * FROM no_such_table"))


def test_those_who_decide_by_what_they_read_wait_for_one_another(tmp_path):
    """Two planners that read, think and write: without `serialise` both would write the same number."""
    database = Database(f"sqlite:///{tmp_path / 'shared.sqlite'}")
    with database.transaction() as session:
        session.execute(sa.text("CREATE TABLE numbers (n INTEGER)"))

    def take_next(_: int) -> None:
        with database.transaction() as session:
            serialise(session, "numbers")
            highest = session.scalar(sa.text("SELECT COALESCE(MAX(n), 0) FROM numbers"))
            time.sleep(0.02)  # the thinking, in which the other would read the same
            session.execute(sa.text("INSERT INTO numbers VALUES (:n)"), {"n": highest + 1})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(take_next, range(8)))
    with database.transaction() as session:
        assert session.scalars(sa.text("SELECT n FROM numbers ORDER BY n")).all() == list(range(1, 9))
    database.close()
