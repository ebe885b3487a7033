"""An account that a person posts to: its posts become packages, and a person's link makes them live."""

from __future__ import annotations

import zipfile
from datetime import timedelta

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from builders import ALT, NOON, a_finished_video, a_post, a_source, an_account
from reposter.cli.main import app as command
from reposter.deliver.accounts.account import AccountStatus
from reposter.deliver.accounts.service import pause
from reposter.deliver.accounts.tables import AccountRow
from reposter.deliver.publishing import packages
from reposter.deliver.publishing.tables import AttemptRow
from reposter.deliver.scheduling.service import change_post, get_post
from reposter.deliver.scheduling.tables import PostState
from reposter.guard.rights.service import declare_basis
from reposter.kit.clock import utc_now
from reposter.kit.errors import InvalidInput
from reposter.pipeline.agents import register_agent
from reposter.pipeline.answered_links import LinkOfAnother
from reposter.pipeline.commands import answer_post, publish_now
from reposter.pipeline.exporting import READY, package_of_post
from reposter.pipeline.publish_post import send_post
from reposter.vendors.tiktok.posting import Route
from reposter.vocabulary.rights import Basis

VIDEO = "7312345678901234567"
LINK = "https://www.tiktok.com/@my.alt/video/7399999999999999999"


@pytest.fixture
def post_id(installation, agent):
    """Due on an account that a person posts to; its source is licensed."""
    with installation.session() as session:
        register_agent(session, agent.agent_id, role="publisher", restarts=0, now=NOON)
        source_id = a_source(session).source_id
        declare_basis(session, source_id, Basis.LICENSED, evidence="contract 7", now=NOON)
        video = a_finished_video(session, VIDEO, source_id=source_id)
        an_account(session, ALT, status=AccountStatus.REAUTH_NEEDED).route = Route.EXPORT
        post_id = a_post(session, VIDEO, source_id=source_id, scheduled_time=utc_now()).id
        file = installation.layout.absolute(video.local_path)
    file.parent.mkdir(parents=True)
    file.write_bytes(b"the video")
    return post_id


def look(installation, post_id):
    with installation.session() as session:
        return get_post(session, post_id)


def test_a_due_post_becomes_a_package_and_nothing_is_sent(installation, post_id, told):
    assert send_post(post_id) == {"state": "exported", "wait_seconds": None}
    post = look(installation, post_id)
    assert (post.status, post.error_message) == (PostState.EXPORTED, READY)
    assert f"/api/posts/{post_id}/package" in post.remedy
    assert [event.payload["status"] for event in told("queue.updated")][-1] == "exported"
    with (
        installation.session() as session,
        zipfile.ZipFile(package_of_post(session, installation.layout, post_id)) as archive,
    ):
        assert archive.read("video.mp4") == b"the video"
        assert b"contract 7" in archive.read("credits.txt") and "cover.jpg" not in archive.namelist()
        assert session.scalar(sa.select(sa.func.count()).select_from(AttemptRow)) == 0
    assert not (installation.layout.data_dir / "dry-run").exists()
    assert send_post(post_id)["state"] == "exported"


def test_a_person_s_link_makes_it_live_and_measured(installation, post_id, told):
    send_post(post_id)
    with installation.session() as session:
        answer_post(session, installation.line, installation.options, post_id, link=LINK, by="owner", now=utc_now())
    post = look(installation, post_id)
    assert (post.status, post.post_id, post.post_url) == (PostState.POSTED, "7399999999999999999", LINK)
    assert post.error_message is None and len(told("post.published")) == 1
    assert len(installation.line.unfinished("measure_post")) == len(installation.options.metrics_ages_seconds)


def test_a_short_link_settles_nothing(installation, post_id):
    send_post(post_id)
    with installation.session() as session, pytest.raises(InvalidInput):
        answer_post(
            session, installation.line, installation.options, post_id, link="https://vm.tiktok.com/Z1/", by="owner",
            now=utc_now(),
        )  # fmt: skip
    assert look(installation, post_id).status == PostState.EXPORTED


def test_a_package_that_was_not_posted_gets_another_slot(installation, post_id):
    send_post(post_id)
    with installation.session() as session:
        answer_post(session, installation.line, installation.options, post_id, link=None, by="owner", now=utc_now())
    assert look(installation, post_id).status == PostState.QUEUED
    assert send_post(post_id)["state"] == "exported"


def test_a_post_that_is_asked_for_by_hand_is_packed_too(installation, post_id):
    with installation.session() as session:
        publish_now(session, installation.line, installation.options, VIDEO, account=ALT, now=utc_now())
    assert send_post(post_id)["state"] == "exported"


def test_rights_that_ran_out_give_no_package(installation, post_id):
    with installation.session() as session:
        source_id = get_post(session, post_id).source_id
        declare_basis(session, source_id, Basis.LICENSED, now=NOON + timedelta(1), valid_to=NOON + timedelta(2))
    assert send_post(post_id)["state"] == "held"
    assert look(installation, post_id).error_code == "rights_unknown"
    assert list(installation.layout.exports.iterdir()) == []


def test_a_missing_file_holds_the_post_with_a_sentence(installation, post_id):
    next(installation.layout.storage.glob("videos/**/*.mp4")).unlink()
    assert send_post(post_id)["state"] == "held"
    assert look(installation, post_id).error_code == "file_missing"


def test_a_pause_and_a_full_disk_let_it_wait(installation, post_id, monkeypatch):
    installation.choose(paused=True)
    assert send_post(post_id)["state"] == "limited" and look(installation, post_id).status == PostState.QUEUED
    installation.choose(paused=False)
    with monkeypatch.context() as full:
        full.setattr(packages.shutil, "copyfileobj", lambda *_args: (_ for _ in ()).throw(OSError(28, "full")))
        assert send_post(post_id)["state"] == "limited"
    assert "disk is full" in look(installation, post_id).error_message
    assert send_post(post_id)["state"] == "exported"


def test_a_paused_account_gets_no_packages(installation, post_id):
    with installation.session() as session:
        session.scalars(sa.select(AccountRow)).one().status = AccountStatus.CONNECTED
        pause(session, ALT, reason="Holidays.", now=NOON)
        assert session.scalar(sa.select(AccountRow.status)) == AccountStatus.PAUSED
    assert send_post(post_id)["state"] == "held"


def test_a_paused_account_that_is_not_connected_gets_no_packages_either(installation, post_id):
    with installation.session() as session:
        pause(session, ALT, reason="Holidays.", now=NOON)
    assert send_post(post_id)["state"] == "held"
    assert look(installation, post_id).error_message == "Holidays."


def test_a_link_to_another_account_makes_nothing_live(installation, post_id):
    send_post(post_id)
    link = LINK.replace("my.alt", "someone.else")
    with installation.session() as session, pytest.raises(LinkOfAnother):
        answer_post(session, installation.line, installation.options, post_id, link=link, by="owner", now=utc_now())
    assert look(installation, post_id).status == PostState.EXPORTED


def test_a_post_that_was_cancelled_is_not_packed(installation, post_id):
    with installation.session() as session:
        change_post(session, post_id, now=NOON, status=PostState.CANCELLED)
    assert send_post(post_id)["state"] == "cancelled"
    assert list(installation.layout.exports.iterdir()) == []


def test_the_command_writes_the_package_where_it_is_told(installation, post_id, tmp_path):
    goal = tmp_path / "[red] mine.zip"
    words = ["export", VIDEO, "--account", ALT, "-o", str(goal), "--data-dir", str(installation.layout.data_dir)]
    assert CliRunner().invoke(command, words).exit_code == 0
    with zipfile.ZipFile(goal) as archive:
        assert archive.read("video.mp4") == b"the video"
    refused = CliRunner().invoke(command, ["export", "79", "--data-dir", str(installation.layout.data_dir)])
    assert refused.exit_code == 1 and "79" in refused.output
