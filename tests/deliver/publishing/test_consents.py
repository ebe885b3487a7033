"""A consent is for exactly one file, caption, account and route, and at most one is in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from reposter.deliver.publishing.consents import (
    Terms,
    consent_carried,
    consent_for,
    give_consent,
    hash_caption,
    withdraw,
)
from reposter.deliver.publishing.tables import ConsentRow
from reposter.vendors.tiktok.posting import PostingChoices, PrivacyLevel, Route

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TERMS = Terms("7", "@a", "a" * 64, "A caption", Route.DIRECT)
CHOICES = PostingChoices(PrivacyLevel.SELF_ONLY, music_usage_confirmed=True)


@pytest.fixture
def session(bench):
    with bench.database.transaction() as session:
        yield session


def in_force(session):
    return session.scalars(sa.select(ConsentRow.id).where(ConsentRow.withdrawn_at.is_(None))).all()


def test_a_consent_says_who_when_and_how(session):
    given = give_consent(session, TERMS, CHOICES, by="ada", now=NOW)
    assert consent_for(session, TERMS) == given
    assert (given.given_by, given.given_at, given.choices, given.is_standing) == ("ada", NOW, CHOICES, False)


@pytest.mark.parametrize(
    "change",
    [
        {"post_id": "8"},
        {"account": "@b"},
        {"content_sha256": "b" * 64},
        {"caption": "A caption."},
        {"route": Route.INBOX},
    ],
    ids=lambda change: next(iter(change)),
)
def test_anything_different_is_not_what_was_agreed_to(session, change):
    give_consent(session, TERMS, CHOICES, by="ada", now=NOW)
    assert consent_for(session, replace(TERMS, **change)) is None


def test_two_spellings_of_one_letter_are_one_caption():
    assert hash_caption("caf\u00e9") == hash_caption("cafe\u0301") != hash_caption("cafe")


def test_given_again_unchanged_the_same_one_stands(session):
    first = give_consent(session, TERMS, CHOICES, by="ada", now=NOW)
    assert give_consent(session, TERMS, CHOICES, by="bob", now=NOW + timedelta(1)) == first
    assert in_force(session) == [first.id]


@pytest.mark.parametrize("change", ["choices", "kind", "caption"])
def test_a_new_one_takes_the_place_of_the_old(session, change):
    first = give_consent(session, TERMS, CHOICES, by="ada", now=NOW)
    terms = replace(TERMS, caption="Another") if change == "caption" else TERMS
    choices = replace(CHOICES, allow_duet=True) if change == "choices" else CHOICES
    second = give_consent(session, terms, choices, by="ada", now=NOW, is_standing=change == "kind")
    assert second.id != first.id and in_force(session) == [second.id]


def test_one_that_was_taken_back_never_comes_back(session):
    first = give_consent(session, TERMS, CHOICES, by="ada", now=NOW)
    withdraw(session, "8", now=NOW)
    assert consent_for(session, TERMS) == first
    withdraw(session, "7", now=NOW)
    assert consent_for(session, TERMS) is None
    assert give_consent(session, TERMS, CHOICES, by="ada", now=NOW).id != first.id


def test_an_attempt_remembers_what_it_was_opened_on(bench):
    with bench.database.transaction() as session:
        given = give_consent(session, replace(TERMS, post_id="p"), CHOICES, by="ada", now=NOW)
    attempt = bench.journal.begin(replace(bench.order("p"), consent_id=given.id), after=0, chunk_bytes=100, now=NOW)
    assert attempt is not None
    with bench.database.transaction() as session:
        withdraw(session, "p", now=NOW)
        assert consent_carried(session, "p").id == given.id
        assert consent_carried(session, "q") is None
