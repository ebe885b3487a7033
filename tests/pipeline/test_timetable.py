"""What falls due is started once, and what was forgotten is picked up."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from builders import ALT, NOON, a_finished_video, a_post, a_source, a_video, an_account
from reposter.acquire.sources.service import get_source
from reposter.deliver.accounts.account import AccountStatus
from reposter.deliver.accounts.service import pause, resume, set_choices
from reposter.deliver.accounts.tables import AccountRow
from reposter.deliver.scheduling.service import change_post, get_post
from reposter.deliver.scheduling.tables import PostState
from reposter.guard.rights.service import declare_basis
from reposter.library.service import get_video
from reposter.library.states import VideoState
from reposter.pipeline.commands import cancel_post
from reposter.pipeline.fetch_video import process_job
from reposter.pipeline.follow_up import confirm_job
from reposter.pipeline.judging import fetch_job
from reposter.pipeline.plan_post import publish_job
from reposter.pipeline.timetable import (
    ON_ITS_WAY,
    OVERDUE,
    SCANS_PER_TICK_MAX,
    SILENT,
    carry_forgotten_posts,
    release_answered_posts,
    set_lost_videos_aside,
    start_due_scans,
)
from reposter.vendors.tiktok.posting import PostingChoices, PrivacyLevel, Route
from reposter.vocabulary.rights import Basis

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LATER = NOON + 2 * OVERDUE
PUBLIC = PostingChoices(PrivacyLevel.PUBLIC_TO_EVERYONE, music_usage_confirmed=True)


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
        assert get_post(session, post_id).scheduled_time == NOON, "it keeps its place in the order"


def test_a_post_whose_job_has_ended_is_carried_by_a_new_one(installation):
    with installation.session() as session:
        job = publish_job(a_post(session, "1"))
        installation.line.enqueue(session, job)
    installation.line.cancel(job.id)
    assert carry(installation) == 1
    (again,) = installation.line.unfinished("publish_post")
    assert again.startswith(f"{job.id}:")


def test_a_post_that_moved_on_while_the_forgotten_were_listed_is_not_touched(installation):
    with installation.session() as session:
        post_id = a_post(session, "1").id

    def cancel(*_):
        if listening:
            listening.clear()
            with installation.session() as session:
                cancel_post(session, post_id, now=LATER)

    listening = [True]
    sa.event.listen(installation.database.engine, "after_cursor_execute", _once_listed(cancel))
    assert carry(installation) == 0
    assert not listening
    assert installation.line.unfinished("publish_post") == set()
    with installation.session() as session:
        post = get_post(session, post_id)
        assert (post.status, post.scheduled_time) == (PostState.CANCELLED, NOON)


def _once_listed(deed):
    """After the overdue posts were read."""

    def listener(_connection, _cursor, statement, *_):
        if statement.startswith("SELECT") and "scheduled_posts.updated_at <" in statement:
            deed()

    return listener


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


@pytest.fixture
def held(installation):
    """Holds the post of a connected account and an owned source with a question, begun at NOON."""
    with installation.session() as session:
        source_id = a_source(session).source_id
        declare_basis(session, source_id, Basis.OWN, now=NOON)
        a_finished_video(session, "1", source_id=source_id)
        an_account(session)
        set_choices(session, ALT, PUBLIC, route=Route.DIRECT, now=NOON - HOUR)
        post_id = a_post(session, "1", source_id=source_id).id

    def hold(code, *, begun=NOON):
        with installation.session() as session:
            change_post(
                session,
                post_id,
                now=NOON,
                status=PostState.HELD,
                error_code=code,
                error_message="?",
                last_attempt=begun,
            )
        return post_id

    return hold


def release(installation, now=NOON + HOUR):
    return release_answered_posts(installation.database, installation.line, installation.options, now=now)


def look(installation, post_id):
    with installation.session() as session:
        return get_post(session, post_id)


@pytest.mark.parametrize("code", ["account_stands_still", "rights_unknown"])
def test_a_post_held_by_a_question_that_is_answered_already_gets_a_slot_once(installation, held, code):
    post_id = held(code)
    assert [release(installation), release(installation)] == [1, 0]
    assert look(installation, post_id).status == PostState.QUEUED
    assert len(installation.line.unfinished("publish_post")) == 1


@pytest.mark.parametrize("code", ["account_stands_still", "rights_unknown", "reauth_needed"])
@pytest.mark.parametrize("question", ["paused", "disconnected", "rights"])
def test_a_post_whose_question_is_open_stays_held(installation, held, code, question):
    post_id = held(code)
    with installation.session() as session:
        if question == "rights":
            source_id = get_post(session, post_id).source_id
            declare_basis(session, source_id, Basis.UNKNOWN, now=NOON + HOUR)
        elif question == "paused":
            pause(session, ALT, reason="The owner wants it.", now=NOON + HOUR)
        else:
            session.execute(sa.update(AccountRow).values(status=AccountStatus.REAUTH_NEEDED, updated_at=NOON + HOUR))
    assert release(installation) == 0
    assert look(installation, post_id).status == PostState.HELD


@pytest.mark.parametrize("code", ["approval_needed", "limit_delay_too_long", "tiktok_account_refused", None])
def test_only_questions_that_can_be_asked_again_are(installation, held, code):
    post_id = held(code)
    assert release(installation) == 0
    assert look(installation, post_id).status == PostState.HELD


def test_what_tiktok_said_of_an_account_is_asked_again_once_after_the_account_was_changed(installation, held):
    held("reauth_needed")
    assert [release(installation), release(installation, NOON + 100 * DAY)] == [0, 0], "nothing was changed since"
    with installation.session() as session:
        session.execute(sa.update(AccountRow).values(updated_at=NOON + HOUR))
    assert release(installation) == 1
    held("reauth_needed", begun=NOON + 2 * HOUR)
    assert [release(installation, NOON + n * DAY) for n in range(1, 4)] == [0, 0, 0], "TikTok said the same again"


def test_publishing_that_is_paused_releases_nothing_and_a_limit_does(installation, held):
    post_id = held("account_stands_still")
    installation.choose(paused=True)
    assert release(installation) == 0
    installation.choose(paused=False, posts_per_day=0)
    assert release(installation) == 1
    assert look(installation, post_id).status == PostState.QUEUED


def test_an_account_that_is_resumed_before_its_post_was_held_is_not_forgotten(installation, held):
    with installation.session() as session:
        pause(session, ALT, reason="The owner wants it.", now=NOON)
        resume(session, ALT, now=NOON)
    post_id = held("account_stands_still", begun=None)
    assert release(installation) == 1
    assert look(installation, post_id).error_code is None


def test_a_held_post_that_is_cancelled_while_the_held_are_listed_stays_cancelled(installation, held):
    post_id = held("rights_unknown")
    pending = [post_id]

    def cancel(_connection, _cursor, statement, *_):
        if pending and "JOIN accounts" in statement:
            pending.clear()
            with installation.session() as session:
                cancel_post(session, post_id, now=NOON)

    sa.event.listen(installation.database.engine, "after_cursor_execute", cancel)
    assert release(installation) == 0
    assert not pending
    assert look(installation, post_id).status == PostState.CANCELLED
