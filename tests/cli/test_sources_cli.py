"""`reposter source …`: what a person says of a source in a terminal."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from builders import NOON, a_finished_video, a_source
from reposter.cli.main import app
from reposter.library.service import get_video
from reposter.library.states import VideoState

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
