"""Times are UTC, whatever zone the server, its database or a session has."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from builders import ALT, NOON, a_post, a_video
from reposter.deliver.publishing.journal import Journal
from reposter.deliver.publishing.tables import AttemptRow
from reposter.deliver.scheduling.service import is_its_turn
from reposter.kit.crypto import Vault
from reposter.kit.database import Database
from reposter.library.service import list_videos
from reposter.migrate import migrate_database
from reposter.views.posts import list_posts

pytestmark = pytest.mark.postgres
MINUTE = timedelta(minutes=1)


@pytest.fixture(params=["UTC", "Europe/Berlin", "America/New_York"])
def database(request, server, database_url):
    name = sa.make_url(database_url).database
    server.psql(f"ALTER DATABASE {name} SET timezone TO '{request.param}';")
    database = Database(database_url)
    migrate_database(database)
    yield database
    database.close()


@pytest.fixture(params=["session in UTC", "session in the zone of the database"])
def session(request, database):
    with database.transaction() as session:
        if request.param != "session in UTC":  # what a statement says must be right by itself
            session.execute(sa.text("SET LOCAL TIME ZONE DEFAULT"))
        yield session


def test_a_session_speaks_utc_and_keeps_it_after_a_rollback(database):
    with database.engine.connect() as connection:
        connection.rollback()
        assert connection.scalar(sa.text("SHOW timezone")) == "UTC"
        assert connection.scalar(sa.text("SELECT localtimestamp - timezone('UTC', now())")) == timedelta()


def test_the_settings_that_an_address_names_are_kept(database):
    own = sa.make_url(database.url).update_query_dict({"options": "-c statement_timeout=4321"})
    other = Database(own.render_as_string(hide_password=False))
    with other.engine.connect() as connection:
        shown = [connection.scalar(sa.text(f"SHOW {name}")) for name in ("statement_timeout", "timezone")]
    other.close()
    assert shown == ["4321ms", "UTC"]


def test_turns_go_by_the_due_time(session):
    posts = [
        a_post(session, str(n), scheduled_time=NOON - MINUTE * minutes, not_before=NOON)
        for n, minutes in ((1, 10), (2, 40), (3, 25))
    ]
    assert [post.video_id for post in posts if is_its_turn(session, post, NOON)] == ["2"]


def test_a_page_of_posts_or_videos_begins_after_the_last_row_of_the_one_before(session):
    for n in range(6):
        a_video(session, str(n), now=NOON + MINUTE * n)
        a_post(session, str(n), now=NOON + MINUTE * n)
    posts = [view.post for view in list_posts(session)]
    videos = list_videos(session)
    assert [row.video_id for row in posts] == [row.video_id for row in videos] == ["5", "4", "3", "2", "1", "0"]
    for seen in range(1, 7):
        last = posts[seen - 1]
        page = list_posts(session, after=(last.updated_at, last.id), limit=2)
        assert [view.post for view in page] == posts[seen : seen + 2]
        film = videos[seen - 1]
        assert list_videos(session, after=(film.created_at, film.id), limit=2) == videos[seen : seen + 2]


def test_the_address_of_a_pull_dies_at_the_moment_that_is_written(database):
    journal = Journal(database, Vault(bytes(32)))
    with database.transaction() as session:
        session.add(
            AttemptRow(
                post_id="1", n=1, state="COMMITTING", account=ALT, content_sha256="c", size_bytes=1, chunk_bytes=1,
                created_at=NOON, updated_at=NOON, commit_at=NOON, transfer="pull",
            )
        )  # fmt: skip
    assert journal.revoke(journal.last("1"), NOON + MINUTE) == 0
    assert journal.last("1").revoked_at == NOON + MINUTE
