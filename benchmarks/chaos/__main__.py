"""`make chaos`: nothing is posted twice, nothing is lost, nothing is called posted that is not.

`python -m benchmarks.chaos [--short] [--schedules N] [--kills N] [--database sqlite|postgres|both] [--seed N]
[--json-only]`. Simulated schedules on the real publisher, a crash at every point, mutants that must be caught, and real
processes killed with SIGKILL on SQLite and on Postgres; `--kills` is per database. Ends in one line of JSON; exit code
1 when a promise was broken. The seed in that line plays the same schedules again; of the kills it draws the same
places and pauses, but real processes are never quite the same twice.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.chaos.judging import TO_HUMAN_SHARE_MAX
from benchmarks.chaos.kills import AgentEnded, Trial, try_kills
from benchmarks.chaos.simulate import Tally, hunt_mutants, play_exhaustively, play_schedules

SCHEDULES, SCHEDULES_SHORT = 2_000, 300
KILLS, KILLS_SHORT = 150, 15  # per database
DATABASES = ("sqlite", "postgres")


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    started = time.monotonic()
    console = Console(stderr=True, quiet=options.json_only)
    console.print(f"seed {options.seed}")
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        tally = _simulate(progress, options.schedules, options.seed)
        trials, ended = _kill(progress, options.databases, options.kills, options.seed)
    result = _result(tally, trials, ended)
    print(json.dumps(result | {"seed": options.seed, "seconds": round(time.monotonic() - started, 1)}))
    return 0 if result["promises_kept"] else 1


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.chaos", description=__doc__)
    parser.add_argument("--short", action="store_true", help="within three minutes")
    parser.add_argument("--schedules", type=int)
    parser.add_argument("--kills", type=int, help="per database; 0 for none")
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--json-only", action="store_true", help="no progress")
    options = parser.parse_args(arguments)
    if options.schedules is None:
        options.schedules = SCHEDULES_SHORT if options.short else SCHEDULES
    if options.kills is None:
        options.kills = KILLS_SHORT if options.short else KILLS
    options.databases = DATABASES if options.database == "both" else (options.database,)
    return options


def _simulate(progress: Progress, schedules: int, seed: int) -> Tally:
    tally = Tally()
    with tempfile.TemporaryDirectory() as place:
        task = progress.add_task("random schedules", total=schedules)
        play_schedules(tally, Path(place), schedules, seed, on_step=lambda: progress.advance(task))
        every = progress.add_task("every crash and fault", total=None)
        play_exhaustively(tally, Path(place), on_step=lambda: progress.advance(every))
        mutants = progress.add_task("mutants", total=None)
        hunt_mutants(tally, Path(place), on_step=lambda: progress.advance(mutants))
    return tally


def _kill(progress: Progress, databases: tuple[str, ...], kills: int, seed: int) -> tuple[list[Trial], list[str]]:
    trials: list[Trial] = []
    ended: list[str] = []
    for database in databases if kills else ():
        task = progress.add_task(f"kill -9 on {database}", total=kills)
        try:
            trials.append(try_kills(database, kills, seed, on_kill=lambda task=task: progress.advance(task)))
        except AgentEnded as error:
            ended.append(f"{database}: {error}")
    return trials, ended


def _result(tally: Tally, trials: list[Trial], ended: list[str]) -> dict[str, Any]:  # JSON
    kinds, judged = tally.kinds, [trial.verdict for trial in trials]
    posts = sum(verdict.posts for verdict in judged)
    return {
        "bench": "chaos",
        "schedules": kinds.total(),
        "exhaustive_runs": tally.exhaustive_runs,
        "kills": sum(trial.kills for trial in trials),
        "database": [trial.database for trial in trials],
        "posts": posts,
        "duplicated": kinds["DUPLICATE"] + sum(verdict.duplicated for verdict in judged),
        "lost": kinds["STUCK"] + sum(verdict.lost for verdict in judged),
        "false_states": sum(kinds[kind] for kind in ("FALSE_OK", "FALSE_FAIL", "WRONG_ID", "TORN", "FORGETFUL"))
        + sum(verdict.false_states for verdict in judged),
        "to_human_share": round(sum(verdict.to_human for verdict in judged) / max(1, posts), 4),
        "to_human_share_simulated": round(tally.to_human_share, 4),
        "mutants": len(tally.caught) + len(tally.uncaught),
        "mutants_caught": len(tally.caught),
        "per_database": {trial.database: _figures(trial) for trial in trials},
        "broken": tally.broken[:5] + [f"uncaught mutant {name}" for name in tally.uncaught] + ended,
        "promises_kept": not (tally.broken or tally.uncaught or ended)
        and all(verdict.is_kept for verdict in judged)
        and tally.to_human_share <= TO_HUMAN_SHARE_MAX,
    }


def _figures(trial: Trial) -> dict[str, Any]:  # JSON
    where = dict(trial.where.most_common())
    return {"kills": trial.kills, "seconds": round(trial.seconds, 1), "where": where, **asdict(trial.verdict)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
