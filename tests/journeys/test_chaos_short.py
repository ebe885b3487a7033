"""Real publishers are killed with SIGKILL on both databases; the pretend TikTok's ledger says what came of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.chaos.ground import Ground
from benchmarks.chaos.judging import judge
from benchmarks.chaos.kills import try_kills

from reposter.deliver.scheduling.service import change_post
from reposter.deliver.scheduling.tables import PostState
from reposter.kit.clock import utc_now

SEED = 20261124


@pytest.mark.parametrize(("database", "kills"), [("sqlite", 16), ("postgres", 8)])
def test_killed_publishers_neither_double_nor_lose_nor_misreport(database: str, kills: int) -> None:
    trial = try_kills(database, kills, SEED)
    assert trial.kills == kills
    verdict = trial.verdict
    assert (verdict.duplicated, verdict.lost, verdict.false_states, verdict.to_human) == (0, 0, 0, 0), verdict.odd
    assert verdict.broken == ()
    assert verdict.published == verdict.posts >= kills // 4


def test_the_judge_notices_a_green_lie_and_a_post_that_was_left_lying(tmp_path: Path) -> None:
    with Ground(tmp_path) as ground:
        ground.plan_posts(2)
        with ground.app.database.transaction() as session:
            change_post(session, 1, now=utc_now(), status=PostState.POSTED)
        verdict = judge(ground)
        assert (verdict.false_states, verdict.lost, verdict.is_kept) == (1, 1, False)
