"""The same key with the same request is answered once and for all."""

from __future__ import annotations

import pytest

from reposter.kit.clock import utc_now
from reposter.kit.database import Database
from reposter.kit.errors import InvalidInput
from reposter.kit.idempotency import (
    ANSWER_TIME_MAX,
    KEY_CHARACTERS_MAX,
    AnswerRow,
    KeyInUse,
    KeyReused,
    begin,
    finish,
    forget,
    forget_older,
)

REQUEST = b'POST /api/sources {"value": "@a"}'


@pytest.fixture
def database():
    database = Database("sqlite://")
    AnswerRow.__table__.create(database.engine)
    yield database
    database.close()


def ask(database, key="k1", request=REQUEST):
    with database.transaction() as session:
        return begin(session, key, request)


def answer(database, key="k1"):
    with database.transaction() as session:
        finish(session, key, 201, {"id": "src_1"})


def test_the_first_request_is_carried_out_and_later_ones_get_its_answer(database):
    assert ask(database) is None
    answer(database)
    assert ask(database) == (201, {"id": "src_1"})
    assert ask(database) == (201, {"id": "src_1"})


def test_a_key_is_not_shared_between_different_requests(database):
    ask(database)
    answer(database)
    with pytest.raises(KeyReused):
        ask(database, request=b"another")
    assert ask(database, key="k2", request=b"another") is None


def test_the_same_request_while_the_first_is_still_being_answered_is_refused(database):
    ask(database)
    with pytest.raises(KeyInUse):
        ask(database)


def test_a_request_that_was_not_carried_out_frees_its_key(database):
    ask(database)
    with database.transaction() as session:
        forget(session, "k1")
    assert ask(database, request=b"another") is None


def test_an_answer_that_was_given_cannot_be_forgotten(database):
    ask(database)
    answer(database)
    with database.transaction() as session:
        forget(session, "k1")
    assert ask(database) == (201, {"id": "src_1"})


def age(database, by):
    with database.transaction() as session:
        session.get_one(AnswerRow, "k1").created_at -= by


def test_a_request_whose_process_died_before_the_answer_may_be_asked_again(database):
    ask(database)
    age(database, ANSWER_TIME_MAX)
    assert ask(database) is None
    with pytest.raises(KeyInUse):
        ask(database)


def test_old_answers_are_dropped_and_young_ones_kept(database):
    ask(database)
    answer(database)
    with database.transaction() as session:
        forget_older(session, utc_now() - ANSWER_TIME_MAX)
    assert ask(database) == (201, {"id": "src_1"})
    age(database, 2 * ANSWER_TIME_MAX)
    with database.transaction() as session:
        forget_older(session, utc_now() - ANSWER_TIME_MAX)
    assert ask(database, request=b"another") is None


@pytest.mark.parametrize("key", ["", "x" * (KEY_CHARACTERS_MAX + 1)])
def test_a_key_that_is_empty_or_too_long_is_refused(database, key):
    with pytest.raises(InvalidInput):
        ask(database, key=key)
