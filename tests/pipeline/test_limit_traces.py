"""Ten thousand random lives at the limits keep every promise, and the checker that says so catches those that don't."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from benchmarks.chaos.limit_traces import (
    STRATEGIES,
    Trace,
    fixed_windows,
    forgets_unknown,
    no_tie,
)

from reposter.deliver.publishing.limits import admission
from reposter.deliver.publishing.tables import AttemptRow, ConsentRow, LessonRow
from reposter.deliver.scheduling.service import is_its_turn
from reposter.deliver.scheduling.tables import ScheduledPostRow
from reposter.kit.database import Database

TRACES = 10_000
PER_STRATEGY = TRACES // len(STRATEGIES) + 1
MUTANT_TRACES = 60
SQL_TRACES = 8


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_no_window_is_ever_over_and_no_order_grid_or_transfer_rule_broken(strategy, record_property):
    commits = moves = 0
    for seed in range(PER_STRATEGY):
        trace = Trace(seed, strategy).live()
        assert not trace.broken, (strategy, seed, trace.broken)
        commits += len(trace.rows.commits)
        moves += sum(len(post.told) for post in trace.rows.posts)
    record_property("lives", {"traces": PER_STRATEGY, "posts_out": commits, "decisions_at_a_limit": moves})
    assert commits > 4 * PER_STRATEGY
    assert moves > PER_STRATEGY


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_restart_at_any_event_changes_nothing(strategy):
    for seed in range(100):
        undisturbed = Trace(seed, strategy).live()
        killed = Trace(seed, strategy, restarts=True).live()
        assert killed.published() == undisturbed.published()


@pytest.mark.parametrize(
    "mutant",
    [
        pytest.param(lambda seed: Trace(seed, "queue_delay", decide=fixed_windows), id="fixed-window"),
        pytest.param(lambda seed: Trace(seed, "queue_delay", decide=no_tie), id="open-window"),
        pytest.param(lambda seed: forgets_unknown(Trace(seed, "queue_delay")), id="unknown-not-counted"),
    ],
)
def test_the_checker_catches_a_wrong_count(mutant):
    caught = [seed for seed in range(MUTANT_TRACES) if mutant(seed).live().broken]
    assert len(caught) > MUTANT_TRACES / 10


STATES = {
    "live": ("PUBLISHED", {"by": "tiktok"}),
    "unknown": ("COMMITTING", None),
    "not_live": ("FAILED", {"by": "tiktok"}),
}


@pytest.fixture
def database():
    database = Database("sqlite://")
    for table in (AttemptRow, ConsentRow, LessonRow, ScheduledPostRow):
        table.__table__.create(database.engine)
    yield database
    database.close()


def mirrored(session, trace):
    """The trace's rows as the product keeps them."""
    for table in (AttemptRow, LessonRow, ScheduledPostRow):
        session.execute(sa.delete(table))
    session.expunge_all()
    for n, one in enumerate(trace.rows.commits):
        state, verdict = STATES[one.outcome]
        session.add(
            AttemptRow(
                post_id=str(n), n=1, state=state, account=one.account, content_sha256=str(n), size_bytes=1,
                chunk_bytes=1, created_at=one.at, updated_at=one.at, commit_at=one.at, verdict=verdict,
            )
        )  # fmt: skip
    for account, lesson in trace.rows.lessons.items():
        session.add(LessonRow(account=account, refusals=1, **vars(lesson)))
    for post in trace.rows.posts:
        session.add(
            ScheduledPostRow(
                id=post.id, video_id=str(post.id), tiktok_account=post.account, scheduled_time=post.due,
                status=post.status, created_at=post.due, updated_at=post.due, priority=post.priority,
                not_before=post.not_before,
            )
        )  # fmt: skip
    session.flush()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_rows_in_the_database_are_counted_as_the_traces_count_them(database, strategy):
    looks = []

    def compare(trace, post, found):
        with database.transaction() as session:
            mirrored(session, trace)
            assert admission(session, post.account, trace.now, trace.limits) == found
            for other in trace.rows.posts:
                if other.status == "queued" and other.due <= trace.now:
                    row = session.get_one(ScheduledPostRow, other.id)
                    assert is_its_turn(session, row, trace.now) == trace.is_its_turn(other)
        looks.append(found.at > trace.now)

    for seed in range(SQL_TRACES):
        assert not Trace(seed, strategy, look_at=compare).live(events=20).broken
    assert {True, False} <= set(looks)
