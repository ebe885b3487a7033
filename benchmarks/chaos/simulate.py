"""The real publisher on an injected clock and transport: random schedules, every crash point, every fault, mutants."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chaos.fake_tiktok import FAULTS, STORM
from benchmarks.chaos.model import Bench, Schedule, Verdict, play
from benchmarks.chaos.mutants import HARSH, MUTANTS, PULL_MUTANTS
from reposter.deliver.publishing.attempt import Transfer
from reposter.deliver.publishing.invariants import violations
from reposter.vendors.tiktok.posting import Route

SETTINGS: tuple[dict[str, Any], ...] = (  # fields of Schedule
    {"faults": FAULTS, "crash_chance": 0.03, "stuck_chance": 0.01},
    {"faults": STORM, "crash_chance": 0.06},
    {"faults": FAULTS, "crash_chance": 0.02, "zombie_chance": 0.05},
    {"faults": FAULTS, "crash_chance": 0.03, "stuck_chance": 0.3},
    {"crash_chance": 0.03, "fail_chance": 0.6},
    {"faults": FAULTS, "crash_chance": 0.03, "route": Route.INBOX},
)
ORDINARY = {**SETTINGS[0], "stuck_chance": 0.0}
CALM = Schedule(seed=1, fail_chance=0, stuck_chance=0)
NEVER = frozenset({10**6})
NEAR = (0, 1, 3)
CALLS = 14
MUTANT_RUNS_MAX = 400
TO_HUMAN = frozenset({"human_live", "human_not_live", "held"})


@dataclass
class Tally:
    """`kinds` counts the verdicts of the random schedules, `ordinary` those at ordinary chances alone."""

    kinds: Counter[str] = field(default_factory=Counter)
    ordinary: Counter[str] = field(default_factory=Counter)
    exhaustive_runs: int = 0
    broken: list[str] = field(default_factory=list)
    caught: list[str] = field(default_factory=list)
    uncaught: list[str] = field(default_factory=list)

    @property
    def to_human_share(self) -> float:
        """Of the schedules in which TikTok gives a verdict: where it is silent for ever, a person is the right end."""
        return sum(self.ordinary[kind] for kind in TO_HUMAN) / max(1, self.ordinary.total())

    def note(self, verdict: Verdict) -> None:
        if verdict.is_violation:
            self.broken.append(f"{verdict.kind}: {verdict.detail}")


Step = Callable[[], None]


def play_schedules(tally: Tally, folder: Path, count: int, seed: int, *, on_step: Step) -> None:
    """`seed` draws the seeds of all schedules; half of them are uploads, half pulls."""
    chance = random.Random(seed)
    with closing(Bench(folder)) as bench:
        for k in range(count):
            chances = ORDINARY if k % 2 else SETTINGS[k // 2 % len(SETTINGS)]
            schedule = Schedule(
                seed=chance.randrange(10**9),
                with_foreign_post=chance.random() < 0.5,
                transfer=chance.choice(tuple(Transfer)),
                **chances,
            )
            verdict = play(bench, schedule, f"post-{k}")
            tally.kinds[verdict.kind] += 1
            if chances is ORDINARY:
                tally.ordinary[verdict.kind] += 1
            tally.note(verdict)
            on_step()
        tally.broken += _broken_journal(bench)


def play_exhaustively(tally: Tally, folder: Path, *, on_step: Step) -> None:
    """A crash at each point, two near each other, and each fault at each of the first calls; all must end well."""
    for transfer in Transfer:
        with closing(Bench(folder)) as bench:
            calm = replace(CALM, transfer=transfer)
            points = play(bench, replace(calm, crash_at=NEVER), "whole").points
            for k, schedule in enumerate(_every(calm, points)):
                verdict = play(bench, schedule, f"post-{k}")
                tally.exhaustive_runs += 1
                if verdict.kind != "ok":
                    tally.broken.append(f"{verdict.kind} with {schedule}: {verdict.detail}")
                on_step()
            tally.broken += _broken_journal(bench)


def hunt_mutants(tally: Tally, folder: Path, *, on_step: Step) -> None:
    """Take away one safeguard at a time: harsh schedules must show what it was for."""
    for mutant in MUTANTS + PULL_MUTANTS:
        transfer = Transfer.PULL if mutant in PULL_MUTANTS else Transfer.FILE
        with closing(Bench(folder)) as bench, pytest.MonkeyPatch.context() as patch:
            mutant(patch, bench)
            is_caught = any(_shows(bench, k, transfer) for k in range(MUTANT_RUNS_MAX))
        (tally.caught if is_caught else tally.uncaught).append(mutant.__name__)
        on_step()


def _every(calm: Schedule, points: int) -> Iterator[Schedule]:
    for k in range(1, points + 1):
        for again in NEAR:
            yield replace(calm, crash_at=frozenset({k, k + again}))
    for fault in FAULTS:
        for call in range(1, CALLS + 1):
            yield replace(calm, seed=2, fault_at={call: fault})


def _shows(bench: Bench, k: int, transfer: Transfer) -> bool:
    schedule = Schedule(seed=k * 104_729 + 7, with_foreign_post=k % 2 == 0, transfer=transfer, **HARSH)
    try:
        return play(bench, schedule, f"post-{k}").is_violation
    except (KeyError, AssertionError):
        return False  # a mutant may trip over itself, which shows nothing


def _broken_journal(bench: Bench) -> list[str]:
    with bench.database.transaction() as session:
        return [str(violation) for violation in violations(session)]
