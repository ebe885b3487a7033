"""The newest answer counts, for as long as it is valid; nothing is overwritten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from reposter.guard.rights.service import basis_of, declare_basis
from reposter.guard.rights.tables import RightsRow
from reposter.kit.database import Database
from reposter.vocabulary.rights import Basis

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def session():
    database = Database("sqlite://")
    RightsRow.__table__.create(database.engine)
    with database.transaction() as session:
        yield session
    database.close()


def declare(session, basis, *, now=NOW, **more):
    declare_basis(session, "src_1", basis, now=now, **more)
    session.flush()


def basis(session, *, now=NOW, source_id="src_1"):
    return basis_of(session, source_id, now=now)


def test_a_source_that_nobody_answered_for_is_unknown(session):
    assert basis(session) is Basis.UNKNOWN
    assert basis(session, source_id=None) is Basis.UNKNOWN


def test_an_answer_counts_for_its_own_source_alone(session):
    declare(session, Basis.OWN)
    assert basis(session) is Basis.OWN
    assert basis(session, source_id="src_2") is Basis.UNKNOWN


def test_the_newest_answer_counts_and_the_older_ones_are_kept(session):
    declare(session, Basis.OWN, now=NOW - DAY)
    declare(session, Basis.PERMISSION, evidence="mail of 1 March")
    assert basis(session) is Basis.PERMISSION
    assert session.scalar(sa.select(sa.func.count()).select_from(RightsRow)) == 2


def test_of_two_answers_in_one_instant_the_later_written_counts(session):
    declare(session, Basis.OWN)
    declare(session, Basis.LICENSED)
    assert basis(session) is Basis.LICENSED


def test_an_answer_taken_back_to_unknown_counts_too(session):
    declare(session, Basis.OWN, now=NOW - DAY)
    declare(session, Basis.UNKNOWN)
    assert basis(session) is Basis.UNKNOWN


def test_an_answer_counts_until_the_instant_it_runs_out(session):
    declare(session, Basis.LICENSED, valid_to=NOW + DAY)
    assert basis(session, now=NOW + DAY - timedelta(seconds=1)) is Basis.LICENSED
    assert basis(session, now=NOW + DAY) is Basis.UNKNOWN


def test_a_licence_that_ran_out_does_not_bring_back_an_older_answer(session):
    declare(session, Basis.OWN, now=NOW - 2 * DAY)
    declare(session, Basis.LICENSED, now=NOW - DAY, valid_to=NOW - timedelta(hours=1))
    assert basis(session) is Basis.UNKNOWN


def test_a_revoked_answer_does_not_count(session):
    declare(session, Basis.PERMISSION)
    session.scalars(sa.select(RightsRow)).one().revoked_at = NOW
    session.flush()
    assert basis(session) is Basis.UNKNOWN
