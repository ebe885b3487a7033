"""`reposter queue …` and `reposter verify`: what a person asks of posts in a terminal."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from builders import ALT, NOON, a_finished_video, a_post, a_source, an_account
from reposter.cli.main import app
from reposter.deliver.publishing.attempt import AttemptState
from reposter.deliver.publishing.tables import ApiCallRow, AttemptRow
from reposter.deliver.scheduling.service import get_post
from reposter.deliver.scheduling.tables import PostState
from reposter.guard.rights.service import declare_basis
from reposter.kit.keyvalue import read_value
from reposter.vocabulary.rights import Basis


@pytest.fixture
def run(installation):
    def run(*words):
        return CliRunner().invoke(app, [*words, "--data-dir", str(installation.layout.data_dir)])

    return run


@pytest.fixture
def failed(installation):
    """A post that failed, of a source that is ours."""
    with installation.session() as session:
        source_id = a_source(session).source_id
        declare_basis(session, source_id, Basis.OWN, now=NOON)
        a_finished_video(session, "1", source_id=source_id)
        an_account(session)
        post = a_post(
            session, "1", source_id=source_id, status=PostState.FAILED, error_message="No.", remedy="Mend it."
        )
        return post.id


def status_of(installation, post_id):
    with installation.session() as session:
        return get_post(session, post_id).status


def attempt(post_id, state, **columns):
    return AttemptRow(
        post_id=str(post_id), n=1, state=state, account=ALT, content_sha256="a" * 64, size_bytes=1, chunk_bytes=1,
        created_at=NOON, updated_at=NOON, **columns,
    )  # fmt: skip


def test_a_failed_post_is_queued_again(installation, run, failed):
    assert run("queue", "retry", str(failed)).exit_code == 0
    assert status_of(installation, failed) == PostState.QUEUED
    again = run("queue", "retry", str(failed))
    assert again.exit_code == 1 and "nothing to repeat" in again.output


def test_a_post_that_may_be_live_is_refused_with_what_to_do(installation, run, failed):
    with installation.session() as session:
        session.add(attempt(failed, AttemptState.COMMITTING, commit_at=NOON))
    refused = run("queue", "retry", str(failed))
    assert refused.exit_code == 1 and "reposter queue answer" in refused.output
    assert json.loads(run("queue", "retry-failed", "--json").stdout) == {"queued": 0, "held": 0, "left": 1}


def test_all_failed_posts_of_an_account_are_queued_again(installation, run, failed):
    assert json.loads(run("queue", "retry-failed", "--account", "@other", "--json").stdout)["queued"] == 0
    assert "1 are queued again" in run("queue", "retry-failed", "--account", ALT).output
    assert status_of(installation, failed) == PostState.QUEUED


def test_publishing_is_paused_and_goes_on(installation, run):
    for command, paused in (("pause", True), ("resume", False)):
        assert run("queue", command).exit_code == 0
        with installation.session() as session:
            assert read_value(session, "settings")["publishing"]["paused"] is paused


def test_a_priority_is_one_of_three(installation, run, failed):
    assert run("queue", "priority", str(failed), "high").exit_code == 0
    with installation.session() as session:
        assert get_post(session, failed).priority == "high"
    refused = run("queue", "priority", str(failed), "urgent")
    assert refused.exit_code == 2 and "high, normal, low" in refused.output


def test_the_story_of_a_post_is_told_in_order(installation, run, failed):
    with installation.session() as session:
        session.add(attempt(failed, AttemptState.FAILED, publish_id="v_pub~1", commit_at=NOON, reason="No."))
        session.add(
            ApiCallRow(post_id=str(failed), n=1, op="init", started_at=NOON, ended_at=NOON, outcome="ok", log_id="L1")
        )
    story = json.loads(run("queue", "show", str(failed), "--json").stdout)
    assert (story["status"], story["remedy"], story["actions"]) == ("failed", "Mend it.", ["retry", "cancel"])
    assert [moment["what"] for moment in story["moments"]] == ["try 1", "try 1", "try 1", "call init"]
    shown = run("queue", "show", str(failed))
    assert "v_pub~1" in shown.output and "Mend it." in shown.output
    assert run("queue", "show", "404").exit_code == 1


def test_a_kept_promise_is_said_and_a_broken_one_leaves_with_one(installation, run):
    assert run("verify", "publish").exit_code == 0
    assert json.loads(run("verify", "publish", "--json").stdout) == []
    with installation.session() as session:
        session.add(attempt(7, AttemptState.PUBLISHED, commit_at=NOON))
    broken = run("verify", "publish", "--json")
    assert broken.exit_code == 1
    assert json.loads(broken.stdout) == [
        {"rule": "I3", "account": ALT, "post_id": "7", "sentence": "post 7 is published without a verdict"}
    ]
    assert "I3" in run("verify", "publish").output
