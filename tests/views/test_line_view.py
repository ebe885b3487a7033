"""The line at a glance: nothing is counted twice, nothing that waits for a person is silent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from builders import NOON, a_finished_video, a_post, a_source, a_video, an_account
from reposter.acquire.sources.service import record_failure, record_scan
from reposter.deliver.accounts.account import AccountStatus
from reposter.deliver.publishing.tables import ApiCallRow
from reposter.deliver.scheduling.tables import PostState
from reposter.kit.database import Database, Table
from reposter.library.states import VideoState
from reposter.views import line
from reposter.views.line import needs, posts_today, stages, tally, throughput
from reposter.views.stats import system_metrics

HOUR = timedelta(hours=1)
ELSEWHERE = {VideoState.SKIPPED, VideoState.FAILED, VideoState.SCHEDULED, VideoState.READY}
"""Left the line, counted by their post, or beside the posts that wait for their slot."""


@pytest.fixture
def session():
    database = Database("sqlite://")
    Table.metadata.create_all(database.engine)
    with database.transaction() as session:
        yield session
    database.close()


def counts(session):
    session.flush()
    return {stage.key: stage.count for stage in stages(session) if stage.count}


def test_an_empty_line_has_all_eight_stations_in_order(session):
    found = stages(session)
    assert [stage.key for stage in found] == [
        "found", "downloading", "processing", "review", "scheduled", "publishing", "published", "failed",
    ]  # fmt: skip
    assert all(stage.count == 0 and stage.oldest_at is None for stage in found)


@pytest.mark.parametrize(
    ("state", "station"),
    [
        (VideoState.FOUND, "found"),
        (VideoState.DOWNLOADING, "downloading"),
        (VideoState.DOWNLOADED, "processing"),
        (VideoState.PROCESSING, "processing"),
        (VideoState.READY, "scheduled"),
        (VideoState.REVIEW, "review"),
        (VideoState.SCHEDULED, None),
        (VideoState.SKIPPED, None),
    ],
)
def test_a_video_stands_at_one_station(session, state, station):
    a_video(session, "1", state=state)
    assert counts(session) == ({station: 1} if station else {})


@pytest.mark.parametrize(
    ("status", "station"),
    [
        (PostState.QUEUED, "scheduled"),
        (PostState.PROCESSING, "publishing"),
        (PostState.POSTED, "published"),
        (PostState.FAILED, "failed"),
        (PostState.HELD, "review"),
        (PostState.REVIEW, "review"),
        (PostState.CANCELLED, None),
    ],
)
def test_a_post_stands_at_one_station(session, status, station):
    a_post(session, "1", status=status)
    assert counts(session) == ({station: 1} if station else {})


def test_every_state_of_videos_and_posts_is_at_a_station_or_known_to_be_off_the_line():
    at_stations = {state for _, _, states in line.VIDEO_STAGES for state in states}
    assert at_stations | ELSEWHERE == set(VideoState)
    posts = {state for _, _, state in line.POST_STAGES} | set(line.REVIEW_POSTS)
    assert posts | {PostState.CANCELLED, PostState.SKIPPED} == set(PostState)


def test_a_station_tells_since_when_its_oldest_waits_over_videos_and_posts(session):
    a_video(session, "1", state=VideoState.REVIEW, now=NOON)
    a_video(session, "2", state=VideoState.REVIEW, now=NOON - HOUR)
    a_post(session, "3", status=PostState.HELD, now=NOON - 2 * HOUR)
    review = next(stage for stage in stages(session) if stage.key == "review")
    assert (review.count, review.oldest_at) == (3, NOON - 2 * HOUR)


def test_the_tally_counts_what_came_past_each_point_ever(session):
    a_video(session, "1")
    a_video(session, "2", state=VideoState.DOWNLOADED, original_sha256="x")
    a_finished_video(session, "3", state=VideoState.SCHEDULED, original_sha256="x")
    a_video(session, "4", state=VideoState.REVIEW)
    a_post(session, "3", status=PostState.POSTED)
    a_post(session, "5", status=PostState.FAILED)
    a_post(session, "6")
    assert tally(session) == line.Tally(
        videos_found=4, videos_downloaded=2, videos_processed=1, posts_scheduled=3, posts_published=1, failures=2
    )


def test_an_empty_line_needs_nobody(session):
    assert needs(session) == []
    an_account(session)
    a_source(session)
    a_post(session, "1")
    assert needs(session) == []


def test_posts_that_wait_for_the_same_answer_are_one_question(session):
    source = a_source(session)
    for number in range(3):
        a_post(
            session, str(number), source_id=source.source_id, status=PostState.HELD, error_code="rights_unknown",
            now=NOON + number * HOUR,
        )  # fmt: skip
    (need,) = needs(session)
    assert (need.id, need.kind, need.at) == (f"rights:{source.source_id}", "rights", NOON)
    assert need.title == "May you use the videos of @techguru123?"
    assert "3 posts wait" in need.detail
    assert "reposter source rights @techguru123" in need.hint


def test_posts_held_for_other_reasons_say_theirs(session):
    a_post(session, "1", status=PostState.REVIEW, error_code="live_unknown", error_message="TikTok never said.")
    (need,) = needs(session)
    assert (need.title, need.detail) == ("1 post waits on @my.alt", "TikTok never said.")


@pytest.mark.parametrize("status", [AccountStatus.REAUTH_NEEDED, AccountStatus.PAUSED])
def test_an_account_that_stands_still_asks_for_its_owner(session, status):
    an_account(session, status=status)
    (need,) = needs(session)
    assert (need.id, need.kind) == ("account:@my.alt", "account")
    assert need.detail


def test_finished_videos_without_any_account_are_one_question(session):
    a_finished_video(session, "1")
    a_finished_video(session, "2", now=NOON - HOUR)
    (need,) = needs(session)
    assert (need.id, need.at) == ("no-account", NOON - HOUR)
    assert "2 finished videos" in need.detail
    an_account(session)
    assert needs(session) == []


def test_a_video_that_was_set_aside_says_why_and_what_to_do(session):
    a_video(session, "1", state=VideoState.REVIEW, error={"message": "The file is damaged.", "hint": "Fetch it again."})
    (need,) = needs(session)
    assert (need.id, need.title) == ("video:1", "Three tricks could not go on")
    assert (need.detail, need.hint) == ("The file is damaged.", "Fetch it again.")


def test_a_source_that_fails_asks_until_a_scan_succeeds(session):
    source = a_source(session)
    record_failure(session, source.source_id, {"message": "TikTok asks for a login.", "hint": "Give cookies."})
    session.flush()
    (need,) = needs(session)
    assert (need.title, need.detail) == ("@techguru123 could not be scanned", "TikTok asks for a login.")
    record_scan(session, source.source_id, listed=3, new=0, now=NOON)
    session.flush()
    assert needs(session) == []


def test_what_waits_longest_comes_first_and_the_list_ends(session):
    for number in range(line.NEEDS_LIMIT + 5):
        a_video(session, str(number), state=VideoState.REVIEW, now=NOON - number * HOUR)
    an_account(session, status=AccountStatus.REAUTH_NEEDED)
    found = needs(session)
    assert len(found) == line.NEEDS_LIMIT
    assert [need.at for need in found] == sorted(need.at for need in found)
    assert found[0].id == f"video:{line.NEEDS_LIMIT + 4}"


def test_throughput_counts_each_moment_in_one_step_of_the_last_day(session):
    a_finished_video(session, "1", now=NOON)
    a_finished_video(session, "2", now=NOON - HOUR)  # the edge belongs to the step that it ends
    a_finished_video(session, "3", now=NOON - 25 * HOUR)
    a_video(session, "4", now=NOON)
    a_post(session, "1", published_at=NOON - 30 * timedelta(minutes=1))
    steps = throughput(session, now=NOON)
    assert len(steps) == 24
    assert steps[-1] == line.Throughput(NOON, processed=1, published=1)
    assert steps[-2] == line.Throughput(NOON - HOUR, processed=1, published=0)
    assert sum(step.processed for step in steps) == 2


def test_today_is_the_day_behind_and_the_day_ahead(session):
    a_post(session, "1", status=PostState.POSTED, published_at=NOON - 23 * HOUR)
    a_post(session, "2", status=PostState.POSTED, published_at=NOON - 25 * HOUR)
    a_post(session, "3", scheduled_time=NOON + 23 * HOUR)
    a_post(session, "4", scheduled_time=NOON + 25 * HOUR)
    a_post(session, "5", scheduled_time=NOON + HOUR, status=PostState.HELD)
    assert posts_today(session, now=NOON) == (1, 1)


def test_metrics_of_an_empty_system_are_zeros_and_unknowns(session):
    found = system_metrics(session, now=NOON)
    assert (found.processing.successRate, found.processing.avgFileSize) == (None, None)
    assert (found.storage.localUsage, found.publishing.postsPublished, found.scraping.videosFound) == (0, 0, 0)


def test_metrics_sum_up_what_the_tables_hold(session):
    a_finished_video(session, "1", rendition_bytes=100, original_sha256="x")
    a_finished_video(session, "2", rendition_bytes=300, original_sha256="x", azure_path="a/2.mp4")
    a_video(session, "3", state=VideoState.REVIEW, original_sha256="x")
    a_video(session, "4", state=VideoState.DOWNLOADED, original_sha256="x")
    a_post(session, "1")
    for op, outcome, code in (("init", "ok", ""), ("init", "error", "rate_limit_exceeded"), ("put", "unknown", "")):
        session.add(ApiCallRow(post_id="1", n=1, op=op, started_at=NOON, ended_at=NOON, outcome=outcome, code=code))
    session.flush()
    found = system_metrics(session, now=NOON + HOUR)
    assert (found.processing.queueSize, found.processing.successRate) == (1, 0.667)
    assert found.processing.avgFileSize == 200
    assert (found.storage.localUsage, found.storage.azureUsage) == (400, 300)
    assert (found.publishing.postsScheduled, found.publishing.apiErrors, found.publishing.rateLimitHits) == (1, 2, 1)
