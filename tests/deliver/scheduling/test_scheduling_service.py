"""Slots are given once per video and account, and accounts do not wait for one another."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOON, ROUND_THE_CLOCK, a_post
from reposter.deliver.scheduling.service import (
    NewPost,
    PostUnknown,
    change_post,
    find_post,
    get_post,
    held_posts,
    replan,
    reserve_slot,
)
from reposter.deliver.scheduling.slots import RuleInvalid
from reposter.deliver.scheduling.tables import TAKES_A_SLOT, PostState, ScheduledPostRow
from reposter.kit.database import Database

HOUR = timedelta(hours=1)


@pytest.fixture
def session():
    database = Database("sqlite://")
    ScheduledPostRow.__table__.create(database.engine)
    with database.transaction() as session:
        yield session
    database.close()


def test_reserving_twice_gives_the_same_row_and_the_first_words_stay(session):
    first = a_post(session, "1")
    again = reserve_slot(
        session, NewPost("1", None, first.tiktok_account, "other words", ()), ROUND_THE_CLOCK, now=NOON + HOUR
    )
    assert again is first
    assert (again.scheduled_time, again.caption) == (NOON, "Three tricks by @techguru123")


def test_a_reserved_post_is_queued_with_what_was_ordered_and_why_it_stands_there(session):
    post = a_post(session, "1", source_id="src_1")
    assert (post.status, post.attempts, post.hashtags, post.source_id) == (PostState.QUEUED, 0, ["#tech"], "src_1")
    assert post.planned_because == "every 1 hour, next free slot on @my.alt"
    assert find_post(session, "1", "@my.alt") is post


def test_posts_of_one_account_keep_their_distance(session):
    times = [a_post(session, video_id).scheduled_time for video_id in ("1", "2", "3")]
    assert times == [NOON, NOON + HOUR, NOON + 2 * HOUR]


def test_two_accounts_do_not_wait_for_one_another(session):
    mine = a_post(session, "1", account="@a")
    other = a_post(session, "1", account="@b")
    assert mine.id != other.id
    assert mine.scheduled_time == other.scheduled_time == NOON


@pytest.mark.parametrize("status", list(PostState))
def test_a_slot_is_taken_by_posts_that_go_or_went_out_and_by_no_others(session, status):
    a_post(session, "1", status=status)
    assert a_post(session, "2").scheduled_time == (NOON + HOUR if status in TAKES_A_SLOT else NOON)


def test_the_last_post_that_went_out_keeps_the_next_one_at_its_distance(session):
    for minutes, video_id in ((200, "1"), (20, "2")):
        a_post(session, video_id, status=PostState.POSTED, scheduled_time=NOON - timedelta(minutes=minutes))
    assert a_post(session, "3").scheduled_time == NOON + timedelta(minutes=40)


def test_a_held_post_is_queued_again_at_the_next_free_slot_without_its_old_error(session):
    held = a_post(session, "1", status=PostState.HELD, error_code="rights_unknown", error_message="Who may?")
    a_post(session, "2")
    later = NOON + timedelta(minutes=10)
    post = replan(session, held.id, ROUND_THE_CLOCK, now=later)
    assert (post.status, post.error_code, post.error_message) == (PostState.QUEUED, None, None)
    assert post.scheduled_time == NOON + HOUR
    assert post.updated_at == later


def test_a_post_that_is_planned_again_does_not_stand_in_its_own_way(session):
    post = a_post(session, "1")
    assert replan(session, post.id, ROUND_THE_CLOCK, now=NOON).scheduled_time == NOON


def test_held_posts_are_told_in_order_and_of_one_source_or_account_alone(session):
    def held(video_id, hours, **more):
        return a_post(session, video_id, status=PostState.HELD, scheduled_time=NOON + hours * HOUR, **more).id

    late = held("1", 5, source_id="src_1")
    early = held("2", 1, source_id="src_1", account="@b")
    other = held("3", 3, source_id="src_2")
    a_post(session, "4", source_id="src_1")
    assert list(held_posts(session)) == [early, other, late]
    assert list(held_posts(session, source_id="src_1")) == [early, late]
    assert list(held_posts(session, source_id="src_1", account="@b")) == [early]


def test_a_post_that_is_not_there_is_said_so(session):
    for act in (
        lambda: get_post(session, 9),
        lambda: change_post(session, 9, now=NOON, status="queued"),
        lambda: replan(session, 9, ROUND_THE_CLOCK, now=NOON),
    ):
        with pytest.raises(PostUnknown, match="no post 9"):
            act()


def test_a_rule_that_cannot_be_kept_reserves_nothing(session):
    with pytest.raises(RuleInvalid):
        a_post(session, "1", rule=replace(ROUND_THE_CLOCK, frequency="soon"))
    assert find_post(session, "1", "@my.alt") is None
