"""`reposter source …`: what a person says of a source in a terminal."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from builders import NOON, ShelfReader, a_finished_video, a_found_video, a_source, a_video
from reposter.cli.main import app
from reposter.guard.rights.service import right_of
from reposter.kit.clock import utc_now
from reposter.library.service import get_video
from reposter.library.states import VideoState
from reposter.vocabulary.found import VideoStats
from reposter.vocabulary.rights import Basis

NAME = "@techguru123"


@pytest.fixture
def source_id(installation):
    with installation.session() as session:
        return a_source(session, NAME).source_id


@pytest.fixture
def run(installation):
    def run(*words):
        return CliRunner().invoke(app, ["source", *words, "--data-dir", str(installation.layout.data_dir)])

    return run


def test_the_mark_of_a_source_is_forgotten_and_no_other(installation, run, source_id):
    mine, other = (installation.layout.mark_memory(name) for name in (source_id, "src_other"))
    for memory in (mine, other):
        memory.write_bytes(b"sums")
    assert "Forgotten" in run("forget-marks", NAME).output
    assert (mine.exists(), other.exists()) == (False, True)
    again = run("forget-marks", NAME)
    assert (again.exit_code, "Nothing was known" in again.output) == (0, True)


def test_the_mark_of_a_source_that_nobody_knows_is_not_forgotten(run, source_id):
    answer = run("forget-marks", "@nobody")
    assert answer.exit_code == 1 and "source list" in answer.output


def test_rights_that_are_declared_say_how_many_videos_are_processed_again(installation, run, source_id):
    with installation.session() as session:
        a_finished_video(session, "1", source_id=source_id, watermark_outcome="held", now=NOON)
    assert "1 videos are processed again" in run("rights", NAME, "--basis", "own").output
    with installation.session() as session:
        assert get_video(session, "1").processing_status == VideoState.DOWNLOADED
    assert "processed again" not in run("rights", NAME, "--basis", "own").output


def test_a_changed_filter_says_how_many_videos_are_wanted_now(installation, run, source_id):
    with installation.session() as session:
        verdict = {"passes": False, "rule": "min_views", "sentence": "Too few."}
        a_video(session, "1", state=VideoState.SKIPPED, source_id=source_id, verdict=verdict)
    answer = run("edit", NAME, "--filters", '{"minViews": 100}')
    assert answer.exit_code == 0 and "1 videos that were skipped before are wanted now" in answer.output
    again = json.loads(run("edit", NAME, "--filters", "{}", "--json").stdout)
    assert (again["value"], again["videosTaken"]) == (NAME, [])


@pytest.mark.parametrize("wrong", [(), ("--filters", "{"), ("--filters", "[]"), ("--cron", "61 * * * *")])
def test_a_change_that_makes_no_sense_is_refused_with_a_remedy(run, source_id, wrong):
    answer = run("edit", NAME, *wrong)
    assert answer.exit_code == 2 and answer.output.strip()


def test_a_preview_shows_each_video_with_the_rule_that_it_fails(run, source_id, monkeypatch):
    reader = ShelfReader({"1": a_found_video("1"), "2": replace(a_found_video("2"), stats=VideoStats(views=5))})
    monkeypatch.setattr("reposter.bootstrap.wire_agent", lambda app, name: SimpleNamespace(reader=reader))
    shown = run("preview", NAME, "--filters", '{"minViews": 100}')
    assert shown.exit_code == 0 and "1 of 2 would be taken." in shown.output
    listed = json.loads(run("preview", NAME, "--filters", '{"minViews": 100}', "--json").stdout)
    assert listed["passing"] == 1
    assert [one["rule"] for one in listed["videos"]] == [None, "min_views"]
    assert listed["videos"][1]["sentence"] == "5 views, the source asks for at least 100."


def test_the_next_five_scans_are_shown_on_the_wall_clock_of_the_source(run, source_id):
    answer = run("edit", NAME, "--cron", "30 4 * * *", "--zone", "Asia/Tokyo")
    assert "Next scans (Asia/Tokyo):" in answer.output and answer.output.count("04:30") == 5
    added = run("add", "@another", "--frequency", "30_minutes", "--json")
    assert len(json.loads(added.stdout)["comingScans"]) == 5
    run("pause", NAME)
    assert json.loads(run("edit", NAME, "--filters", "{}", "--json").stdout)["comingScans"] == []


def test_a_right_may_run_out_and_one_that_has_is_refused(installation, run, source_id):
    assert run("rights", NAME, "--basis", "licensed", "--until", "2999-12-31").exit_code == 0
    with installation.session() as session:
        right = right_of(session, source_id, now=utc_now())
        assert (right.basis, right.valid_to) == (Basis.LICENSED, datetime(3000, 1, 1, tzinfo=UTC))
        assert right_of(session, source_id, now=datetime(3000, 1, 1, tzinfo=UTC)).basis is Basis.UNKNOWN
    for wrong in ("2001-01-01", "soon", "2027-02-30"):
        assert run("rights", NAME, "--basis", "own", "--until", wrong).exit_code == 2
    with installation.session() as session:
        assert right_of(session, source_id, now=utc_now()).basis is Basis.LICENSED
