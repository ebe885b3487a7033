"""What waits for a person says why, shows its evidence, and offers exactly what the line takes for an answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from builders import ALT, NOON, a_post, a_video
from reposter.deliver.publishing.attempt import AttemptState, Handover
from reposter.deliver.publishing.tables import ApiCallRow, AttemptRow, ConsentRow
from reposter.deliver.scheduling.service import get_post
from reposter.deliver.scheduling.tables import PostState
from reposter.pipeline.settle_post import hold, set_aside
from reposter.pipeline.steps import Unexpected
from reposter.pipeline.telling import tell_queue
from reposter.views.review import WAITING, Action, list_waiting
from reposter.views.story import CALLS_PER_PAGE, calls_of, story_of

MINUTE = timedelta(minutes=1)
CANDIDATE = {
    "video_id": "7399999999999999999",
    "share_url": "https://www.tiktok.com/@my.alt/video/7399999999999999999",
    "description": "Three tricks",
    "created_at": "2026-03-02T12:01:00+00:00",
}


def put(installation, status, *, attempt=None, video_id="1", verdict=None, **columns):
    with installation.session() as session:
        a_video(session, video_id)
        post = a_post(session, video_id, status=status, **columns)
        if attempt is not None:
            session.add(
                AttemptRow(
                    post_id=str(post.id), n=1, state=attempt, account=ALT, content_sha256=f"{video_id:0>64}",
                    size_bytes=10, chunk_bytes=10, created_at=NOON, updated_at=NOON + MINUTE, publish_id="v_pub~1",
                    commit_at=NOON, verdict=verdict,
                    handover=Handover.NEEDS_HUMAN if attempt == AttemptState.COMMITTING else None,
                )
            )  # fmt: skip
        return post.id


def waiting(installation, **filters):
    with installation.session() as session:
        return list_waiting(session, **filters)


@pytest.mark.parametrize("status", list(PostState))
def test_only_what_waits_for_a_person_is_listed(installation, status):
    put(installation, status)
    assert len(waiting(installation)) == (1 if status in WAITING else 0)
    assert set(WAITING) == {PostState.HELD, PostState.REVIEW, PostState.FAILED, PostState.EXPORTED}


def test_a_post_in_doubt_shows_by_what_to_judge_it(installation):
    verdict = {"status": "PROCESSING_UPLOAD", "candidates": [CANDIDATE]}
    put(installation, PostState.REVIEW, attempt=AttemptState.COMMITTING, verdict=verdict, error_code="live_unknown")
    (item,) = waiting(installation)
    evidence = item.evidence
    assert (evidence.publish_id, evidence.sent_at, evidence.said) == ("v_pub~1", NOON, "PROCESSING_UPLOAD")
    assert [one.share_url for one in evidence.candidates] == [CANDIDATE["share_url"]]
    assert evidence.profile_url == "https://www.tiktok.com/@my.alt"
    assert item.actions == (Action.ANSWER_LIVE, Action.ANSWER_NOT_LIVE)
    assert "queue answer" in item.remedy


ANSWERS = {
    "a failure": (PostState.FAILED, "tiktok_content_refused", AttemptState.FAILED, ["retry", "cancel"]),
    "a failure of the engine": (PostState.REVIEW, "unexpected", None, ["retry"]),
    "one that is live elsewhere": (PostState.FAILED, "already_posted", AttemptState.FAILED, ["cancel"]),
    "a failure that may be live": (PostState.FAILED, "x", AttemptState.COMMITTING, ["cancel"]),
    "rights": (PostState.HELD, "rights_unknown", None, ["declare_rights", "cancel"]),
    "a doubtful removal": (PostState.HELD, "watermark_doubtful", None, ["choose_version", "cancel"]),
    "approval": (PostState.HELD, "approval_needed", None, ["approve", "cancel"]),
    "a choice": (PostState.HELD, "posting_choice_missing", None, ["choose", "cancel"]),
    "a choice that is no longer offered": (PostState.HELD, "tiktok_choice_refused", None, ["choose", "cancel"]),
    "a connection": (PostState.HELD, "reauth_needed", None, ["reconnect", "cancel"]),
    "anything else": (PostState.HELD, "tiktok_unlisted_refusal", None, ["retry", "cancel"]),
    "a package": (PostState.EXPORTED, None, None, ["answer_live", "answer_not_live"]),
}


@pytest.mark.parametrize("question", ANSWERS)
def test_the_answers_on_offer_fit_the_question(installation, question):
    status, code, attempt, actions = ANSWERS[question]
    put(installation, status, attempt=attempt, error_code=code)
    (item,) = waiting(installation)
    assert list(item.actions) == actions


def test_pages_follow_one_another_and_an_account_can_be_named(installation):
    for number in range(5):
        put(installation, PostState.FAILED, video_id=str(number), account="@a" if number else "@b")
    first = waiting(installation, limit=3)
    last = first[-1].view.post
    second = waiting(installation, limit=3, after=(last.updated_at, last.id))
    ids = [item.view.post.id for item in first + second]
    assert len(ids) == len(set(ids)) == 5
    assert len(waiting(installation, account="@b")) == 1


def test_the_story_of_a_post_is_told_in_order(installation):
    post_id = put(installation, PostState.QUEUED, attempt=AttemptState.COMMITTING)
    with installation.session() as session:
        post = get_post(session, post_id)
        tell_queue(session, post)
        hold(session, post, Unexpected("Hm."), now=NOON)
        set_aside(session, post, Unexpected("Hm again."), now=NOON)
        other = a_post(session, "1", account="@other")
        tell_queue(session, other)
        session.add_all(
            ConsentRow(
                post_id=str(post_id), account=ALT, content_sha256="a" * 64, caption_sha256="b" * 64, route="direct",
                choices={"privacy_level": "SELF_ONLY"}, given_by=who, given_at=NOON,
            )
            for who in ("first", "second")
        )  # fmt: skip
        session.add_all(
            ApiCallRow(
                post_id=str(post_id), n=1, op=op, started_at=NOON, ended_at=NOON + MINUTE, outcome="ok", http=200,
                code="", log_id=f"log-{op}",
            )
            for op in ("init", "put_last", "status")
        )  # fmt: skip
    with installation.session() as session:
        story = story_of(session, post_id)
        assert story_of(session, 404) is None
    assert [(one.n, one.sent_at, one.handover) for one in story.attempts] == [(1, NOON, "NEEDS_HUMAN")]
    assert [(one.status, one.reason) for one in story.moves] == [
        ("queued", ""),
        ("held", "Hm."),
        ("review", "Hm again."),
    ]
    assert [one.given_by for one in story.consents] == ["first", "second"]
    assert [(one.op, one.seconds, one.log_id) for one in story.calls] == [
        ("init", 60, "log-init"),
        ("put_last", 60, "log-put_last"),
        ("status", 60, "log-status"),
    ]


def test_calls_are_read_in_pages(installation):
    post_id = put(installation, PostState.POSTED)
    with installation.session() as session:
        session.add_all(
            ApiCallRow(post_id=str(post_id), n=1, op="status", started_at=NOON, ended_at=NOON, outcome="ok")
            for _ in range(CALLS_PER_PAGE + 5)
        )
    with installation.session() as session:
        first = calls_of(session, post_id)
        second = calls_of(session, post_id, after=first[-1].id)
    assert (len(first), len(second)) == (CALLS_PER_PAGE, 5)
