"""From request to finished file: what is made, what is reported, and what is never left behind."""

import json
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction

import pytest
from clips import UPRIGHT_CORNERS, corners, cut_short, draw, frames_of, times_of

from reposter.craft.convert.errors import OutputRejected, TargetUnreachable
from reposter.craft.convert.plan import Action, Plan
from reposter.craft.render import rendition
from reposter.craft.render.chain import Passed
from reposter.craft.render.limits import limits_for
from reposter.craft.render.rendition import make_rendition
from reposter.craft.render.report import Outcome, RenderReport
from reposter.craft.render.request import STEP_NAMES, RenderRequest, Step, default_steps, steps_named
from reposter.craft.render.service import render
from reposter.craft.render.verification import verify_output
from reposter.kit.errors import ChildFailed, InvalidInput, StorageExhausted
from reposter.kit.files import sha256_of
from reposter.kit.process import Limits
from reposter.media.errors import UnreadableMedia
from reposter.media.probe import probe
from reposter.vocabulary.rights import Basis

OLD = b"the output of an earlier run"


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "done.mp4"


def a_request(source, out, **changes):
    request = RenderRequest(source, out, default_steps(), thumbnails_dir=out.parent / "stills", preset="ultrafast")
    return replace(request, **changes)


def make(request):
    """The work of the child, in this process."""
    return make_rendition(request, request.output_path.with_suffix(".part"), lambda progress: None)


def left_in(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("drawn", "action"),
    [
        ({}, "copy"),
        ({"container": "mov"}, "remux"),
        ({"container": "matroska", "sound": "libopus"}, "remux"),
        ({"rotation_degrees": 90}, "transcode"),
        ({"sound": None, "rotation_degrees": 180}, "transcode"),
        ({"pixel_format": "yuv420p10le"}, "transcode"),
        ({"width": 363, "height": 401}, "transcode"),
        ({"container": "webm", "codec": "libvpx-vp9", "sound": "libopus", "rate": 24}, "transcode"),
        ({"times": [Fraction(n * n + 4 * n, 300) for n in range(15)]}, "transcode"),
    ],
)
def test_the_cheapest_way_is_taken_and_length_and_sound_are_kept(tmp_path, out, drawn, action):
    if "width" in drawn:
        drawn = {**drawn, "codec": "ffv1", "container": "matroska"}
    if "times" in drawn:
        drawn = {**drawn, "rotation_degrees": 90}
    source = draw(tmp_path / "in.bin", **drawn)
    report = make(a_request(source, out))
    assert report.step("format_conversion").action == action
    assert report.step("format_conversion").why
    before, after = probe(source), probe(out)
    assert after == report.output
    assert after.container == "mp4"
    assert (after.video.codec, after.video.pixel_format) == ("h264", "yuv420p")
    assert (after.audio is None) == (before.audio is None)
    assert after.audio is None or after.audio.codec == "aac"
    slack = 0.07 if before.audio and before.audio.codec != "aac" else 0.005
    assert after.duration_seconds == pytest.approx(before.duration_seconds, abs=1 / before.video.frame_rate + slack)
    assert after.video.frames == report.frames
    assert report.input_sha256 == sha256_of(source)
    assert report.output_sha256 == sha256_of(out)
    assert left_in(out.parent) == ["done.mp4", "done_1.jpg", "done_2.jpg", "done_3.jpg"]


def test_a_turned_clip_ends_upright(tmp_path, out):
    source = draw(tmp_path / "in.mp4", rotation_degrees=180)
    make(a_request(source, out))
    turned = {"top left": "grey", "top right": "blue", "bottom left": "green", "bottom right": "red"}
    assert corners(frames_of(source)[0].to_ndarray(format="rgb24")) == UPRIGHT_CORNERS
    assert corners(frames_of(out)[0].to_ndarray(format="rgb24")) == turned


@pytest.mark.parametrize(("rate", "expected"), [(12, 30), (100, 60)])
def test_a_rate_outside_the_limits_is_brought_inside(tmp_path, out, rate, expected):
    report = make(a_request(draw(tmp_path / "in.mp4", rate=rate), out))
    assert report.output.video.frame_rate == expected
    assert times_of(out) == [Fraction(n, expected) for n in range(expected)]


def test_a_small_picture_is_scaled_up(tmp_path, out):
    report = make(a_request(draw(tmp_path / "in.mp4", width=180, height=320), out))
    assert (report.output.video.width, report.output.video.height) == (360, 640)


def test_what_this_version_cannot_do_is_said_and_the_picture_is_left_alone(tmp_path, out):
    source = draw(tmp_path / "in.mp4")
    report = make(a_request(source, out, steps=steps_named(STEP_NAMES), basis=Basis.OWN))
    assert report.step("quality_enhancement").outcome is Outcome.UNAVAILABLE
    assert "the picture was left as it is" in report.step("quality_enhancement").why
    assert out.read_bytes() == source.read_bytes()


def test_without_a_ground_of_use_removal_is_held_and_nothing_else(tmp_path, out):
    report = make(a_request(draw(tmp_path / "in.mp4"), out, steps=steps_named(STEP_NAMES)))
    outcomes = {step.name: step.outcome for step in report.steps}
    assert outcomes == {
        "watermark_removal": Outcome.HELD,
        "quality_enhancement": Outcome.UNAVAILABLE,
        "format_conversion": Outcome.DONE,
        "thumbnail_generation": Outcome.DONE,
    }


def test_steps_that_are_off_are_reported_as_skipped(tmp_path, out):
    source = draw(tmp_path / "in.mkv", container="matroska", codec="ffv1")
    report = make(a_request(source, out, steps=steps_named([])))
    assert {step.outcome for step in report.steps} == {Outcome.SKIPPED}
    assert out.read_bytes() == source.read_bytes()
    assert report.thumbnails == ()


def test_steps_are_reported_in_the_order_of_the_request(tmp_path, out):
    steps = tuple(reversed(steps_named(["format_conversion"])))
    report = make(a_request(draw(tmp_path / "in.mp4"), out, steps=steps))
    assert [step.name for step in report.steps] == [step.name for step in steps]


def test_a_second_run_replaces_the_first(tmp_path, out):
    out.write_bytes(OLD)
    request = a_request(draw(tmp_path / "in.mp4", rotation_degrees=90), out)
    first = make(request)
    assert make(request).output_sha256 == first.output_sha256 == sha256_of(out)


def test_a_failure_leaves_an_earlier_output_and_no_rest(tmp_path, out):
    out.write_bytes(OLD)
    whole = draw(tmp_path / "whole.mp4", container="matroska", codec="libvpx", seconds=2)
    with pytest.raises(UnreadableMedia, match="cut short"):
        make(a_request(cut_short(tmp_path / "in.mp4", whole, 0.5), out))
    assert out.read_bytes() == OLD
    assert left_in(out.parent) == ["done.mp4"]


def test_a_video_that_is_too_long_is_refused_before_any_work(tmp_path, out):
    times = [Fraction(n * 25) for n in range(26)]
    source = draw(tmp_path / "in.mp4", times=times, sound=None)
    with pytest.raises(TargetUnreachable, match="TikTok takes 600 s"):
        make(a_request(source, out))
    assert left_in(out.parent) == []


def test_an_output_that_is_too_large_is_thrown_away(tmp_path, out, monkeypatch):
    tiny = replace(rendition.find_target("tiktok"), size_bytes_max=1000)
    monkeypatch.setattr(rendition, "find_target", lambda name: tiny)
    monkeypatch.setattr(rendition, "plan", lambda *_, **__: Plan(Action.TRANSCODE, ("test",), (368, 480)))
    with pytest.raises(TargetUnreachable, match="The result has"):
        make(a_request(draw(tmp_path / "in.mp4"), out))
    assert left_in(out.parent) == []


@pytest.mark.parametrize(
    ("passed", "changes", "fault"),
    [
        (Passed(30, 2.0), {}, "it lasts 1"),
        (Passed(31, 1.0), {}, "30 frames instead of 31"),
        (Passed(30, 1.0), {"audio": None}, "the sound was lost or invented"),
    ],
)
def test_an_output_that_is_not_as_planned_is_rejected(tmp_path, passed, changes, fault):
    path = draw(tmp_path / "made.mp4")
    info = replace(probe(path), **changes)
    with pytest.raises(OutputRejected, match=fault):
        verify_output(path, Plan(Action.TRANSCODE, ("test",), (368, 480)), info, passed)


def test_an_output_of_another_size_is_rejected(tmp_path):
    path = draw(tmp_path / "made.mp4")
    with pytest.raises(OutputRejected, match="368×480 instead of 480×368"):
        verify_output(path, Plan(Action.TRANSCODE, ("test",), (480, 368)), probe(path), Passed(30, 1.0))


def test_a_child_renders_and_its_report_survives_the_journey(tmp_path, out):
    seen = []
    source = draw(tmp_path / "in.mp4", rotation_degrees=90)
    report = render(a_request(source, out), on_progress=seen.append)
    assert RenderReport.from_dict(json.loads(json.dumps(report.to_dict()))) == report
    assert report.output == probe(out)
    assert set(seen[0]) == {"step", "done", "total", "fraction", "eta_seconds"}
    assert (seen[-1]["done"], seen[-1]["total"], seen[-1]["fraction"]) == (30, 30, 1.0)
    assert [one["done"] for one in seen] == sorted(one["done"] for one in seen)


def test_a_child_that_runs_into_a_full_disk_leaves_nothing(tmp_path, out):
    out.write_bytes(OLD)
    source = draw(tmp_path / "in.mp4", rotation_degrees=90, seconds=3)
    with pytest.raises(StorageExhausted):
        render(a_request(source, out), limits=Limits(wall_seconds=60, file_bytes=4096))
    assert out.read_bytes() == OLD
    assert left_in(out.parent) == ["done.mp4"]


def test_a_child_that_is_killed_leaves_nothing(tmp_path, out):
    source = draw(tmp_path / "in.mp4", rotation_degrees=90)
    with pytest.raises(ChildFailed):
        render(a_request(source, out), limits=Limits(wall_seconds=0.2))
    assert left_in(out.parent) == []


def test_work_can_be_cancelled_from_its_progress(tmp_path, out):
    class Cancelled(Exception):
        pass

    def cancel(_progress):
        raise Cancelled

    with pytest.raises(Cancelled):
        render(a_request(draw(tmp_path / "in.mp4", rotation_degrees=90), out), on_progress=cancel)
    assert left_in(out.parent) == []


def test_a_request_survives_the_journey():
    request = RenderRequest(
        input_path=rendition.Path("/in.mp4"),
        output_path=rendition.Path("/out.mp4"),
        steps=(Step("format_conversion", True, {"codec": "h264"}),),
        thumbnails_dir=rendition.Path("/stills"),
        basis=Basis.LICENSED,
        target="tiktok-classic",
        preset="slow",
        crf=17,
        memory_path=rendition.Path("/memory.npz"),
        video_id="one",
        alternative_path=rendition.Path("/cleaned.mp4"),
    )
    assert RenderRequest.from_dict(json.loads(json.dumps(request.to_dict()))) == request


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"steps": (Step("sharpen"),)}, "no step called 'sharpen'"),
        ({"steps": (Step("thumbnail_generation", True, {"timestamps": ["soon"]}),)}, "'soon' is no position"),
        ({"steps": (Step("thumbnail_generation", True, {"timestamps": 3}),)}, "list of texts"),
        ({"steps": (Step("thumbnail_generation", True, {"count": 0}),)}, "0 thumbnails"),
        ({"steps": (Step("format_conversion", True, {"outputFormat": "avi"}),)}, "'avi' cannot be made"),
        ({"target": "vimeo"}, "no target called 'vimeo'"),
        ({"preset": "warp"}, "no preset 'warp'"),
        ({"crf": 52}, "52 does not exist"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_before_a_child_starts(tmp_path, out, changes, said):
    source = tmp_path / "in.mp4"
    source.write_text("never opened")
    with pytest.raises(InvalidInput, match=said) as caught:
        render(a_request(source, out, **changes))
    assert caught.value.hint


def test_limits_grow_with_the_work_and_end_somewhere(tmp_path):
    info = probe(draw(tmp_path / "in.mp4", seconds=0.2))
    long = replace(info, duration_seconds=600.0, size_bytes=1 << 30)
    endless = replace(info, duration_seconds=1e9)
    assert limits_for(info).wall_seconds < limits_for(long).wall_seconds < limits_for(endless).wall_seconds == 6 * 3600
    assert limits_for(long).file_bytes > long.size_bytes


def test_an_agent_imports_no_video_library():
    program = (
        "import sys, reposter.craft.render.service; print([m for m in ('av', 'cv2', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_rendering_child_imports_no_pydantic():
    program = "import sys, reposter.craft.render.child; print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
