"""The same code on PostgreSQL: tables, jobs in the caller's transaction, and the whole line with its agents."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Barrier, BrokenBarrierError

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from reposter.deliver.publishing.invariants import violations
from reposter.deliver.publishing.journal import Journal
from reposter.deliver.publishing.order import PostOrder
from reposter.deliver.publishing.tables import AttemptRow
from reposter.deliver.scheduling.tables import PostState, ScheduledPostRow
from reposter.kit.clock import utc_now
from reposter.kit.crypto import Vault
from reposter.kit.database import Database
from reposter.kit.eventlog import EventRow, record
from reposter.migrate import migrate_database
from reposter.pipeline.engine import Job, Line
from reposter.pipeline.queues import Queue
from reposter.schema import METADATA
from reposter.vendors.tiktok.payloads import UploadSession
from reposter.vendors.tiktok.posting import PostingChoices, Route

pytestmark = pytest.mark.postgres
ACCOUNT = "@myaltaccount"
WORKERS = 6


@pytest.fixture
def database(database_url):
    database = Database(database_url)
    migrate_database(database)
    yield database
    database.close()


def test_the_migrated_database_is_the_one_that_the_code_speaks_of(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_object": lambda item, name, kind, reflected, other: (
                    not (kind == "table" and reflected and name not in METADATA.tables)
                )
            },
        )
        assert compare_metadata(context, METADATA) == []


def test_an_address_is_taken_as_people_write_it(database_url):
    database = Database(database_url.replace("postgresql://", "postgres://"))
    assert database.engine.dialect.driver == "psycopg"
    database.close()


def test_a_row_and_its_job_are_kept_or_dropped_together(database):
    line = Line(database)
    with pytest.raises(RuntimeError, match="no"), database.transaction() as session:
        record(session, "queue.updated", {"dropped": True})
        line.enqueue(session, Job("scan_source", Queue.SCAN, "dropped", ("src_1",)))
        raise RuntimeError("no")
    with database.transaction() as session:
        record(session, "queue.updated", {"kept": True})
        line.enqueue(session, Job("scan_source", Queue.SCAN, "kept", ("src_1",)))
    with database.transaction() as session:
        assert [row.payload for row in session.scalars(sa.select(EventRow))] == [{"kept": True}]
    assert (line.status_of("dropped"), line.status_of("kept")) == (None, "ENQUEUED")
    line.close()


@pytest.fixture
def journal(database):
    return Journal(database, Vault(bytes(32)))


def test_of_many_workers_one_begins_the_attempt(journal):
    with ThreadPoolExecutor(WORKERS) as pool:
        begun = list(pool.map(lambda _: begin(journal, "1"), range(WORKERS)))
    assert len([attempt for attempt in begun if attempt]) == 1


def test_of_two_workers_one_gets_the_last_free_place(database, journal):
    attempts = [opened(journal, post_id) for post_id in ("1", "2")]
    both_counted = Barrier(2)

    def only_one_in_all(session):
        if session.scalar(sa.select(sa.func.count()).where(AttemptRow.commit_at.is_not(None))):
            raise NoPlaceLeft
        with suppress(BrokenBarrierError):  # give the other one time to count too, if nothing keeps it from it
            both_counted.wait(timeout=2)

    def commit(attempt):
        try:
            return journal.commit(attempt, guard=only_one_in_all, now=utc_now)
        except NoPlaceLeft:
            return False

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(commit, attempts)) == [False, True]
    with database.transaction() as session:
        assert violations(session) == []


def begin(journal, post_id):
    return journal.begin(order_of(post_id), after=0, chunk_bytes=9, now=utc_now())


def opened(journal, post_id):
    upload = UploadSession(f"publish-{post_id}", "https://upload.example/1", "log")
    assert journal.open(begin(journal, post_id), upload, expires_at=utc_now() + timedelta(hours=1), now=utc_now())
    return journal.last(post_id)


class NoPlaceLeft(Exception):
    pass


def order_of(post_id):
    """Another video each, on one account."""
    return PostOrder(
        post_id=post_id,
        account=ACCOUNT,
        video_path=Path("video.mp4"),
        content_sha256=post_id * 64,
        size_bytes=9,
        duration_seconds=1,
        caption="",
        choices=PostingChoices(),
        route=Route.DIRECT,
    )


@pytest.mark.journey
def test_the_whole_line_runs_on_postgres(tmp_path, database_url):
    done = subprocess.run(
        [
            sys.executable, "-m", "reposter", "demo", "--headless", "--until-published", "2", "--json",
            "--data-dir", str(tmp_path / "demo"), "--timeout", "200",
        ],
        env={**os.environ, "REPOSTER_DATABASE_URL": database_url},
        capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    figures = json.loads(done.stdout)
    assert figures["published"] == figures["ledger_posts"] >= 2
    assert figures["duplicates"] == 0
    assert not (tmp_path / "demo" / "storage" / "database.sqlite").exists(), "nothing fell back to SQLite"
    database = Database(database_url)
    with database.transaction() as session:
        assert violations(session) == []
        posted = sa.select(sa.func.count()).where(ScheduledPostRow.status == PostState.POSTED)
        assert session.scalar(posted) == figures["published"]
    database.close()
