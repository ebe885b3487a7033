"""Facts are told in the transaction that makes them true, as loudly as they matter."""

from __future__ import annotations

import pytest

from builders import NOON, a_post
from reposter.deliver.scheduling.tables import PostState
from reposter.kit.errors import AppError, NotFound, StorageExhausted, Verdict
from reposter.pipeline.steps import Unexpected
from reposter.pipeline.telling import tell_error, tell_queue, tell_step


@pytest.mark.parametrize(
    ("error", "level"),
    [(StorageExhausted("full"), "warning"), (NotFound("gone"), "error"), (Unexpected("a bug"), "error")],
)
def test_what_is_tried_again_by_itself_is_a_warning_and_the_rest_an_error(installation, told, error, level):
    with installation.session() as session:
        tell_error(session, error, where="publish", video_id="1")
    (event,) = told("error.occurred")
    assert (event.level, event.video_id) == (level, "1")
    assert event.payload["code"] == error.code
    assert event.payload["verdict"] == error.verdict.value
    assert event.payload["where"] == "publish"


def test_an_error_is_told_with_its_remedy_and_without_its_context(installation, told):
    with installation.session() as session:
        tell_error(session, AppError("It failed.", hint="Mend it.", token="act.1"), where="publish")
    (event,) = told("error.occurred")
    assert (event.payload["message"], event.payload["hint"]) == ("It failed.", "Mend it.")
    assert "act.1" not in str(event.payload)
    assert AppError.verdict is Verdict.PERMANENT


def test_a_step_is_told_with_its_video_and_loudly_only_when_it_failed(installation, told):
    with installation.session() as session:
        tell_step(session, "1", "download", "done", "Downloaded.")
        tell_step(session, "1", "process", "failed", "The file is damaged.")
    done, failed = told("video.processing.progress")
    assert (done.level, failed.level) == ("info", "error")
    assert done.payload == {
        "videoId": "1", "step": "download", "status": "done", "progress": None, "eta_seconds": None,
        "sentence": "Downloaded.",
    }  # fmt: skip


def test_a_posts_place_in_the_queue_is_told_with_its_reason(installation, told):
    with installation.session() as session:
        post = a_post(session, "1", status=PostState.HELD, error_message="Whose is it?")
        tell_queue(session, post)
    (event,) = told("queue.updated")
    assert event.payload == {
        "scheduledPostId": post.id, "videoId": "1", "account": "@my.alt", "status": "held",
        "scheduledTime": "2026-03-02T12:00:00Z", "reason": "Whose is it?",
    }  # fmt: skip
    assert event.at.tzinfo is not None
    assert post.scheduled_time == NOON


def test_what_was_undone_is_not_told(installation, told):
    with pytest.raises(RuntimeError), installation.session() as session:
        tell_step(session, "1", "download", "done", "Downloaded.")
        session.flush()
        raise RuntimeError
    assert told("video.processing.progress") == []
