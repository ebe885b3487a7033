"""The steps of the line, each from rows to rows, with twins where it would reach outside."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
import sqlalchemy as sa

from builders import ALT, NOON, a_finished_video, a_found_video, a_post, a_source, a_video, an_account
from reposter.acquire.sources.service import get_source
from reposter.deliver.accounts.account import AccountStatus
from reposter.deliver.accounts.service import pause, set_choices
from reposter.deliver.publishing.order import StepState
from reposter.deliver.scheduling.service import change_post, find_post, get_post
from reposter.deliver.scheduling.tables import PostState
from reposter.evaluate.metrics.ports import Counts
from reposter.evaluate.metrics.tables import MetricSampleRow
from reposter.guard.rights.service import declare_basis
from reposter.kit.clock import utc_now
from reposter.kit.errors import AppError, Conflict, InvalidInput, StorageExhausted, VendorUnavailable
from reposter.library.service import get_video, known_ids
from reposter.library.states import VideoState
from reposter.pipeline.agents import AgentRow, register_agent
from reposter.pipeline.fetch_video import download_original, set_aside
from reposter.pipeline.measure_post import SampleMissed, measure_jobs, take_sample
from reposter.pipeline.plan_post import plan
from reposter.pipeline.process_video import render_video
from reposter.pipeline.publish_post import check_post, rules_of, send_post
from reposter.pipeline.scan_source import list_source, note_scan_failure, write_down
from reposter.pipeline.steps import DatabaseUnavailable, Unexpected, durable_step, retrying, working
from reposter.vendors.tiktok.posting import PostingChoices, PrivacyLevel, Route
from reposter.vocabulary.rights import Basis

VIDEO = "7312345678901234567"


@pytest.fixture
def source_id(installation, agent):
    with installation.session() as session:
        register_agent(session, agent.agent_id, role="publisher", restarts=0, now=NOON)
        return a_source(session, filters={"minViews": 1000}).source_id


# How an error leaves a step


@durable_step("probe_of_these_tests")
def probe(trouble):
    if trouble is not None:
        raise trouble
    return {"fine": True}


@pytest.mark.parametrize(
    ("trouble", "seen"),
    [
        (Conflict("moved on", hint="Look.", n=1), Conflict),
        (KeyError("x"), Unexpected),
        (sa.exc.OperationalError("SELECT", {}, RuntimeError("gone away")), DatabaseUnavailable),
        (sa.exc.TimeoutError("QueuePool limit of size 5 overflow 59 reached"), DatabaseUnavailable),
    ],
)
def test_an_error_leaves_a_step_as_one_of_ours_rebuilt_from_what_was_recorded(agent, trouble, seen):
    assert probe(None) == {"fine": True}
    with pytest.raises(AppError) as caught:
        probe(trouble)
    assert type(caught.value) is seen
    assert caught.value is not trouble


def test_a_full_disk_under_the_database_is_named_as_one(agent):
    class Full(Exception):
        sqlite_errorname = "SQLITE_FULL"

    with pytest.raises(StorageExhausted):
        probe(sa.exc.OperationalError("INSERT", {}, Full()))


def attempts_of(errors, delays):
    """What a step that fails with these errors, one after the other, ends with, and how often it was tried."""
    left, tries = list(errors), []

    def step():
        tries.append(1)
        if left:
            raise left.pop(0)
        return "done"

    try:
        return retrying(step, delays)(), len(tries)
    except AppError as error:
        return error, len(tries)


def test_only_what_says_retry_later_is_tried_again_and_only_so_often():
    down, wrong = VendorUnavailable("down"), InvalidInput("no")
    assert attempts_of([], (0, 0)) == ("done", 1)
    assert attempts_of([down], (0, 0)) == ("done", 2)
    assert attempts_of([down, down, down], (0, 0)) == (down, 3)
    assert attempts_of([down], ()) == (down, 1)
    assert attempts_of([wrong], (0, 0)) == (wrong, 1)


def test_an_agent_shows_its_oldest_task_until_all_are_done(installation, source_id, agent):
    def task():
        with installation.session() as session:
            row = session.get_one(AgentRow, agent.agent_id)
            return row.status, row.current_task

    with working("First", step="x"):
        with working("Second", step="x", video_id="1"):
            assert task() == ("active", "Second")
        assert task() == ("active", "First")
    assert task() == ("idle", None)


def test_a_task_that_fails_is_taken_down_too(installation, source_id, agent):
    with pytest.raises(RuntimeError), working("First", step="x"):
        raise RuntimeError
    with installation.session() as session:
        assert session.get_one(AgentRow, agent.agent_id).status == "idle"


# Scanning


def test_a_scan_lists_what_the_source_has(installation, source_id, reader):
    reader.shelf = {number: a_found_video(number) for number in ("1", "2")}
    assert [video["video_id"] for video in list_source(source_id)] == ["1", "2"]
    assert reader.asked == ["@techguru123"]


def test_of_a_listing_the_new_ones_are_judged_and_those_that_pass_are_fetched(installation, source_id):
    with installation.session() as session:
        a_video(session, "1", state=VideoState.SCHEDULED)
    poor = a_found_video("3", stats=a_found_video().stats.__class__(views=10))
    assert write_down(source_id, [video.to_dict() for video in (a_found_video("1"), a_found_video("2"), poor)]) == 2
    assert installation.line.unfinished("fetch_video") == {"fetch:2:first"}
    with installation.session() as session:
        states = [get_video(session, number).processing_status for number in ("1", "2", "3")]
        assert states == [VideoState.SCHEDULED, VideoState.FOUND, VideoState.SKIPPED]
        assert "10 views" in get_video(session, "3").verdict["sentence"]
        source = get_source(session, source_id)
        assert (source.last_listed, source.last_new, source.failures_in_row) == (3, 2, 0)


def test_writing_the_same_listing_down_again_changes_nothing(installation, source_id, told):
    listing = [a_found_video("1").to_dict()]
    assert write_down(source_id, listing) == 1
    assert write_down(source_id, listing) == 0
    assert len(told("video.processing.progress")) == 1


def test_a_listing_is_written_down_as_a_whole_or_not_at_all(installation, source_id):
    with installation.session() as session:
        get_source(session, source_id).configuration = {"filters": {"minViews": "many"}}
    with pytest.raises(InvalidInput):
        write_down(source_id, [a_found_video("1").to_dict()])
    with installation.session() as session:
        assert known_ids(session, ["1"]) == set()
    assert installation.line.unfinished("fetch_video") == set()


def test_a_failed_scan_is_kept_at_its_source_and_told(installation, source_id, told):
    note_scan_failure(source_id, VendorUnavailable("TikTok does not answer.").to_dict())
    with installation.session() as session:
        source = get_source(session, source_id)
        assert (source.failures_in_row, source.last_error["code"]) == (1, "vendor_unavailable")
    assert told("error.occurred")[0].payload["where"] == "scan of @techguru123"


def test_a_video_that_is_set_aside_keeps_the_step_and_the_reason(installation, source_id, told):
    with installation.session() as session:
        a_video(session, "1", state=VideoState.PROCESSING)
    set_aside("1", "process", Conflict("The file is damaged.", hint="Fetch it again.").to_dict())
    with installation.session() as session:
        video = get_video(session, "1")
        assert video.processing_status == VideoState.REVIEW
        assert (video.error["step"], video.error["hint"]) == ("process", "Fetch it again.")
    assert told("video.processing.progress")[0].level == "error"


# Planning


def owned(installation, source_id):
    with installation.session() as session:
        declare_basis(session, source_id, Basis.OWN, now=NOON)


def planned(installation):
    with installation.session() as session:
        return find_post(session, VIDEO, ALT), get_video(session, VIDEO)


def test_a_finished_video_gets_its_words_and_a_slot_on_the_account(installation, source_id):
    owned(installation, source_id)
    with installation.session() as session:
        a_finished_video(session, VIDEO, source_id=source_id, caption=None)
        an_account(session)
    plan(VIDEO)
    plan(VIDEO)  # harmless
    post, video = planned(installation)
    assert post.status == PostState.QUEUED
    assert post.caption == video.caption == "Three tricks with one cable #tech\n\nBy @techguru123"
    assert video.processing_status == VideoState.SCHEDULED
    assert len(installation.line.unfinished("publish_post")) == 1


def test_without_an_account_the_video_waits_ready_with_its_words(installation, source_id, told):
    with installation.session() as session:
        a_finished_video(session, VIDEO, source_id=source_id, caption=None)
    plan(VIDEO)
    post, video = planned(installation)
    assert post is None
    assert (video.processing_status, video.caption is None) == (VideoState.READY, False)
    assert told("video.processing.progress")[0].payload["status"] == "skipped"


def test_a_video_on_unknown_ground_is_planned_and_held_with_the_question(installation, source_id, told):
    with installation.session() as session:
        a_finished_video(session, VIDEO, source_id=source_id)
        an_account(session)
    plan(VIDEO)
    post, _ = planned(installation)
    assert (post.status, post.error_code) == (PostState.HELD, "rights_unknown")
    assert installation.line.unfinished("publish_post") == set()
    assert told("queue.updated")[0].payload["status"] == "held"


# Publishing, through the dry-run twin


@pytest.fixture
def post_id(installation, source_id):
    """A post that may go out now: its file is there, its source is ours, its account is connected."""
    owned(installation, source_id)
    content = b"moving pictures" * 1000
    with installation.session() as session:
        video = a_finished_video(
            session,
            VIDEO,
            source_id=source_id,
            rendition_sha256=hashlib.sha256(content).hexdigest(),
            rendition_bytes=len(content),
        )
        file = installation.layout.absolute(video.local_path)
        an_account(session)
        session.flush()
        chosen = PostingChoices(PrivacyLevel.PUBLIC_TO_EVERYONE, music_usage_confirmed=True)
        set_choices(session, ALT, chosen, route=Route.DIRECT, now=NOON)
        post_id = a_post(session, VIDEO, source_id=source_id).id
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    return post_id


def look(installation, post_id):
    with installation.session() as session:
        return get_post(session, post_id)


def test_a_post_goes_out_and_is_live_only_once_the_platform_says_so(installation, post_id, told):
    assert send_post(post_id) == {"state": "sent", "wait_seconds": None}
    sent = look(installation, post_id)
    assert (sent.status, sent.attempts) == (PostState.PROCESSING, 1)
    assert told("post.published") == []
    assert installation.line.unfinished("confirm_post") == {
        f"confirm:{post_id}:1:{sent.scheduled_time:%Y%m%dT%H%M%S.%f}"
    }
    assert check_post(post_id)["state"] == StepState.PUBLISHED.value
    live = look(installation, post_id)
    assert live.status == PostState.POSTED
    assert live.post_url.startswith("https://www.tiktok.com/@my.alt/video/")
    assert len(told("post.published")) == 1


def test_each_step_may_run_twice_and_the_post_is_out_once(installation, post_id, told):
    send_post(post_id)
    send_post(post_id)
    check_post(post_id)
    check_post(post_id)
    assert send_post(post_id)["state"] == "posted"
    assert look(installation, post_id).status == PostState.POSTED
    assert len(list((installation.layout.data_dir / "dry-run").glob("*.json"))) == 1
    assert len(told("post.published")) == 1


def test_nothing_is_sent_while_publishing_is_paused(installation, post_id):
    installation.choose(paused=True)
    answer = send_post(post_id)
    assert (answer["state"], answer["wait_seconds"] > 0) == ("limited", True)
    assert look(installation, post_id).status == PostState.QUEUED


def test_rights_that_ran_out_meanwhile_hold_the_post(installation, post_id, source_id):
    with installation.session() as session:
        declare_basis(session, source_id, Basis.LICENSED, now=NOON + timedelta(1), valid_to=NOON + timedelta(2))
    assert send_post(post_id)["state"] == "held"
    post = look(installation, post_id)
    assert (post.status, post.error_code) == (PostState.HELD, "rights_unknown")


def test_an_account_that_stands_still_holds_the_post_with_its_reason(installation, post_id):
    with installation.session() as session:
        pause(session, ALT, reason="Too many complaints.", now=NOON)
    assert send_post(post_id)["state"] == "held"
    post = look(installation, post_id)
    assert (post.error_code, post.error_message) == ("account_stands_still", "Too many complaints.")
    assert AccountStatus.PAUSED == "paused"


def test_a_post_over_our_own_limit_keeps_its_turn_and_says_when(installation, post_id, source_id):
    installation.choose(posts_per_hour=1)
    send_post(post_id)
    with installation.session() as session:
        a_finished_video(session, "2", source_id=source_id, rendition_bytes=10, now=NOON)
        second = a_post(session, "2", source_id=source_id, scheduled_time=utc_now()).id
    assert send_post(second) == {"state": "limited", "wait_seconds": None}  # no workflow sleeps on the account's place
    post = look(installation, second)
    assert (post.status, "next possible at" in post.error_message) == (PostState.QUEUED, True)
    assert post.not_before > utc_now() + timedelta(minutes=50)
    assert any(job.startswith(f"publish:{second}:") for job in installation.line.unfinished("publish_post"))


@pytest.mark.parametrize(
    "status", [PostState.CANCELLED, PostState.HELD, PostState.FAILED, PostState.REVIEW, PostState.POSTED]
)
def test_a_post_that_was_taken_out_of_the_queue_is_not_sent(installation, post_id, status):
    with installation.session() as session:
        change_post(session, post_id, now=NOON, status=status)
    assert send_post(post_id) == {"state": status.value, "wait_seconds": None}
    assert not (installation.layout.data_dir / "dry-run").exists()


def test_a_choice_that_its_owner_never_made_holds_the_post(installation, post_id):
    with installation.session() as session:
        set_choices(session, ALT, PostingChoices(), route=Route.DIRECT, now=NOON)
    assert send_post(post_id)["state"] == "held"
    assert look(installation, post_id).error_code == "posting_choice_missing"


def test_hurry_divides_every_wait_towards_the_platform_and_nothing_else(installation):
    installation.choose(hurry=10.0)
    usual, hurried = rules_of(installation.options.publishing.__class__()), rules_of(installation.options.publishing)
    assert hurried.poll_wait(0) == usual.poll_wait(0) / 10
    assert hurried.slow_poll_seconds == usual.slow_poll_seconds / 10
    assert (hurried.attempts_max, hurried.upload_life) == (usual.attempts_max, usual.upload_life)


# Measuring


@pytest.fixture
def live(installation, post_id):
    """A post that went out a minute ago."""
    with installation.session() as session:
        gone_out = utc_now() - timedelta(minutes=1)
        change_post(session, post_id, now=gone_out, status=PostState.POSTED, post_id="777", published_at=gone_out)
    installation.counts.counts["777"] = Counts(views=1200, likes=34, comments=5, shares=6)
    return post_id


def test_a_post_is_measured_once_per_age_each_at_its_moment():
    jobs = measure_jobs(7, NOON, {"1h": 3600, "24h": 86400})
    assert [(job.id, job.args[:2], job.not_before) for job in jobs] == [
        ("measure:7:1h", (7, "1h"), NOON + timedelta(hours=1)),
        ("measure:7:24h", (7, "24h"), NOON + timedelta(hours=24)),
    ]


def test_a_measurement_is_kept_once_and_told(installation, live, told):
    take_sample(live, "1m", 60)
    take_sample(live, "1m", 60)
    with installation.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(MetricSampleRow)) == 1
    assert told("video.processing.progress")[0].payload["sentence"] == "1,200 views and 34 likes after 1m."


def test_a_moment_that_was_missed_stays_a_gap_and_is_no_later_figure(installation, live):
    with installation.session() as session:
        change_post(session, live, now=NOON, published_at=NOON)
    with pytest.raises(SampleMissed):
        take_sample(live, "1m", 60)
    with installation.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(MetricSampleRow)) == 0


def test_a_post_without_a_public_id_is_not_measured(installation, post_id, told):
    take_sample(post_id, "1h", 3600)
    assert told("video.processing.progress") == []


# A step that runs again after it came to its end


@pytest.mark.parametrize("state", [VideoState.READY, VideoState.SCHEDULED, VideoState.SKIPPED, VideoState.REVIEW])
def test_a_download_and_a_rendering_that_run_again_leave_a_finished_video_alone(installation, agent, state):
    with installation.session() as session:
        a_video(session, VIDEO, state=state)
    download_original(VIDEO)
    render_video(VIDEO)
    with installation.session() as session:
        assert get_video(session, VIDEO).processing_status == state
