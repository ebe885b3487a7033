"""The one pass: effects in order, stills from what they made, progress that is told with measure."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest
from av.video.frame import VideoFrame
from clips import draw, frames_of, sound_packets_of, times_of

from reposter.craft.convert.plan import Action, Plan
from reposter.craft.render import progress
from reposter.craft.render.chain import transcode
from reposter.craft.render.progress import Ticker
from reposter.craft.thumbnails.pick import StillPicker
from reposter.media.source import open_source
from reposter.media.writer import Encoding


@dataclass
class Brighter:
    """Adds to the brightness, and looks `ahead` frames ahead to prove that holding back is allowed."""

    name: str = "brighter"
    by: int = 20
    times: int = 1
    ahead: int = 3

    def apply(self, frames):
        held = []
        for frame in frames:
            held.append(frame)
            if len(held) > self.ahead:
                yield self._brighten(held.pop(0))
        yield from map(self._brighten, held)

    def _brighten(self, frame):
        picture = frame.image.to_ndarray(format="yuv420p").astype(int)
        picture[: frame.image.height] = picture[: frame.image.height] * self.times + self.by
        return replace(frame, image=VideoFrame.from_ndarray(picture.clip(0, 255).astype(np.uint8), format="yuv420p"))


def run(source_path, path, *effects, wanted=()):
    stills = StillPicker(wanted)
    plan = Plan(Action.TRANSCODE, ("test",), (368, 480))
    with open_source(source_path) as source:
        passed = transcode(
            source, plan, Encoding("ultrafast", 10), path, effects=effects, stills=stills, on_frame=lambda done: None
        )
    return passed, stills.stills()


def luma(path):
    return frames_of(path)[3].to_ndarray(format="yuv420p")[10, 10]


def test_effects_change_the_picture_and_nothing_else(tmp_path):
    source = draw(tmp_path / "in.mp4")
    passed, _ = run(source, tmp_path / "out.mp4", Brighter())
    assert luma(tmp_path / "out.mp4") == pytest.approx(luma(source) + 20, abs=2)
    assert times_of(tmp_path / "out.mp4") == times_of(source)
    assert sound_packets_of(tmp_path / "out.mp4") == sound_packets_of(source)
    assert passed.frames == 30


def test_effects_run_in_the_order_given(tmp_path):
    source = draw(tmp_path / "in.mp4")
    run(source, tmp_path / "a.mp4", Brighter(by=10), Brighter(by=0, times=2))
    run(source, tmp_path / "b.mp4", Brighter(by=0, times=2), Brighter(by=10))
    assert luma(tmp_path / "a.mp4") == pytest.approx(luma(tmp_path / "b.mp4") + 10, abs=2)


def test_stills_show_what_the_effects_made(tmp_path):
    source = draw(tmp_path / "in.mp4")
    (plain,), (bright,) = (
        run(source, tmp_path / "out.mp4", *effects, wanted=[0.5])[1] for effects in ((), (Brighter(by=60),))
    )
    means = [cv2.imdecode(np.frombuffer(still.jpeg, np.uint8), cv2.IMREAD_COLOR).mean() for still in (plain, bright)]
    assert means[1] > means[0] + 25


def test_progress_is_told_at_most_once_an_interval_and_always_at_the_end(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    told = []
    ticker = Ticker("format_conversion", 100, told.append)
    for done in range(1, 101):
        now[0] += 0.01
        ticker.tick(done)
    ticker.finish(100)
    assert len(told) == 5
    assert told[0]["done"] == 1
    assert told[-1] == {"step": "format_conversion", "done": 100, "total": 100, "fraction": 1.0, "eta_seconds": 0.0}
    assert told[2]["eta_seconds"] == pytest.approx(0.49, abs=0.05)


def test_a_total_that_was_too_low_is_stretched():
    told = []
    Ticker("format_conversion", 10, told.append).tick(25)
    assert (told[0]["total"], told[0]["fraction"]) == (25, 1.0)
