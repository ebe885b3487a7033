"""`reposter process` as a person meets it."""

import json

import pytest
import typer
from clips import draw
from drawing import draw_clip, write_clip
from typer.testing import CliRunner

from reposter.cli.process import process
from reposter.cli.removal_words import lines_about_removal
from reposter.craft.render.report import Outcome, StepReport

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
        (["{tmp}/in.mp4", "-o", "{tmp}/out.mp4", "--report", "{tmp}/in.mp4"], "named twice", "Name another file"),
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


def a_marked_clip(path):
    drawn = draw_clip(seconds=6.0, fps=24, dwell_seconds=1.8)
    return write_clip(path, drawn.marked, drawn.fps, options={"preset": "ultrafast"})


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    return a_marked_clip(tmp_path_factory.mktemp("marked") / "marked.mp4")


def test_a_mark_is_removed_and_told_of_in_words(marked, tmp_path):
    out, file, memory = tmp_path / "clean.mp4", tmp_path / "r.json", tmp_path / "m.npz"
    steps = "watermark_removal,format_conversion"
    done = run(marked, "-o", out, "--rights", "own", "--steps", steps, "--report", file, "--memory", memory)
    assert done.exit_code == 0, done.output
    for said in (
        "watermark_removal: done: the mark was taken away",
        "found because it jumped from place to place",
        "opacity 0.",
        "pixels of ink, 0.0–",
        "judged better before encoding",
        "judged better while encoding",
        "touched 1",
        "clean.mp4.watermark.json",
    ):
        assert said in " ".join(done.stderr.split()), said
    report = json.loads(file.read_text())
    details = next(one for one in report["steps"] if one["name"] == "watermark_removal")["details"]
    assert details["mark"]["confidence"] > 0.5
    assert {"residue_before", "residue_after", "damage", "clipped"} <= set(details["judge"]["encode"])
    assert memory.exists()


def test_without_rights_removal_is_held_with_the_remedy(tmp_path):
    done = run(draw(tmp_path / "in.mp4"), "-o", tmp_path / "out.mp4")
    assert "watermark_removal: held" in done.stderr
    assert "say on what ground with --rights: own, licensed" in " ".join(done.stderr.split())


def test_what_is_protected_stays_and_is_told_of(marked, tmp_path):
    done = run(
        marked, "-o", tmp_path / "out.mp4", "--rights", "own", "--protect", "0,0,100,50", "--protect", "0,50,100,100"
    )
    assert done.exit_code == 0, done.output
    assert "watermark_removal: skipped" in done.stderr
    assert "left alone from 0.0" in done.stderr
    assert "protected" in done.stderr
    assert (tmp_path / "out.mp4").read_bytes() == marked.read_bytes()


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("5,80,forty,90", "is no rectangle"),
        ("5,80,40", "not four numbers"),
        ("5,80,140,90", "out of the picture"),
        ("40,80,5,90", "no area"),
        ("nan,1,2,3", "not four numbers"),
    ],
)
@pytest.mark.parametrize("name", ["--protect", "--mark"])
def test_a_rectangle_that_is_none_ends_with_2_and_a_hint(tmp_path, name, option, said):
    done = run(draw(tmp_path / "in.mp4", seconds=0.1), "-o", tmp_path / "out.mp4", "--rights", "own", name, option)
    assert done.exit_code == 2
    assert said in done.stderr
    assert "hint:" in done.stderr


def test_memory_lines_and_left_things_are_put_in_words():
    line = {"line": 0, "layout": 0, "siblings": 4, "agreement": 0.9, "used": True, "why": ""}
    mark = {
        "way": "memory",
        "confidence": 0.8,
        "coverage": 1.0,
        "places": [],
        "memory": [line, {**line, "line": 1, "used": False, "why": "it differs"}],
    }
    left = {"reason": "static", "box": [1, 2, 3, 4], "start": 0.0, "end": 2.5, "why": "It never moves."}
    said = list(
        lines_about_removal(StepReport("watermark_removal", Outcome.DONE, "", details={"mark": mark, "left": [left]}))
    )
    assert "other videos of the source show it" in said[0]
    assert said[1:] == [
        "line 1: the memory of 4 videos helped",
        "line 2: not from memory: it differs",
        "left alone from 0.0 to 2.5 s at 1,2 to 3,4: It never moves.",
    ]
