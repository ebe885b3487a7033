"""Trying again never doubles, and a post's place in the queue follows what a person says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import ALT, NOON, a_finished_video, a_post, a_source, an_account
from reposter.acquire.sources.service import get_source
from reposter.deliver.publishing.attempt import AttemptState, Handover
from reposter.deliver.publishing.tables import AttemptRow
from reposter.deliver.scheduling.service import PostUnknown, change_post, get_post
from reposter.deliver.scheduling.tables import PostState, Priority
from reposter.guard.rights.service import declare_basis
from reposter.pipeline.commands import PostSettled
from reposter.pipeline.engine import Line
from reposter.pipeline.plan_post import publish_job
from reposter.pipeline.queue_commands import RETRIES_MAX, retry_failed, retry_post, set_priority
from reposter.vocabulary.rights import Basis

HOUR = timedelta(hours=1)
NOT_OUT = (AttemptState.FAILED, AttemptState.ABANDONED, AttemptState.INTENT, AttemptState.OPEN)
MAY_BE_OUT = (AttemptState.COMMITTING, AttemptState.PUBLISHED)


@pytest.fixture
def ready(installation):
    """A source that may be used, and a connected account."""
    with installation.session() as session:
        source = a_source(session)
        declare_basis(session, source.source_id, Basis.OWN, now=NOON)
        an_account(session)
    return installation


def put(installation, status, *, video_id="1", attempt=None, account=ALT, source_id="", **columns):
    with installation.session() as session:
        source_id = source_id or a_source_id(session)
        a_finished_video(session, video_id, source_id=source_id)
        post = a_post(session, video_id, account=account, source_id=source_id, status=status, **columns)
        if attempt is not None:
            session.add(
                AttemptRow(
                    post_id=str(post.id), n=1, state=attempt, account=account, content_sha256=f"{video_id:0>64}",
                    size_bytes=10, chunk_bytes=10, created_at=NOON, updated_at=NOON, is_final=True,
                    commit_at=NOON if attempt in MAY_BE_OUT else None,
                    handover=Handover.NEEDS_HUMAN if attempt == AttemptState.COMMITTING else None,
                )
            )  # fmt: skip
        return post.id


def a_source_id(session):
    return get_source(session, "@techguru123").source_id


def retry(installation, post_id):
    with installation.session() as session:
        return retry_post(session, installation.line, installation.options, post_id, now=NOON + HOUR)


def retry_all(installation, account=None):
    with installation.session() as session:
        return retry_failed(session, installation.line, installation.options, account=account, now=NOON + HOUR)


def status_of(installation, post_id):
    with installation.session() as session:
        return get_post(session, post_id).status


@pytest.mark.parametrize("attempt", [None, *NOT_OUT])
@pytest.mark.parametrize("status", [PostState.FAILED, PostState.HELD, PostState.REVIEW])
def test_a_post_that_is_surely_not_out_gets_a_new_slot_and_all_its_tries(ready, status, attempt):
    post_id = put(ready, status, attempt=attempt, error_message="It failed.", error_code="x", remedy="Do it.")
    post = retry(ready, post_id)
    assert post.status == PostState.QUEUED
    assert (post.error_message, post.error_code, post.remedy) == (None, None, None)
    assert len(ready.line.unfinished("publish_post")) == 1
    if attempt in (AttemptState.FAILED, AttemptState.ABANDONED):
        with ready.session() as session:
            row = session.get_one(AttemptRow, (str(post_id), 1))
            assert (row.counts, row.is_final) == (False, False)


@pytest.mark.parametrize("attempt", MAY_BE_OUT)
@pytest.mark.parametrize("status", list(PostState))
def test_a_post_that_may_be_live_is_never_tried_again(ready, status, attempt):
    post_id = put(ready, status, attempt=attempt)
    with pytest.raises(PostSettled):
        retry(ready, post_id)
    assert retry_all(ready).queued == 0
    assert status_of(ready, post_id) == status
    assert ready.line.unfinished("publish_post") == set()


@pytest.mark.parametrize(
    "status",
    [state for state in PostState if state not in (PostState.FAILED, PostState.HELD, PostState.REVIEW)],
)
def test_a_post_that_did_not_fail_is_not_repeated(ready, status):
    post_id = put(ready, status)
    with pytest.raises(PostSettled):
        retry(ready, post_id)


def test_a_post_that_nobody_knows_is_said_so(ready):
    with pytest.raises(PostUnknown):
        retry(ready, 404)


def test_a_retry_answers_no_question_of_rights(ready):
    post_id = put(ready, PostState.FAILED, source_id="src_unknown")
    post = retry(ready, post_id)
    assert (post.status, post.error_code) == (PostState.HELD, "rights_unknown")


def test_all_failed_posts_and_no_others_are_queued_again(ready):
    failed = [put(ready, PostState.FAILED, video_id=str(k), attempt=AttemptState.FAILED) for k in range(1, 4)]
    others = [
        put(ready, state, video_id=str(10 + k))
        for k, state in enumerate(PostState)
        if state not in (PostState.FAILED, PostState.QUEUED)
    ]
    before = [status_of(ready, post_id) for post_id in others]
    done = retry_all(ready)
    assert (done.queued, done.held, done.left) == (3, 0, 0)
    assert {status_of(ready, post_id) for post_id in failed} == {PostState.QUEUED}
    assert [status_of(ready, post_id) for post_id in others] == before
    assert len(ready.line.unfinished("publish_post")) == 3


def test_only_the_named_account_is_repeated_and_questions_are_counted(ready):
    put(ready, PostState.FAILED, video_id="1")
    elsewhere = put(ready, PostState.FAILED, video_id="2", account="@other")
    put(ready, PostState.FAILED, video_id="3", source_id="src_unknown")
    done = retry_all(ready, ALT)
    assert (done.queued, done.held, done.left) == (1, 1, 0)
    assert status_of(ready, elsewhere) == PostState.FAILED


def test_what_one_call_does_is_limited_and_the_next_goes_on(ready, monkeypatch):
    monkeypatch.setattr("reposter.pipeline.queue_commands.RETRIES_MAX", 2)
    for k in range(3):
        put(ready, PostState.FAILED, video_id=str(k))
    assert [(done.queued, done.left) for done in (retry_all(ready), retry_all(ready))] == [(2, 1), (1, 0)]
    assert RETRIES_MAX == 200


def prioritise(installation, post_id, priority):
    return set_priority(installation.database, installation.line, post_id, priority, now=NOON)


def jobs_of(installation, post_id):
    return {job for job in installation.line.unfinished("publish_post") if job.startswith(f"publish:{post_id}:")}


def test_a_queued_post_has_one_waiting_job_and_it_has_the_new_priority(ready):
    post_id = put(ready, PostState.QUEUED)
    with ready.session() as session:
        change_post(session, post_id, now=NOON, scheduled_time=NOON + 10_000 * HOUR)
        ready.line.enqueue(session, publish_job(get_post(session, post_id)))
    (first,) = jobs_of(ready, post_id)
    for priority in (Priority.HIGH, Priority.LOW, Priority.HIGH, Priority.NORMAL):
        assert prioritise(ready, post_id, priority).priority == priority
        (job,) = jobs_of(ready, post_id)
        assert job != first
    assert ready.line.status_of(first) == "CANCELLED"


def test_a_job_that_is_made_while_the_priority_changes_is_not_taken_back(ready):
    post_id = put(ready, PostState.QUEUED)
    with ready.session() as session:
        first = publish_job(change_post(session, post_id, now=NOON, scheduled_time=NOON + 10_000 * HOUR))
        ready.line.enqueue(session, first)
    meanwhile = replace(first, id=f"{first.id}:meanwhile")

    class BusyLine(Line):
        def enqueue(self, session, job):
            super().enqueue(session, job)
            super().enqueue(session, meanwhile)

    line = BusyLine(ready.database)
    set_priority(ready.database, line, post_id, Priority.HIGH, now=NOON)
    line.close()
    assert ready.line.status_of(first.id) == "CANCELLED"
    assert ready.line.status_of(meanwhile.id) in ("ENQUEUED", "DELAYED")


def test_a_held_or_failed_post_keeps_its_place_for_later(ready, told):
    for number, state in enumerate((PostState.HELD, PostState.FAILED), start=1):
        post_id = put(ready, state, video_id=str(number))
        assert prioritise(ready, post_id, Priority.HIGH).status == state
        assert jobs_of(ready, post_id) == set()
        assert "publish" in publish_job(retry(ready, post_id)).id
        with ready.session() as session:
            assert publish_job(get_post(session, post_id)).priority == 10


@pytest.mark.parametrize(
    "status", [PostState.PROCESSING, PostState.POSTED, PostState.REVIEW, PostState.CANCELLED, PostState.EXPORTED]
)
def test_a_post_whose_turn_has_come_is_not_moved(ready, status):
    post_id = put(ready, status)
    with pytest.raises(PostSettled):
        prioritise(ready, post_id, Priority.HIGH)
