"""Never twice, never lost, never falsely green: thousands of schedules of faults, crashes and second workers."""

from __future__ import annotations

from collections import Counter

import pytest
from benchmarks.chaos.fake_tiktok import FAULTS, NO_FAULTS, STORM
from benchmarks.chaos.model import Schedule, play

from reposter.deliver.publishing.invariants import violations
from reposter.vendors.tiktok.posting import Route

SCHEDULES = {
    "faults and crashes": (700, {"faults": FAULTS, "crash_chance": 0.03}),
    "storm": (250, {"faults": STORM, "crash_chance": 0.06}),
    "a second worker takes over": (400, {"faults": FAULTS, "crash_chance": 0.02, "zombie_chance": 0.05}),
    "a silent platform": (150, {"faults": FAULTS, "crash_chance": 0.03, "stuck_chance": 0.7}),
    "verdicts against us": (250, {"crash_chance": 0.03, "fail_chance": 0.6}),
    "the inbox route": (250, {"faults": FAULTS, "crash_chance": 0.03, "route": Route.INBOX}),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_no_schedule_doubles_loses_or_misreports_a_post(bench, name):
    runs, chances = SCHEDULES[name]
    kinds = Counter()
    for k in range(runs):
        schedule = Schedule(seed=k * 7919 + 13, with_foreign_post=k % 2 == 0, **chances)
        verdict = play(bench, schedule, f"post-{k}")
        assert not verdict.is_violation, verdict
        kinds[verdict.kind] += 1
    with bench.database.transaction() as session:
        assert violations(session) == []
    assert kinds["ok"] > 0
    if name == "a silent platform":
        assert kinds["human_not_live"] > 0  # a person is asked, never a guess made
    if name == "faults and crashes":
        assert kinds["ok"] >= runs * 0.97


def test_a_crash_at_every_point_of_a_normal_run_changes_nothing(bench):
    points = play(bench, Schedule(seed=1, fail_chance=0, stuck_chance=0, crash_at=frozenset({10**6})), "whole").points
    assert points > 40
    for k in range(1, points + 1):
        for again in (0, 3):  # once, and once more just after
            at = frozenset({k, k + again})
            schedule = Schedule(seed=1, fail_chance=0, stuck_chance=0, crash_at=at)
            verdict = play(bench, schedule, f"crash-{k}-{again}")
            assert verdict.kind == "ok", verdict
            assert verdict.crashes >= 1
    with bench.database.transaction() as session:
        assert violations(session) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_at_every_call_is_survived(bench, fault):
    for call in range(1, 15):
        schedule = Schedule(seed=2, faults=NO_FAULTS, fault_at={call: fault}, fail_chance=0, stuck_chance=0)
        verdict = play(bench, schedule, f"call-{call}")
        assert verdict.kind == "ok", verdict
