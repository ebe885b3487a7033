"""Never twice, never lost, never falsely green: thousands of schedules of faults, crashes and second workers."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from benchmarks.chaos.fake_tiktok import FAULTS, NO_FAULTS, STORM
from benchmarks.chaos.model import Schedule, play

from reposter.deliver.publishing.attempt import Transfer
from reposter.deliver.publishing.invariants import violations
from reposter.vendors.tiktok.posting import Route

PULL = {"transfer": Transfer.PULL}
SCHEDULES = {
    "faults and crashes": (400, {"faults": FAULTS, "crash_chance": 0.03}),
    "storm": (120, {"faults": STORM, "crash_chance": 0.06}),
    "a second worker takes over": (220, {"faults": FAULTS, "crash_chance": 0.02, "zombie_chance": 0.05}),
    "a silent platform": (70, {"faults": FAULTS, "crash_chance": 0.03, "stuck_chance": 0.7}),
    "verdicts against us": (120, {"crash_chance": 0.03, "fail_chance": 0.6}),
    "the inbox route": (120, {"faults": FAULTS, "crash_chance": 0.03, "route": Route.INBOX}),
    "pulls": (320, {"faults": FAULTS, "crash_chance": 0.03, **PULL}),
    "pulls in a storm": (120, {"faults": STORM, "crash_chance": 0.06, **PULL}),
    "pulls that a second worker takes over": (
        200,
        {"faults": FAULTS, "crash_chance": 0.02, "zombie_chance": 0.05, **PULL},
    ),
    "pulls to a silent platform": (60, {"faults": FAULTS, "crash_chance": 0.03, "stuck_chance": 0.7, **PULL}),
    "pulls to the inbox": (100, {"faults": FAULTS, "crash_chance": 0.03, "route": Route.INBOX, **PULL}),
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
    if "silent platform" in name:
        assert kinds["human_not_live"] > 0  # a person is asked, never a guess made
    if "storm" in name:
        assert kinds["clean_fail"] <= runs * 0.03  # what broke off is not the platform's no: it fails by verdicts only
    if name in ("faults and crashes", "pulls"):
        assert kinds["ok"] >= runs * 0.97


@pytest.mark.parametrize(("transfer", "points_min"), [(Transfer.FILE, 40), (Transfer.PULL, 20)])
def test_a_crash_at_every_point_of_a_normal_run_changes_nothing(bench, transfer, points_min):
    calm = Schedule(seed=1, fail_chance=0, stuck_chance=0, transfer=transfer)
    points = play(bench, replace(calm, crash_at=frozenset({10**6})), "whole").points
    assert points > points_min
    for k in range(1, points + 1):
        for again in (0, 3):  # once, and once more just after
            at = frozenset({k, k + again})
            verdict = play(bench, replace(calm, crash_at=at), f"crash-{k}-{again}")
            assert verdict.kind == "ok", verdict
            assert verdict.crashes >= 1
    with bench.database.transaction() as session:
        assert violations(session) == []


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("transfer", Transfer)
def test_every_fault_at_every_call_is_survived(bench, transfer, fault):
    calm = Schedule(seed=2, faults=NO_FAULTS, fail_chance=0, stuck_chance=0, transfer=transfer)
    for call in range(1, 15):
        verdict = play(bench, replace(calm, fault_at={call: fault}), f"call-{call}")
        assert verdict.kind == "ok", verdict
