"""How exact the limits are and what they cost: `python -m benchmarks.limits [--traces 10000] [--rows 1000000]`.

Random lives of accounts at their limits under each strategy, with restarts, clocks that jump and unknown outcomes; the
same with counts as other tools make them, for comparison; then the time that one decision takes in a long journal.
Ends in a line of JSON.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.chaos.limit_traces import START, STRATEGIES, Trace, fixed_windows, forgets_unknown
from reposter.deliver.publishing.calls import CallLimits, CallMeter
from reposter.deliver.publishing.limits import PostLimits, admission
from reposter.deliver.publishing.tables import AttemptRow
from reposter.kit.database import Database, Table

ACCOUNTS = 20
BATCH = 50_000
DECISIONS = 1000
CALLS = 200


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--traces", type=int, default=10_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps({"bench": "limits", **lives(options.traces), **decisions(Path(folder), options.rows)}))
    return 0


def lives(traces: int) -> dict[str, object]:
    per_strategy = traces // len(STRATEGIES) + 1
    lived = [Trace(seed, name, restarts=True).live() for name in STRATEGIES for seed in range(per_strategy)]
    sample = range(min(traces, 1000))
    fixed = [Trace(seed, "queue_delay", decide=fixed_windows).live() for seed in sample]
    forgetful = [forgets_unknown(Trace(seed, "queue_delay")).live() for seed in sample]
    return {
        "traces": len(lived),
        "posts_out": sum(len(trace.rows.commits) for trace in lived),
        "traces_with_a_broken_promise": sum(bool(trace.broken) for trace in lived),
        "of_1000_with_fixed_windows": round(1000 * sum(bool(trace.broken) for trace in fixed) / len(sample)),
        "of_1000_forgetting_unknown": round(1000 * sum(bool(trace.broken) for trace in forgetful) / len(sample)),
    }


def decisions(folder: Path, rows: int) -> dict[str, object]:
    database = Database(f"sqlite:///{folder / 'journal.sqlite'}")
    Table.metadata.create_all(database.engine)
    _fill(database, rows)
    meter = CallMeter(database, lambda: CallLimits(per_hour=100_000, hurry=1000))
    asked = [_milliseconds(lambda n=n: _ask(database, n)) for n in range(DECISIONS)]
    called = [_milliseconds(lambda: meter.admit("@a0", "cancel")) for _ in range(CALLS)]
    database.close()
    return {
        "journal_rows": rows,
        "decision_p50_ms": _share(asked, 0.5),
        "decision_p99_ms": _share(asked, 0.99),
        "call_place_p50_ms": _share(called, 0.5),
    }


def _fill(database: Database, rows: int) -> None:
    """A post a minute over years, every tenth given up, spread over the accounts."""
    insert = sa.insert(Table.metadata.tables[AttemptRow.__tablename__])
    for first in range(0, rows, BATCH):
        with database.engine.begin() as connection:
            connection.execute(insert, [_row(n) for n in range(first, min(first + BATCH, rows))])


def _row(n: int) -> dict[str, Any]:  # column values
    at = START - timedelta(minutes=n)
    is_out = n % 10 != 0
    return {
        "post_id": str(n),
        "n": 1,
        "state": "PUBLISHED" if is_out else "ABANDONED",
        "account": f"@a{n % ACCOUNTS}",
        "content_sha256": f"{n:064x}",
        "size_bytes": 1,
        "chunk_bytes": 1,
        "created_at": at,
        "updated_at": at,
        "commit_at": at if is_out else None,
        "verdict": {"by": "tiktok"},
        "post_ids": [],
    }


def _ask(database: Database, n: int) -> None:
    with database.transaction() as session:
        admission(session, f"@a{n % ACCOUNTS}", START, PostLimits(per_hour=5, per_day=25))


def _milliseconds(act: Any) -> float:  # a callable without arguments
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000


def _share(times: list[float], share: float) -> float:
    return round(sorted(times)[int(len(times) * share)], 2)


if __name__ == "__main__":
    raise SystemExit(main())
