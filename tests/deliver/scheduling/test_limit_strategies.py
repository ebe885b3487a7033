"""What a post does that meets a limit, as a decision and on its row."""

from __future__ import annotations

from datetime import timedelta

import pytest

from builders import ALT, NOON, ROUND_THE_CLOCK, a_post
from reposter.deliver.scheduling.service import (
    give_up_slot,
    is_its_turn,
    replan,
    transfer_to,
    transfers_of_last_day,
)
from reposter.deliver.scheduling.strategies import Meeting, Move, Patience, delay, grid_moment, skip, transfer
from reposter.deliver.scheduling.tables import PostState, ScheduledPostRow
from reposter.kit.database import Database

HOUR = timedelta(hours=1)
PATIENCE = Patience(delay_max=24 * HOUR, skips_max=3)


@pytest.fixture
def session():
    database = Database("sqlite://")
    ScheduledPostRow.__table__.create(database.engine)
    with database.transaction() as session:
        yield session
    database.close()


def test_a_delayed_post_waits_until_it_would_be_too_late_and_then_asks():
    assert delay(Meeting(NOON, NOON + 24 * HOUR), PATIENCE).move is Move.WAIT
    assert delay(Meeting(NOON, NOON + 24 * HOUR + timedelta(milliseconds=1)), PATIENCE).move is Move.ASK


def test_a_slot_is_given_up_so_often_and_a_chosen_minute_never_moved():
    later = NOON + HOUR
    assert [skip(Meeting(NOON, later, skips), PATIENCE).move for skips in (0, 2, 3)] == [
        Move.GIVE_UP_SLOT, Move.GIVE_UP_SLOT, Move.ASK,
    ]  # fmt: skip
    assert skip(Meeting(NOON, later, 0, is_pinned=True), PATIENCE).move is Move.DROP


def test_a_post_goes_to_the_first_account_that_may_take_it_or_keeps_its_turn():
    met = Meeting(NOON, NOON + HOUR)
    assert transfer(met, PATIENCE, ["@b", "@c"]).account == "@b"
    assert transfer(met, PATIENCE, []) == delay(met, PATIENCE)


def test_moments_of_the_grid_are_whole_intervals_away():
    assert [grid_moment(NOON, HOUR, after=NOON + timedelta(minutes=m)) for m in (-90, 0, 1, 60, 61)] == [
        NOON, NOON, NOON + HOUR, NOON + HOUR, NOON + 2 * HOUR,
    ]  # fmt: skip


def test_a_skipping_post_takes_the_first_free_regular_slot_and_moves_nobody(session):
    first, *others = [a_post(session, str(n)) for n in range(4)]  # 12:00 … 15:00
    free = a_post(session, "9", scheduled_time=NOON + 5 * HOUR)
    moved = give_up_slot(session, first.id, ROUND_THE_CLOCK, after=NOON + timedelta(minutes=20), now=NOON)
    assert (moved.scheduled_time, moved.skips) == (NOON + 4 * HOUR, 1)
    assert [post.scheduled_time for post in others] == [NOON + n * HOUR for n in (1, 2, 3)]
    assert free.scheduled_time == NOON + 5 * HOUR
    again = give_up_slot(session, first.id, ROUND_THE_CLOCK, after=NOON + 4.5 * HOUR, now=NOON)
    assert (again.scheduled_time, again.skips) == (NOON + 6 * HOUR, 2)


def test_turns_go_by_priority_then_due_time_then_id_among_those_that_wait_for_a_limit(session):
    waits = {"scheduled_time": NOON, "not_before": NOON + HOUR}
    posts = {
        "low": a_post(session, "1", priority="low", **waits),
        "late": a_post(session, "2", **{**waits, "scheduled_time": NOON + timedelta(minutes=5)}),
        "early": a_post(session, "3", **waits),
        "second": a_post(session, "4", **waits),
        "high": a_post(session, "5", priority="high", **{**waits, "scheduled_time": NOON + timedelta(minutes=9)}),
    }
    now, order = NOON + timedelta(minutes=10), []
    while posts:
        (name,) = [name for name, post in posts.items() if is_its_turn(session, post, now)]
        posts.pop(name).status = PostState.PROCESSING
        session.flush()
        order.append(name)
    assert order == ["high", "early", "second", "late", "low"]


def test_nobody_waits_for_posts_that_wait_for_something_else(session):
    a_post(session, "1")  # tried again after a trouble: no limit
    a_post(session, "2", status=PostState.HELD, not_before=NOON)
    a_post(session, "3", account="@other", not_before=NOON)
    a_post(session, "4", priority="high", scheduled_time=NOON + HOUR, not_before=NOON)  # not due yet
    mine = a_post(session, "5", scheduled_time=NOON)
    session.flush()
    assert is_its_turn(session, mine, NOON)


def test_a_new_slot_forgets_the_limit_that_was_waited_for(session):
    post = a_post(session, "1", not_before=NOON + HOUR)
    assert replan(session, post.id, ROUND_THE_CLOCK, now=NOON).not_before is None


def test_transfers_of_a_day_are_counted_where_the_post_came_from(session):
    post = transfer_to(session, a_post(session, "1"), "@b", now=NOON)
    assert (post.tiktok_account, post.transferred_from) == ("@b", ALT)
    assert transfers_of_last_day(session, ALT, NOON + 23 * HOUR) == 1
    assert transfers_of_last_day(session, "@b", NOON) == 0
    post.updated_at = NOON + 30 * HOUR
    session.flush()
    assert transfers_of_last_day(session, ALT, NOON + 25 * HOUR) == 0
