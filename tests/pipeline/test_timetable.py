"""What falls due is started once, and what was forgotten is picked up."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from builders import NOON, a_post, a_source, a_video
from reposter.acquire.sources.service import get_source
from reposter.deliver.scheduling.service import get_post
from reposter.deliver.scheduling.tables import PostState
from reposter.library.service import get_video
from reposter.library.states import VideoState
from reposter.pipeline.fetch_video import process_job
from reposter.pipeline.plan_post import publish_job
from reposter.pipeline.publish_post import confirm_job
from reposter.pipeline.scan_source import fetch_job
from reposter.pipeline.timetable import (
    ON_ITS_WAY,
    OVERDUE,
    SCANS_PER_TICK_MAX,
    SILENT,
    carry_forgotten_posts,
    set_lost_videos_aside,
    start_due_scans,
)

DAY = timedelta(days=1)
LATER = NOON + 2 * OVERDUE


def start(installation, now=NOON):
    return start_due_scans(installation.database, installation.line, now=now)


def carry(installation, now=LATER):
    return carry_forgotten_posts(installation.database, installation.line, now=now)


def test_a_due_source_is_scanned_once_and_then_at_its_next_time(installation):
    with installation.session() as session:
        source_id = a_source(session, frequency="daily").source_id
    assert [start(installation), start(installation), start(installation, NOON + DAY / 2)] == [1, 0, 0]
    assert start(installation, NOON + DAY) == 1
    assert installation.line.unfinished("scan_source") == {
        f"scan:{source_id}:2026-03-02T12:00:00Z",
        f"scan:{source_id}:2026-03-03T12:00:00Z",
    }


def test_callers_at_the_same_moment_share_the_due_sources_without_overlap(installation):
    with installation.session() as session:
        for number in range(6):
            a_source(session, f"@source{number}")
    callers = 4
    together = threading.Barrier(callers)

    def call(_):
        together.wait()
        return start(installation)

    with ThreadPoolExecutor(callers) as pool:
        assert sum(pool.map(call, range(callers))) == 6
    assert len(installation.line.unfinished("scan_source")) == 6


def test_a_source_that_is_paused_or_not_due_is_left_alone(installation):
    with installation.session() as session:
        a_source(session, "@paused", active=False)
        a_source(session, "@later", now=NOON + DAY)
    assert start(installation) == 0


def test_scans_that_were_missed_are_made_up_by_one(installation):
    with installation.session() as session:
        a_source(session, frequency="hourly")
    assert start(installation, NOON + 3 * DAY) == 1
    with installation.session() as session:
        assert get_source(session, "@techguru123").next_scan_at == NOON + 3 * DAY + timedelta(hours=1)


def test_one_round_starts_so_many_scans_and_the_next_one_the_rest(installation):
    with installation.session() as session:
        for number in range(SCANS_PER_TICK_MAX + 2):
            a_source(session, f"@source{number}")
    assert [start(installation), start(installation), start(installation)] == [SCANS_PER_TICK_MAX, 2, 0]


def test_an_overdue_post_that_no_job_carries_is_put_back_once(installation):
    with installation.session() as session:
        post_id = a_post(session, "1").id
    assert [carry(installation), carry(installation, LATER + 2 * OVERDUE)] == [1, 0]
    (job,) = installation.line.unfinished("publish_post")
    assert job.startswith(f"publish:{post_id}:0:")
    with installation.session() as session:
        assert get_post(session, post_id).scheduled_time == LATER


def test_a_post_that_was_begun_is_confirmed_and_never_sent_anew(installation):
    with installation.session() as session:
        post_id = a_post(session, "1", status=PostState.PROCESSING, attempts=1).id
    assert carry(installation) == 1
    assert installation.line.unfinished("publish_post") == set()
    (job,) = installation.line.unfinished("confirm_post")
    assert job.startswith(f"confirm:{post_id}:1:")


@pytest.mark.parametrize("job_of", [publish_job, confirm_job])
def test_a_post_that_a_job_carries_is_not_forgotten(installation, job_of):
    with installation.session() as session:
        post = a_post(session, "1")
        installation.line.enqueue(session, job_of(post))
    assert carry(installation) == 0


def test_the_job_of_another_post_with_a_longer_number_carries_nothing(installation):
    with installation.session() as session:
        posts = [a_post(session, str(number)) for number in range(11)]
        installation.line.enqueue(session, publish_job(posts[10]))  # publish:11:… begins like publish:1
        for post in posts[1:10]:
            post.status = PostState.POSTED
    assert posts[0].id == 1
    assert posts[10].id == 11
    assert carry(installation, NOON + DAY) == 1


@pytest.mark.parametrize(
    "status", [PostState.HELD, PostState.REVIEW, PostState.POSTED, PostState.FAILED, PostState.CANCELLED]
)
def test_a_post_that_waits_for_a_person_or_is_settled_is_not_touched(installation, status):
    with installation.session() as session:
        a_post(session, "1", status=status)
    assert carry(installation, NOON + DAY) == 0


def test_a_post_that_is_not_overdue_or_was_just_changed_is_given_time(installation):
    with installation.session() as session:
        a_post(session, "1", scheduled_time=NOON + OVERDUE)
        a_post(session, "2", now=NOON + OVERDUE, scheduled_time=NOON)
    assert carry(installation, NOON + 1.5 * OVERDUE) == 0


def sweep(installation, now=NOON + 2 * SILENT):
    return set_lost_videos_aside(installation.database, installation.line, now=now)


def state_of(installation, video_id):
    with installation.session() as session:
        return get_video(session, video_id).processing_status


@pytest.mark.parametrize("state", list(VideoState))
def test_a_silent_video_that_no_job_carries_is_put_before_a_person_once(installation, told, state):
    with installation.session() as session:
        a_video(session, "1", state=state)
    is_lost = state in ON_ITS_WAY
    assert [sweep(installation), sweep(installation, NOON + 4 * SILENT)] == [int(is_lost), 0]
    assert state_of(installation, "1") == (VideoState.REVIEW if is_lost else state)
    assert [event.payload["code"] for event in told("error.occurred")] == (["work_lost"] if is_lost else [])


@pytest.mark.parametrize("job_of", [fetch_job, process_job])
def test_a_video_that_a_job_carries_is_not_lost_however_long_it_takes(installation, job_of):
    with installation.session() as session:
        a_video(session, "1", state=VideoState.DOWNLOADING)
        installation.line.enqueue(session, job_of("1", "again_1"))
    assert sweep(installation, NOON + 100 * SILENT) == 0


def test_a_video_that_moved_a_moment_ago_is_given_time(installation):
    with installation.session() as session:
        a_video(session, "1", state=VideoState.PROCESSING)
    assert sweep(installation, NOON + SILENT) == 0
