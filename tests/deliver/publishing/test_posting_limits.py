"""Places in the windows: what takes one, when it is given back, and that no crowd gets more than there are."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from builders import NOON
from reposter.deliver.publishing.attempt import AttemptState, Handover
from reposter.deliver.publishing.journal import Journal
from reposter.deliver.publishing.limits import DRAFTS_MAX, Limit, PostLimits, admission, next_possible_at, usage
from reposter.deliver.publishing.order import PostOrder
from reposter.deliver.publishing.tables import AttemptRow, ConsentRow
from reposter.kit.crypto import Vault
from reposter.kit.database import Database
from reposter.kit.errors import AppError, Verdict
from reposter.vendors.tiktok.payloads import UploadSession
from reposter.vendors.tiktok.posting import PostingChoices, Route

ONE = PostLimits(per_hour=1, per_day=10)
HOUR = timedelta(hours=1)


@pytest.fixture
def session():
    database = Database("sqlite://")
    AttemptRow.metadata.create_all(database.engine)
    with database.transaction() as session:
        yield session
    database.close()


def an_attempt(session, state, *, commit_at=NOON, created_at=NOON, verdict=None, **columns):
    facts = {"post_id": "1", "n": 1, "account": "@x", "content_sha256": columns.get("post_id", "c")}
    row = AttemptRow(
        state=state, size_bytes=1, chunk_bytes=1, created_at=created_at, updated_at=created_at, commit_at=commit_at,
        verdict=verdict, **facts | columns,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


@pytest.mark.parametrize(
    ("state", "verdict", "takes_a_place"),
    [
        ("COMMITTING", None, True),
        ("PUBLISHED", {"by": "tiktok"}, True),
        ("FAILED", {"by": "person"}, True),  # somebody's word is no proof
        ("FAILED", None, True),
        ("FAILED", {"by": "tiktok"}, False),
        ("FAILED", {"by": "refusal"}, False),
        ("ABANDONED", None, False),
    ],
)
def test_what_may_be_out_takes_a_place_until_it_is_proven_not_to_be(session, state, verdict, takes_a_place):
    an_attempt(session, state, verdict=verdict)
    assert (next_possible_at(session, "@x", NOON, ONE) > NOON) is takes_a_place


@pytest.mark.parametrize(("state", "age", "counts"), [("INTENT", 0, 1), ("OPEN", 1.9, 1), ("OPEN", 2.1, 0)])
def test_an_upload_under_way_holds_its_place_for_two_hours(session, state, age, counts):
    an_attempt(session, state, commit_at=None, created_at=NOON - HOUR * age)
    assert usage(session, "@x", NOON).last_day == counts


def test_a_place_is_free_one_millisecond_after_its_window(session):
    an_attempt(session, "PUBLISHED", commit_at=NOON)
    free = next_possible_at(session, "@x", NOON, ONE)
    assert free == NOON + timedelta(hours=1, milliseconds=1)
    assert next_possible_at(session, "@x", NOON + HOUR, ONE) == free
    assert next_possible_at(session, "@x", free, ONE) == free


def test_a_post_from_the_future_counts_as_one_of_now(session):
    an_attempt(session, "PUBLISHED", commit_at=NOON + 2 * HOUR)
    assert next_possible_at(session, "@x", NOON, ONE) == NOON + timedelta(hours=1, milliseconds=1)


def test_the_limit_that_holds_a_post_back_is_named_with_its_time(session):
    an_attempt(session, "PUBLISHED")
    found = admission(session, "@x", NOON, ONE)
    assert found.limit == "posts_per_hour"
    assert found.sentence == (
        "@x: 1 posts in 60 minutes is the limit, and they are used up; next possible at 2026-03-02T13:00:01Z."
    )
    assert admission(session, "@x", NOON, PostLimits(9, 1)).limit == "posts_per_day"


@pytest.mark.parametrize(
    ("route", "columns", "is_draft"),
    [
        ("inbox", {}, True),  # TikTok says nothing of it yet
        ("inbox", {"handover": Handover.NEEDS_HUMAN}, True),  # nobody knows
        ("", {"handover": Handover.IN_INBOX}, True),
        ("inbox", {"state": AttemptState.PUBLISHED, "verdict": {"by": "tiktok"}}, False),  # finished by the creator
        ("inbox", {"state": AttemptState.FAILED, "verdict": {"by": "tiktok"}}, False),
        ("direct", {}, False),
        ("", {}, False),
    ],
)
def test_what_may_lie_in_the_inbox_is_a_draft_before_tiktok_says_so(session, route, columns, is_draft):
    for n in range(DRAFTS_MAX):
        consent = a_consent(session, route).id if route else None
        an_attempt(session, **{"state": AttemptState.COMMITTING, "post_id": str(n), "consent_id": consent} | columns)
    wide = PostLimits(50, 50)
    assert usage(session, "@x", NOON).in_inbox == DRAFTS_MAX * is_draft
    assert (admission(session, "@x", NOON, wide, route="inbox").limit is Limit.DRAFTS) is is_draft
    assert admission(session, "@x", NOON, wide, route="inbox", besides_post="0").at == NOON
    assert admission(session, "@x", NOON, wide, route="direct").at == NOON


def a_consent(session, route):
    row = ConsentRow(
        post_id="1", account="@x", content_sha256="c", caption_sha256="c", route=route, choices={}, given_by="me",
        given_at=NOON,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def test_the_question_uses_the_account_and_its_time_and_not_the_whole_history(session):
    """In a million rows it takes under a millisecond so."""
    seen = []
    sa.event.listen(session.get_bind(), "before_cursor_execute", lambda *args: seen.append(args[2:4]))
    next_possible_at(session, "@x", NOON, ONE)
    assert len(seen) == 2  # the journal, and the lessons
    plans = [row[3] for row in session.connection().exec_driver_sql("EXPLAIN QUERY PLAN " + seen[0][0], seen[0][1])]
    assert any("ix_attempts_account_commit_at (account=? AND commit_at>?)" in plan for plan in plans)
    assert not any(plan.startswith("SCAN") for plan in plans)


class Full(AppError):
    code = "test_full"
    verdict = Verdict.RETRY_LATER


def an_order(n):
    return PostOrder(
        post_id=str(n), account="@x", video_path=None, content_sha256=str(n), size_bytes=1, duration_seconds=1.0,
        caption="", choices=PostingChoices(), route=Route.DIRECT,
    )  # fmt: skip


def test_twenty_workers_of_two_processes_commit_no_more_posts_than_there_are_places(installation):
    limits, other = PostLimits(per_hour=5, per_day=9), Database(installation.database.url)
    committed, together = [], threading.Barrier(20)

    def work(n, database):
        journal = Journal(database, Vault(bytes(32)))
        attempt = journal.begin(an_order(n), after=0, chunk_bytes=1, now=NOON - 3 * HOUR)  # no reservation any more
        journal.open(attempt, UploadSession(f"p{n}", "https://u", ""), expires_at=NOON + HOUR, now=NOON)
        together.wait()

        def guard(session):
            if next_possible_at(session, "@x", NOON, limits, besides_post=str(n)) > NOON:
                raise Full("full")

        try:
            committed.append(journal.commit(journal.last(str(n)), guard=guard, now=lambda: NOON))
        except Full:
            committed.append(False)

    workers = [threading.Thread(target=work, args=(n, (installation.database, other)[n % 2])) for n in range(20)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    other.close()
    assert (len(committed), sum(committed)) == (20, 5)
    with installation.session() as session:
        states = session.scalars(sa.select(AttemptRow.state)).all()
    assert states.count(AttemptState.COMMITTING) == 5
