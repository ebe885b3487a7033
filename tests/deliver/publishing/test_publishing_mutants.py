"""The judge itself is tested: take away one safeguard, and the model run must notice."""

from __future__ import annotations

import pytest
from benchmarks.chaos.model import Schedule, play
from benchmarks.chaos.mutants import HARSH, MUTANTS, PULL_MUTANTS

from reposter.deliver.publishing.attempt import MOVES, PULL_MOVES, AttemptState, Transfer

RUNS_MAX = 400


@pytest.mark.parametrize("mutant", MUTANTS + PULL_MUTANTS)
def test_the_model_catches_a_publisher_that_lacks_a_safeguard(bench, monkeypatch, mutant):
    mutant(monkeypatch, bench)
    transfer = Transfer.PULL if mutant in PULL_MUTANTS else Transfer.FILE
    for k in range(RUNS_MAX):
        schedule = Schedule(seed=k * 104_729 + 7, with_foreign_post=k % 2 == 0, transfer=transfer, **HARSH)
        try:
            if play(bench, schedule, f"post-{k}").is_violation:
                return
        except (KeyError, AssertionError):
            continue
    pytest.fail(f"{mutant.__name__} went unnoticed in {RUNS_MAX} runs")


@pytest.mark.parametrize("transfer", Transfer)
def test_the_harsh_schedules_are_harmless_with_every_safeguard(bench, transfer):
    for k in range(60):
        schedule = Schedule(seed=k * 104_729 + 7, with_foreign_post=k % 2 == 0, transfer=transfer, **HARSH)
        verdict = play(bench, schedule, f"post-{k}")
        assert not verdict.is_violation, verdict


def test_every_state_but_the_ends_has_a_way_out():
    ends = {state for state in AttemptState if not MOVES[state]}
    assert ends == {AttemptState.PUBLISHED, AttemptState.ABANDONED}
    assert {state for state in AttemptState if not PULL_MOVES[state]} == {*ends, AttemptState.OPEN}  # none gets there
