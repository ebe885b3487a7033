"""A marked clip on its way through a rendition: cleaned where that is sure, held or left where it is not."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.frame import VideoFrame
from clips import frames_of, sound_packets_of, times_of, tone
from drawing import Drawn, draw_clip

from reposter.craft.render.limits import PICTURES_KEPT_MAX, SMALL_KEPT_BYTES_MAX, kept_bytes, limits_for
from reposter.craft.render.rendition import make_rendition
from reposter.craft.render.report import Outcome, RenderReport
from reposter.craft.render.request import RenderRequest, Step
from reposter.craft.render.service import render
from reposter.craft.watermark import samples
from reposter.craft.watermark.judge import RunningJudge, verdict
from reposter.craft.watermark.mark import Judgement, Verdict
from reposter.craft.watermark.memory.file import load
from reposter.kit.errors import InvalidInput, StorageExhausted
from reposter.media.probe import probe
from reposter.vocabulary.rights import Basis

FPS = 24
SECONDS = 6.0
UNEVEN = (2, 4, 3, 3)  # hundredths of a second, so that 24 a second would be wrong almost everywhere


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw_clip(seconds=SECONDS, fps=FPS, dwell_seconds=1.8)


@pytest.fixture(scope="module")
def marked(drawn, tmp_path_factory) -> Path:
    return write(tmp_path_factory.mktemp("clips") / "marked.mp4", drawn.marked)


@dataclass(frozen=True)
class Cleaned:
    """What a whole run made, and what it said on the way."""

    report: RenderReport
    path: Path
    progress: tuple[dict, ...]


@pytest.fixture(scope="module")
def cleaned(marked, tmp_path_factory) -> Cleaned:
    path, seen = tmp_path_factory.mktemp("cleaned") / "done.mp4", []
    memory = path.with_name("memory.npz")
    report = make(a_request(marked, path, memory_path=memory, video_id="one"), seen.append)
    return Cleaned(report, path, tuple(seen))


@pytest.fixture
def out(tmp_path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "done.mp4"


def write(path, frames, *, times=None, quarter_turns=0, with_sound=False) -> Path:
    """Encode planes; `quarter_turns`: stored turned clockwise, and tagged to be turned back by the player."""
    with av.open(str(path), "w") as container:
        video = container.add_stream(
            "libx264", rate=FPS, options={"crf": "16", "preset": "ultrafast"}, time_base=Fraction(1, 90_000)
        )
        height, width = np.rot90(frames[0].y, -quarter_turns).shape
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        if quarter_turns:
            video.set_display_rotation(90 * quarter_turns)
        sound = container.add_stream("aac", rate=48_000, layout="stereo") if with_sound else None
        for index, planes in enumerate(frames):
            turned = [np.rot90(one, -quarter_turns) for one in (planes.y, planes.u, planes.v)]
            stacked = np.concatenate([one.reshape(-1, width) for one in turned])
            frame = VideoFrame.from_ndarray(np.ascontiguousarray(stacked), format="yuv420p")
            frame.pts = round((times[index] if times else Fraction(index, FPS)) * 90_000)
            frame.time_base = Fraction(1, 90_000)
            container.mux(video.encode(frame))
        container.mux(video.encode())
        if sound:
            for piece in tone(len(frames) / FPS, 440):
                container.mux(sound.encode(piece))
            container.mux(sound.encode())
    return path


def a_request(source, out, **changes) -> RenderRequest:
    steps = (Step("watermark_removal", True, changes.pop("settings", {})), Step("format_conversion"))
    return replace(RenderRequest(source, out, steps, basis=Basis.OWN, preset="ultrafast", crf=18), **changes)


def make(request, on_progress=lambda progress: None) -> RenderReport:
    return make_rendition(request, request.output_path.with_name(".done.mp4.x.part"), on_progress)


def removal_of(report):
    return report.step("watermark_removal")


def left_in(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def luma_of(path, index) -> np.ndarray:
    frame = frames_of(path)[index]
    return frame.to_ndarray(format="yuv420p")[: frame.height].astype(np.float32)


def psnr_in_mark(drawn: Drawn, path: Path, indexes=range(6, 140, 12)) -> float:
    """Of the file's frames against the clean ones, where the mark stands."""
    frames, squares = frames_of(path), []
    for index in indexes:
        place = drawn.states[index]
        inked = drawn.marks[place].alpha > 0.02
        image = frames[index].to_ndarray(format="yuv420p")[: drawn.size[1]]
        error = image.astype(np.float32) - drawn.clean[index].y
        squares.append(error[drawn.boxes[place].slices][inked] ** 2)
    return float(10 * np.log10(255**2 / np.concatenate(squares).mean()))


def test_a_sure_mark_is_taken_away_and_the_report_says_what_was_done(drawn, marked, cleaned):
    report, out = cleaned.report, cleaned.path
    assert removal_of(report).outcome is Outcome.DONE, removal_of(report).why
    assert report.step("format_conversion").action == "transcode"
    assert psnr_in_mark(drawn, out) > psnr_in_mark(drawn, marked) + 10
    details = removal_of(report).details
    assert details["basis"] == "own"
    assert details["mark"]["way"] == "jump"
    assert len(details["mark"]["places"]) == 2
    assert details["mark"]["places"][0]["alpha"]["median"] == pytest.approx(0.7, abs=0.1)
    assert details["judge"]["trial"]["verdict"] == details["judge"]["encode"]["verdict"] == "better"
    assert details["touched"]["frames"] > 120
    assert {"look", "detect", "estimate", "judge"} <= set(details["seconds"])
    assert RenderReport.from_dict(json.loads(json.dumps(report.to_dict()))) == report


def test_the_sidecar_shows_the_touched_pixels_and_frames(drawn, cleaned):
    path = Path(removal_of(cleaned.report).details["sidecar"])
    assert path == cleaned.path.with_name("done.mp4.watermark.json")
    said = json.loads(path.read_text())
    for place in said["places"]:
        left, top, right, bottom = place["box"]
        mask = cv2.imdecode(np.frombuffer(base64.b64decode(place["mask_png"]), np.uint8), cv2.IMREAD_GRAYSCALE)
        assert mask.shape == (bottom - top, right - left)
        assert int((mask > 0).sum()) == place["pixels"]
        assert any(box.x0 >= left - 2 and box.x1 <= right + 2 for box in drawn.boxes)
    ends = [one["end"] for one in said["segments"]]
    starts = [one["start"] for one in said["segments"]]
    assert starts == sorted(starts)
    assert ends[-1] == pytest.approx(SECONDS, abs=0.1)
    assert said["segments"][1]["first_frame"] == pytest.approx(drawn.segments[1].start * FPS, abs=2)


def test_a_clip_without_a_mark_takes_the_cheapest_way(drawn, tmp_path, out):
    clean = write(tmp_path / "clean.mp4", drawn.clean)
    report = make(a_request(clean, out))
    assert (removal_of(report).outcome, removal_of(report).details["mark"]) == (Outcome.SKIPPED, None)
    assert "no mark was found" in removal_of(report).why
    assert report.step("format_conversion").action == "copy"
    assert out.read_bytes() == clean.read_bytes()
    assert left_in(out.parent) == ["done.mp4"]


def test_without_a_ground_of_use_nothing_is_even_looked_at(marked, out):
    seen = []
    report = make(a_request(marked, out, basis=Basis.UNKNOWN), seen.append)
    assert removal_of(report).outcome is Outcome.HELD
    assert removal_of(report).details == {}
    assert {one["step"] for one in seen} == {"format_conversion"}
    assert out.read_bytes() == marked.read_bytes()


def test_the_look_tells_its_progress_before_the_conversion_does(cleaned):
    seen = cleaned.progress
    names = [one["step"] for one in seen]
    assert names == sorted(names, reverse=True)
    assert set(names) == {"watermark_removal", "format_conversion"}
    assert all(one["eta_seconds"] is not None for one in seen if one["done"])
    assert [one for one in seen if one["step"] == "watermark_removal"][-1]["fraction"] == 1.0


def test_a_doubtful_removal_is_held_with_both_versions(drawn, marked, out, monkeypatch):
    monkeypatch.setattr(verdict, "MATCH", (1.5, 1.6))
    other = out.with_name("cleaned.mp4")
    report = make(a_request(marked, out, alternative_path=other))
    assert removal_of(report).outcome is Outcome.HELD
    assert "waits for a person" in removal_of(report).why
    assert out.read_bytes() == marked.read_bytes()
    assert report.alternative.path == other
    assert psnr_in_mark(drawn, other) > psnr_in_mark(drawn, out) + 10
    assert left_in(out.parent) == ["cleaned.mp4", "cleaned.mp4.watermark.json", "done.mp4"]


def test_a_doubtful_removal_that_nobody_could_compare_is_not_even_made(marked, out, monkeypatch):
    monkeypatch.setattr(verdict, "MATCH", (1.5, 1.6))
    report = make(a_request(marked, out))
    assert removal_of(report).outcome is Outcome.HELD
    assert report.alternative is None
    assert left_in(out.parent) == ["done.mp4"]


def test_a_removal_that_would_be_worse_is_refused(marked, out, monkeypatch):
    monkeypatch.setattr(verdict, "MATCH_MIN", 2.0)
    report = make(a_request(marked, out, alternative_path=out.with_name("cleaned.mp4")))
    assert removal_of(report).outcome is Outcome.REFUSED
    assert "look worse" in removal_of(report).why
    assert out.read_bytes() == marked.read_bytes()
    assert left_in(out.parent) == ["done.mp4"]


def test_a_removal_that_turns_out_worse_on_the_way_is_undone(marked, out, monkeypatch):
    worse = Judgement(1.0, -0.5, 9.0, 0.0, Verdict.WORSE, "as the test says")
    monkeypatch.setattr(RunningJudge, "judgement", lambda self, *, may_invent=False: worse)
    report = make(a_request(marked, out))
    assert removal_of(report).outcome is Outcome.REFUSED
    assert removal_of(report).details["judge"]["trial"]["verdict"] == "better"
    assert removal_of(report).details["touched"] is None
    assert out.read_bytes() == marked.read_bytes()
    assert left_in(out.parent) == ["done.mp4"]


def test_a_run_that_finds_nothing_leaves_no_sidecar_of_an_earlier_one(drawn, tmp_path, out):
    out.with_name("done.mp4.watermark.json").write_text("{}")
    make(a_request(write(tmp_path / "clean.mp4", drawn.clean), out))
    assert left_in(out.parent) == ["done.mp4"]


def test_a_protected_mark_stays(drawn, marked, out):
    report = make(a_request(marked, out, settings={"protect": [[0.0, 0.0, 1.0, 1.0]]}))
    assert removal_of(report).outcome is Outcome.SKIPPED
    assert {one["reason"] for one in removal_of(report).details["left"]} >= {"protected"}
    assert out.read_bytes() == marked.read_bytes()


def test_a_good_removal_teaches_the_memory(cleaned):
    assert removal_of(cleaned.report).details["learnt"] is True
    assert [one.video_id for one in load(cleaned.path.with_name("memory.npz")).siblings] == ["one"]


def test_a_removal_that_went_well_goes_out_though_nothing_could_be_learnt(marked, out, tmp_path):
    memory = tmp_path / "memory.npz"
    memory.with_name("memory.npz.lock").mkdir()
    step = removal_of(make(a_request(marked, out, memory_path=memory)))
    assert (step.outcome, step.details["learnt"]) == (Outcome.DONE, False)
    assert "cannot be written" in step.details["not_learnt"]


def test_nothing_is_learnt_without_a_ground_of_use_or_from_a_doubtful_removal(marked, out, tmp_path, monkeypatch):
    memory = tmp_path / "memory.npz"
    make(a_request(marked, out, memory_path=memory, basis=Basis.UNKNOWN))
    monkeypatch.setattr(verdict, "MATCH", (1.5, 1.6))
    make(a_request(marked, out, memory_path=memory))
    assert not memory.exists()


def test_a_clip_that_a_phone_stored_turned_is_cleaned_upright(drawn, tmp_path, out):
    source = write(tmp_path / "turned.mp4", drawn.marked, quarter_turns=1)
    assert probe(source).video.rotation_degrees in (90, 270)
    report = make(a_request(source, out))
    assert removal_of(report).outcome is Outcome.DONE, removal_of(report).why
    assert (report.output.video.width, report.output.video.height) == drawn.size
    assert psnr_in_mark(drawn, out) > 30


def test_a_variable_rate_and_the_sound_survive_to_the_bit(drawn, tmp_path, out):
    hundredths = np.cumsum([0, *(UNEVEN * 60)])[: len(drawn.marked)] * 4 / 3
    times = [Fraction(round(float(one) * 900), 90_000) for one in hundredths]
    source = write(tmp_path / "uneven.mp4", drawn.marked, times=times, with_sound=True)
    report = make(a_request(source, out))
    assert removal_of(report).outcome is Outcome.DONE, removal_of(report).why
    assert report.input.video.is_variable_rate
    assert times_of(out) == times_of(source)
    assert sound_packets_of(out) == sound_packets_of(source)
    assert psnr_in_mark(drawn, out) > 30


def test_the_picture_away_from_the_mark_is_what_a_plain_conversion_makes_of_it(drawn, marked, cleaned):
    before, after = luma_of(marked, 100), luma_of(cleaned.path, 100)
    away = np.ones(before.shape, bool)
    for box in drawn.boxes:
        away[box.grown(12, 12, drawn.size).slices] = False
    assert np.abs(before - after)[away].mean() < 1.5


def test_a_child_removes_a_mark_and_a_full_disk_leaves_nothing(marked, out):
    report = render(a_request(marked, out))
    assert removal_of(report).outcome is Outcome.DONE
    out.unlink()
    out.with_name("done.mp4.watermark.json").unlink()
    small = replace(limits_for(probe(marked), removes_mark=True), file_bytes=1 << 20)
    with pytest.raises(StorageExhausted):
        render(a_request(marked, out), limits=small)
    assert left_in(out.parent) == []


@pytest.mark.parametrize("at_step", ["watermark_removal", "format_conversion"])
def test_cancelling_leaves_nothing(marked, out, at_step):
    class Cancelled(Exception):
        pass

    def cancel(progress):
        if progress["step"] == at_step:
            raise Cancelled

    with pytest.raises(Cancelled):
        render(a_request(marked, out), on_progress=cancel)
    assert left_in(out.parent) == []


def test_the_limits_leave_room_for_what_the_search_keeps(marked):
    info = probe(marked)
    large = replace(info, video=replace(info.video, width=1080, height=1920), size_bytes=1 << 20)
    whole = samples.WHOLE_MAX * samples.picture_bytes((1080, 1920))
    assert PICTURES_KEPT_MAX >= samples.WHOLE_MAX
    assert SMALL_KEPT_BYTES_MAX >= samples.LOOKS_MAX * samples.SMALL_SIDE * 640
    assert limits_for(large, removes_mark=True).file_bytes >= whole
    assert kept_bytes(large) >= whole
    assert limits_for(info, removes_mark=True).wall_seconds > limits_for(info).wall_seconds


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"method": "delogo"}, "method cannot be 'delogo'"),
        ({"doubtful": "publish"}, "doubtful cannot be 'publish'"),
        ({"inpaint": "yes"}, "inpaint cannot be 'yes'"),
        ({"protect": "all of it"}, "protect is a list of regions"),
        ({"marks": [3]}, "marks is a list of regions"),
        ({"marks": [[0.1, 0.1, 0.2]]}, "not four numbers"),
        ({"marks": [[0.1, 0.1, "x", 0.2]]}, "not four numbers"),
        ({"marks": [[0.1, 0.1, float("nan"), 0.2]]}, "not four numbers"),
        ({"marks": [[0.3, 0.1, 0.2, 0.2]]}, "no area"),
        ({"protect": [[0.1, 0.1, 1.2, 0.2]]}, "out of the picture"),
        ({"protect": [[0.1, 0.1, 0.2, 0.2]] * 17}, "17 regions"),
    ],
)
def test_wishes_that_make_no_sense_are_refused_before_a_child_starts(tmp_path, out, settings, said):
    source = tmp_path / "in.mp4"
    source.write_text("never opened")
    with pytest.raises(InvalidInput, match=said) as caught:
        render(a_request(source, out, settings=settings))
    assert caught.value.hint


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"memory_path": "out"}, "is a folder"),
        ({"memory_path": "nowhere/memory.npz"}, "does not exist"),
        ({"alternative_path": "in.mp4"}, "named twice"),
        ({"alternative_path": "out/done.mp4"}, "named twice"),
        ({"alternative_path": "out/../in.mp4"}, "named twice"),
        ({"alternative_path": "both", "memory_path": "both"}, "named twice"),
    ],
)
def test_files_that_are_in_the_way_are_refused(tmp_path, out, changes, said):
    source = tmp_path / "in.mp4"
    source.write_text("never opened")
    with pytest.raises(InvalidInput, match=said):
        render(a_request(source, out, **{name: tmp_path / path for name, path in changes.items()}))


def test_a_file_that_is_no_memory_is_said_to_be_none(marked, out, tmp_path):
    memory = tmp_path / "memory.npz"
    memory.write_text("not a memory")
    with pytest.raises(InvalidInput) as caught:
        make(a_request(marked, out, memory_path=memory))
    assert caught.value.hint
    assert left_in(out.parent) == []
