"""What becomes of a post's row."""

from __future__ import annotations

from datetime import timedelta

import pytest

from builders import NOON, a_post
from reposter.deliver.publishing.order import Outcome, StepState, TooManyTries
from reposter.deliver.scheduling.service import get_post
from reposter.deliver.scheduling.tables import PostState
from reposter.kit.errors import StorageExhausted
from reposter.pipeline.refusals import RightsUnknown
from reposter.pipeline.settle_post import SETTLED, begin, hold, set_aside, settle, wait_in_queue
from reposter.pipeline.steps import Unexpected


@pytest.fixture
def post_id(installation, agent):
    with installation.session() as session:
        return a_post(session, "1").id


def change(installation, post_id, act, *args, now=NOON):
    with installation.session() as session:
        act(session, get_post(session, post_id), *args, now=now)


def end(installation, post_id, state, **more):
    with installation.session() as session:
        settle(session, Outcome(state, str(post_id), n=2, **more))


def look(installation, post_id):
    with installation.session() as session:
        return get_post(session, post_id)


def test_a_post_that_is_begun_forgets_its_old_error(installation, post_id, told):
    change(installation, post_id, hold, RightsUnknown("Whose is it?"))
    change(installation, post_id, begin, now=NOON + timedelta(hours=1))
    post = look(installation, post_id)
    assert (post.status, post.error_code, post.error_message) == (PostState.PROCESSING, None, None)
    assert post.last_attempt == NOON + timedelta(hours=1)
    assert [event.payload["status"] for event in told("queue.updated")] == ["held", "processing"]


def test_a_held_post_says_what_must_be_answered(installation, post_id, told):
    change(installation, post_id, hold, RightsUnknown("Whose is it?"))
    post = look(installation, post_id)
    assert (post.status, post.error_code, post.error_message) == (PostState.HELD, "rights_unknown", "Whose is it?")
    assert told("queue.updated")[0].payload["reason"] == "Whose is it?"


def test_a_reason_to_wait_is_told_once_and_not_at_every_look(installation, post_id, told):
    for reason in ("Full for this hour.", "Full for this hour.", "Full for today."):
        change(installation, post_id, wait_in_queue, reason)
    assert [event.payload["reason"] for event in told("queue.updated")] == ["Full for this hour.", "Full for today."]
    assert look(installation, post_id).status == PostState.QUEUED


def test_a_situation_that_nobody_foresaw_is_put_before_a_person_and_told(installation, post_id, told):
    change(installation, post_id, set_aside, Unexpected("KeyError: 'x'"))
    post = look(installation, post_id)
    assert (post.status, post.error_code) == (PostState.REVIEW, "unexpected")
    assert told("error.occurred")[0].payload["where"] == "publish"


def test_a_published_post_has_its_address_and_is_measured_at_each_age(installation, post_id, told):
    end(installation, post_id, StepState.PUBLISHED, post_ids=("777",))
    post = look(installation, post_id)
    assert (post.status, post.post_id) == (PostState.POSTED, "777")
    assert post.post_url == "https://www.tiktok.com/@my.alt/video/777"
    assert post.published_at is not None
    assert told("post.published")[0].payload["postUrl"] == post.post_url
    assert installation.line.unfinished("measure_post") == {f"measure:{post_id}:1h", f"measure:{post_id}:24h"}


def test_a_post_whose_id_comes_later_keeps_its_moment_and_is_not_measured_twice(installation, post_id, told):
    end(installation, post_id, StepState.PUBLISHED)
    first = look(installation, post_id)
    assert (first.status, first.post_id, first.post_url) == (PostState.POSTED, None, None)
    for job in installation.line.unfinished("measure_post"):
        installation.line.cancel(job)
    end(installation, post_id, StepState.PUBLISHED, post_ids=("777",))
    post = look(installation, post_id)
    assert (post.post_id, post.published_at) == ("777", first.published_at)
    assert installation.line.unfinished("measure_post") == set()
    assert len(told("post.published")) == 2


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (StepState.FAILED, PostState.FAILED),
        (StepState.NEEDS_HUMAN, PostState.REVIEW),
        (StepState.IN_INBOX, PostState.REVIEW),
    ],
)
def test_an_end_that_is_no_success_says_so_with_its_tries(installation, post_id, told, state, status):
    end(installation, post_id, state, reason="It stayed silent.")
    post = look(installation, post_id)
    assert (post.status, post.attempts, post.error_code) == (status, 2, state.value.lower())
    assert post.error_message
    assert told("post.published") == []
    assert told("queue.updated")[0].payload["status"] == status


def test_a_draft_in_the_inbox_says_what_to_do(installation, post_id):
    end(installation, post_id, StepState.IN_INBOX, reason="internal words")
    assert "open the app" in look(installation, post_id).error_message


def test_an_end_with_an_error_carries_its_code_and_tells_it(installation, post_id, told):
    end(installation, post_id, StepState.FAILED, reason="Tried 3 times.", error=TooManyTries("Tried 3 times."))
    assert look(installation, post_id).error_code == "too_many_tries"
    assert told("error.occurred")[0].payload["code"] == "too_many_tries"


def test_a_doubt_that_turned_out_well_is_a_success_without_the_old_error(installation, post_id):
    end(installation, post_id, StepState.NEEDS_HUMAN, reason="It stayed silent.")
    end(installation, post_id, StepState.PUBLISHED, post_ids=("777",))
    post = look(installation, post_id)
    assert (post.status, post.error_code, post.error_message) == (PostState.POSTED, None, None)


def test_a_transaction_that_is_undone_settles_nothing(installation, post_id, told):
    with pytest.raises(StorageExhausted), installation.session() as session:
        settle(session, Outcome(StepState.PUBLISHED, str(post_id), 1, post_ids=("777",)))
        raise StorageExhausted("full")
    assert look(installation, post_id).status == PostState.QUEUED
    assert told("post.published") == []
    assert installation.line.unfinished("measure_post") == set()


def test_every_end_that_publishing_knows_has_a_place_in_the_row():
    assert set(SETTLED) == set(StepState) - {StepState.WAITING, StepState.COMMITTING}
