"""Named values, each read as it was last written."""

from __future__ import annotations

import pytest

from reposter.kit.database import Database
from reposter.kit.keyvalue import ValueRow, read_value, write_value


@pytest.fixture
def database():
    database = Database("sqlite://")
    ValueRow.__table__.create(database.engine)
    yield database
    database.close()


def test_a_value_that_was_never_written_is_empty(database):
    with database.transaction() as session:
        assert read_value(session, "settings") == {}


def test_the_last_writing_counts_and_other_names_are_untouched(database):
    for value in ({"a": 1}, {"b": [1, {"c": None}]}):
        with database.transaction() as session:
            write_value(session, "settings", value)
            write_value(session, "other", {"x": 1})
    with database.transaction() as session:
        assert read_value(session, "settings") == {"b": [1, {"c": None}]}
        assert read_value(session, "other") == {"x": 1}


def test_changing_what_was_read_changes_nothing_stored(database):
    with database.transaction() as session:
        write_value(session, "settings", {"a": 1})
    with database.transaction() as session:
        read_value(session, "settings")["a"] = 2
    with database.transaction() as session:
        assert read_value(session, "settings") == {"a": 1}
