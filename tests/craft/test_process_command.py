"""`reposter process` as a person meets it."""

import json

import pytest
import typer
from clips import draw
from typer.testing import CliRunner

from reposter.cli.process import process

app = typer.Typer()
app.command()(process)


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_clip_is_processed_and_the_summary_says_what_was_done_and_why(tmp_path):
    source, out = draw(tmp_path / "in.mkv", container="matroska"), tmp_path / "out.mp4"
    done = run(source, "-o", out, "--thumbnails", tmp_path / "stills")
    assert done.exit_code == 0, done.output
    assert out.exists()
    assert done.stdout == ""
    for said in ("368×480", "30 fps", "remux", "the container is matroska", "watermark_removal: held", "out_3.jpg"):
        assert said in done.stderr


def test_json_alone_goes_to_stdout_and_the_same_into_the_report_file(tmp_path):
    source, out, file = draw(tmp_path / "in.mp4"), tmp_path / "out.mp4", tmp_path / "report.json"
    done = run(source, "-o", out, "--json", "--report", file, "--rights", "own", "--steps", "format_conversion")
    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    report = json.loads(done.stdout)
    assert report == json.loads(file.read_text())
    assert {step["name"]: step["outcome"] for step in report["steps"]}["format_conversion"] == "done"


def test_quiet_says_nothing(tmp_path):
    done = run(draw(tmp_path / "in.mp4"), "-o", tmp_path / "out.mp4", "--quiet")
    assert (done.exit_code, done.output) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "said", "hint"),
    [
        (["{tmp}/missing.mp4", "-o", "{tmp}/out.mp4"], "missing.mp4 does not exist", "Check the path"),
        (["{tmp}", "-o", "{tmp}/out.mp4"], "is not a file", "Give one video file"),
        (["{tmp}/in.mp4", "-o", "{tmp}/in.mp4"], "the same file", "never overwritten"),
        (["{tmp}/in.mp4", "-o", "{tmp}"], "is a folder", "Name the file too"),
        (["{tmp}/in.mp4", "-o", "{tmp}/no/out.mp4"], "does not exist", "Make it first"),
        (
            ["{tmp}/in.mp4", "-o", "{tmp}/out.mp4", "--steps", "sharpen"],
            "no step called 'sharpen'",
            "watermark_removal, ",
        ),
        (["{tmp}/in.mp4", "-o", "{tmp}/out.mp4", "--rights", "mine"], "no ground of use 'mine'", "own, licensed"),
        (["{tmp}/in.mp4", "-o", "{tmp}/out.mp4", "--target", "x"], "no target called 'x'", "tiktok-classic"),
        (["{tmp}/in.mp4", "-o", "{tmp}/out.mp4", "--report", "{tmp}/no/r.json"], "for the report", "Make it first"),
    ],
)
def test_a_mistake_in_the_command_ends_with_2_and_a_hint(tmp_path, arguments, said, hint):
    draw(tmp_path / "in.mp4", seconds=0.1)
    before = sorted(tmp_path.iterdir())
    done = run(*(argument.format(tmp=tmp_path) for argument in arguments))
    assert done.exit_code == 2
    assert said in done.stderr
    assert f"hint: {hint}" in done.stderr or hint in done.stderr.split("hint:")[1]
    assert "Traceback" not in done.output
    assert sorted(tmp_path.iterdir()) == before


def test_a_text_that_is_called_a_video_ends_with_1_and_says_what_it_is(tmp_path):
    (tmp_path / "[red]in.mp4").write_text("<html><body>Log in</body></html>")
    done = run(tmp_path / "[red]in.mp4", "-o", tmp_path / "out.mp4")
    assert done.exit_code == 1
    assert "[red]in.mp4 is not a video that can be played. It looks like an HTML page" in done.stderr
    assert "hint:" in done.stderr
    assert not (tmp_path / "out.mp4").exists()
