"""Migrations make exactly the tables that the code speaks of, and never touch what they do not know."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from reposter.deliver.publishing.tables import AttemptRow
from reposter.deliver.scheduling.tables import ScheduledPostRow
from reposter.kit.database import Database
from reposter.kit.keyvalue import read_value, write_value
from reposter.library.tables import VideoRow
from reposter.migrate import SchemaNewer, alembic_config, migrate_database
from reposter.schema import METADATA


def run(database, act, target):
    config = alembic_config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        act(config, target)


def our_tables(database):
    return set(sa.inspect(database.engine).get_table_names()) & set(METADATA.tables)


def test_the_migrated_database_is_the_one_that_the_code_speaks_of(installation):
    with installation.database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_object": lambda item, name, kind, reflected, other: (
                    not (kind == "table" and reflected and name not in METADATA.tables)
                ),
            },
        )
        assert compare_metadata(context, METADATA) == []


def test_the_comparison_would_notice_a_missing_column_and_a_missing_index(installation):
    with installation.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP INDEX ix_videos_newest")
        connection.exec_driver_sql("ALTER TABLE videos DROP COLUMN quality")
        found = compare_metadata(MigrationContext.configure(connection), METADATA)
    kinds = {change[0] for change in found if isinstance(change, tuple)}
    assert {"add_index", "add_column"} <= kinds


def test_migrating_again_changes_nothing_and_loses_nothing(installation):
    with installation.session() as session:
        write_value(session, "settings", {"kept": True})
    before = our_tables(installation.database)
    migrate_database(installation.database)
    assert our_tables(installation.database) == before == set(METADATA.tables)
    with installation.session() as session:
        assert read_value(session, "settings") == {"kept": True}


def test_every_migration_can_be_taken_back_and_made_again(installation):
    run(installation.database, command.downgrade, "base")
    assert our_tables(installation.database) == set()
    run(installation.database, command.upgrade, "head")
    assert our_tables(installation.database) == set(METADATA.tables)


def test_there_is_one_line_of_migrations():
    scripts = ScriptDirectory.from_config(alembic_config())
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(installation):
    with installation.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaNewer, match="schema 9999") as caught:
        migrate_database(installation.database)
    assert "backup" in caught.value.hint
    with installation.database.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == "9999"
    assert our_tables(installation.database) == set(METADATA.tables)


def test_a_migration_that_is_cut_off_leaves_nothing_and_can_be_run_again(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'new.sqlite'}")
    made = []

    def cut_off(_connection, _cursor, statement, *_):
        if statement.lstrip().upper().startswith("CREATE TABLE") and len(made) == 4:
            raise KeyboardInterrupt
        made.append(statement) if "CREATE TABLE" in statement else None

    sa.event.listen(database.engine, "before_cursor_execute", cut_off)
    with pytest.raises(KeyboardInterrupt):
        migrate_database(database)
    sa.event.remove(database.engine, "before_cursor_execute", cut_off)
    assert sa.inspect(database.engine).get_table_names() == []
    migrate_database(database)
    assert our_tables(database) == set(METADATA.tables)
    database.close()


def test_rows_of_the_first_version_are_still_there_after_the_second(installation):
    """Columns that came later are filled with what they meant before: a post of no skips, an upload by file."""
    run(installation.database, command.downgrade, "0001")
    with installation.database.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO scheduled_posts (id, video_id, tiktok_account, scheduled_time, status, created_at, updated_at,"
            " priority, attempts, max_attempts, caption, hashtags, planned_because, extra)"
            " VALUES (1, 'v', '@me', '2026-11-24 10:00:00', 'queued', '2026-11-24 09:00:00', '2026-11-24 09:00:00',"
            " 'normal', 0, 3, 'words', '[]', '', '{}')"
        )
        connection.exec_driver_sql(
            "INSERT INTO attempts (post_id, n, state, account, content_sha256, size_bytes, chunk_bytes, acked_bytes,"
            " created_at, updated_at, counts, is_final, post_ids, reason)"
            " VALUES ('1', 1, 'OPEN', '@me', 'abc', 10, 10, 0, '2026-11-24 09:00:00', '2026-11-24 09:00:00', 1, 0,"
            " '[]', '')"
        )
    run(installation.database, command.upgrade, "head")
    with installation.session() as session:
        post, attempt = session.get(ScheduledPostRow, 1), session.get(AttemptRow, ("1", 1))
    assert (post.caption, post.skips, post.alternatives, post.is_pinned) == ("words", 0, [], False)
    assert (attempt.state, attempt.transfer, attempt.pull_fetches, attempt.consent_id) == ("OPEN", "file", 0, None)


def test_videos_of_before_have_one_version_and_no_wishes(installation):
    run(installation.database, command.downgrade, "0002")
    with installation.database.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO videos (id, video_id, original_url, title, description, author, hashtags, stats,"
            " processing_status, created_at, updated_at, thumbnails, local_path)"
            " VALUES (1, 'v', 'https://x', '', '', '', '[]', '{}', 'ready', '2026-11-24 10:00:00',"
            " '2026-11-24 09:00:00', '[]', 'videos/v.mp4')"
        )
    run(installation.database, command.upgrade, "head")
    with installation.session() as session:
        video = session.get(VideoRow, 1)
    assert (video.local_path, video.alternative_path, video.watermark_choice) == ("videos/v.mp4", None, None)
    assert (video.watermark_outcome, video.watermark_wishes) == (None, None)
