"""Processes of a running demo are killed at random; nothing is posted twice, nothing is lost."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from benchmarks.chaos.demo import Chaos
from showing import read_ledger

from reposter.deliver.publishing.invariants import violations
from reposter.deliver.scheduling.tables import ScheduledPostRow
from reposter.kit.database import Database
from reposter.storage.layout import Layout

KILLS = 10
SEED = 20261124


def test_ten_kills_break_no_promise(tmp_path: Path) -> None:
    data_dir = tmp_path / "chaos"
    chaos = Chaos(data_dir, kills=KILLS, until_published=3, seed=SEED)
    figures = chaos.run()
    assert sum(chaos.victims.values()) >= 1, chaos.victims
    ledger = read_ledger(data_dir)
    assert figures["published"] == figures["ledger_posts"] == len(ledger["posts"]) >= 3
    assert figures["duplicates"] == ledger["duplicates"] == 0
    database = Database(f"sqlite:///{Layout(data_dir).database_file}")
    with database.transaction() as session:
        assert violations(session) == []
        doubled = session.execute(
            sa.select(ScheduledPostRow.video_id, sa.func.count())
            .group_by(ScheduledPostRow.video_id)
            .having(sa.func.count() > 1)
        ).all()
        assert doubled == []
    database.close()
