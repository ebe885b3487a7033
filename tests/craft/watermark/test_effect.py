"""Taking a known mark out of a clip: frames in, frames out."""

import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from av.video.frame import VideoFrame
from drawing import samples_of, write_clip

from reposter.craft.watermark.effect import MarkRemoval
from reposter.craft.watermark.mark import Shown
from reposter.craft.watermark.restore.pictures import NOTHING
from reposter.craft.watermark.restore.references import References
from reposter.craft.watermark.restore.timeline import Timeline
from reposter.media.frames import TimedFrame
from reposter.media.reader import Reader
from reposter.media.source import open_source

sys.path.insert(0, str(Path(__file__).parent / "restore"))
from truth import clip, true_matte, true_sighting


class Told:
    """Whereabouts as the drawing knows them."""

    def __init__(self, drawn):
        self._drawn = drawn

    def shown(self, seconds, luma):
        index = min(int(seconds * self._drawn.fps + 1e-6), len(self._drawn.states) - 1)
        place = self._drawn.states[index]
        return (Shown(place, self._drawn.strengths[index]),) if place >= 0 else ()


class NoReferences:
    def of(self, place, seconds, box):
        return NOTHING


class Notes:
    """A witness that wants every second place it is offered."""

    def __init__(self, mattes):
        self._mattes = mattes
        self.offered = 0
        self.seen = []

    def wants(self, place, strength):
        self.offered += 1
        return self.offered % 2 == 1

    def box_of(self, place):
        return self._mattes[place].box

    def see(self, place, before, after):
        self.seen.append((place, before, after))


def mattes_of(drawn):
    return [true_matte(drawn, place) for place in range(len(drawn.marks))]


def removal_of(drawn, **options):
    return MarkRemoval(mattes_of(drawn), Told(drawn), NoReferences(), **options)


def frames_of(drawn, starts=None):
    width = drawn.size[0]
    for index, planes in enumerate(drawn.marked):
        stacked = np.concatenate([one.reshape(-1, width) for one in (planes.y, planes.u, planes.v)])
        image = VideoFrame.from_ndarray(stacked, format="yuv420p")
        image.pts, image.time_base = index * 100, Fraction(1, 9000)
        start = Fraction(index, drawn.fps) if starts is None else starts[index]
        yield TimedFrame(image, start, Fraction(1, drawn.fps))


def luma_of(frame):
    return frame.image.to_ndarray()[: frame.image.height]


def error_in(frame, planes, box):
    return np.sqrt(((luma_of(frame)[box.slices].astype(float) - planes.y[box.slices]) ** 2).mean())


def test_the_mark_is_gone_from_every_frame():
    drawn = clip(grain=0.0, seconds=4.0)
    for index, frame in enumerate(removal_of(drawn).apply(frames_of(drawn))):
        assert error_in(frame, drawn.clean[index], drawn.boxes[drawn.states[index]]) < 3


def test_everything_else_is_bit_identical():
    drawn = clip(seconds=3.0)
    mattes = mattes_of(drawn)
    for index, frame in enumerate(removal_of(drawn).apply(frames_of(drawn))):
        matte = mattes[drawn.states[index]]
        untouched = np.ones(drawn.size[::-1], bool)
        untouched[matte.box.slices] = ~matte.touched
        assert np.array_equal(luma_of(frame)[untouched], drawn.marked[index].y[untouched])


def test_frames_keep_their_number_times_and_colour_tags():
    drawn = clip(seconds=2.0)
    given = list(frames_of(drawn))
    for frame in given:
        frame.image.colorspace, frame.image.color_range = 1, 1
    kept = [(one.start, one.duration, one.image.pts, one.image.time_base) for one in given]
    mended = list(removal_of(drawn).apply(iter(given)))
    assert [(one.start, one.duration, one.image.pts, one.image.time_base) for one in mended] == kept
    assert {(int(one.image.colorspace), int(one.image.color_range)) for one in mended} == {(1, 1)}


def test_uneven_times_are_followed():
    drawn = clip(seconds=4.0)
    random = np.random.default_rng(5)
    starts = [Fraction(index, drawn.fps) + Fraction(int(random.integers(0, 60)), 1000) for index in range(60)]
    removal = removal_of(drawn)
    for index, frame in enumerate(removal.apply(frames_of(drawn, starts))):
        assert frame.start == starts[index]
        assert error_in(frame, drawn.clean[index], drawn.boxes[drawn.states[index]]) < 6
    jump = drawn.states.index(1)
    assert removal.touched.segments[1].start == float(starts[jump])


def test_an_unmarked_stretch_is_not_touched():
    drawn = clip(seconds=2.0)
    nowhere = type(drawn)(**{**vars(drawn), "states": (-1,) * len(drawn.states)})
    removal = removal_of(nowhere)
    given = list(frames_of(drawn))
    buffers = [one.image.planes[0].buffer_ptr for one in given]
    mended = list(removal.apply(iter(given)))
    assert [one.image.planes[0].buffer_ptr for one in mended] == buffers
    assert removal.touched.frames == removal.touched.pixels == 0
    assert removal.touched.segments == ()


def test_the_decoder_does_not_build_on_mended_frames(tmp_path):
    drawn = clip(seconds=3.0)
    path = write_clip(tmp_path / "marked.mp4", drawn.marked, drawn.fps)
    with open_source(path) as source:
        plain = [luma_of(frame).copy() for frame in Reader(source).frames()]
    with open_source(path) as source:
        mended = [luma_of(frame).copy() for frame in removal_of(drawn).apply(Reader(source).frames())]
    assert len(mended) == len(plain)
    changed = 0
    for index, (before, after) in enumerate(zip(plain, mended, strict=True)):
        box = true_matte(drawn, drawn.states[index]).box
        outside = np.ones(before.shape, bool)
        outside[box.slices] = False
        assert np.array_equal(before[outside], after[outside])
        inside_other = drawn.boxes[1 - drawn.states[index]].slices
        assert np.array_equal(before[inside_other], after[inside_other])
        changed += not np.array_equal(before, after)
    assert changed == len(plain)


def test_what_was_touched_is_counted():
    drawn = clip(seconds=4.0)
    removal = removal_of(drawn)
    count = sum(1 for _ in removal.apply(frames_of(drawn)))
    touched = removal.touched
    assert touched.frames == count
    pixels = [int(matte.touched.sum()) for matte in mattes_of(drawn)]
    assert touched.pixels == sum(pixels[state] for state in drawn.states)
    assert [one.place for one in touched.segments] == [one.place for one in drawn.segments]
    assert touched.segments[-1].end == pytest.approx(4.0)


def test_a_witness_sees_what_it_wants_before_and_after():
    drawn = clip(seconds=2.0)
    mattes = mattes_of(drawn)
    notes = Notes(mattes)
    count = sum(1 for _ in removal_of(drawn, witness=notes).apply(frames_of(drawn)))
    assert notes.offered == count
    assert len(notes.seen) == (count + 1) // 2
    for number, (place, before, after) in enumerate(notes.seen):
        assert np.array_equal(before, drawn.marked[2 * number].y[mattes[place].box.slices])
        assert not np.array_equal(before, after)


def test_a_whole_clip_is_mended_by_what_the_first_pass_kept():
    drawn = clip(fade_frames=4, seed=2)
    samples, sighting, mattes = samples_of(drawn), true_sighting(drawn), mattes_of(drawn)
    timeline = Timeline(samples, sighting, mattes)
    removal = MarkRemoval(mattes, timeline, References(samples, timeline.states))
    before, after = [], []
    for index, frame in enumerate(removal.apply(frames_of(drawn))):
        box = drawn.boxes[drawn.states[index]].slices
        clean = drawn.clean[index].y[box].astype(float)
        before.append(((drawn.marked[index].y[box] - clean) ** 2).mean())
        after.append(((luma_of(frame)[box] - clean) ** 2).mean())
    assert np.mean(after) < 0.02 * np.mean(before)
    assert np.max(after) < 0.1 * np.max(before)


def test_tall_pictures_work_too():
    drawn = clip(size=(1080, 1920), seconds=0.5, fps=4, dwell_seconds=0.5)
    for index, frame in enumerate(removal_of(drawn).apply(frames_of(drawn))):
        assert error_in(frame, drawn.clean[index], drawn.boxes[drawn.states[index]]) < 5


def test_opaque_ink_is_guessed_only_where_that_is_allowed():
    drawn = clip(opacity=1.0, shadow=0.0, speed=60.0, grain=0.5, seconds=3.0)
    careful = [luma_of(frame).copy() for frame in removal_of(drawn).apply(frames_of(drawn))]
    bold = [luma_of(frame).copy() for frame in removal_of(drawn, may_inpaint=True).apply(frames_of(drawn))]
    assert np.array_equal(careful[0], bold[0])  # nothing was seen before
    assert not np.array_equal(careful[1], bold[1])
    clear = np.ones(drawn.size[::-1], bool)
    for matte in mattes_of(drawn):
        clear[matte.box.slices] &= ~matte.touched
    assert all(np.array_equal(one[clear], other[clear]) for one, other in zip(careful, bold, strict=True))


def test_a_place_that_was_left_begins_anew():
    drawn = clip(seconds=5.0, dwell_seconds=1.5)
    frames = list(frames_of(drawn))
    again = next(one for one in range(1, 75) if drawn.states[one] == 0 != drawn.states[one - 1])
    fresh = [luma_of(one).copy() for one in removal_of(drawn).apply(iter(list(frames_of(drawn))[again : again + 2]))]
    played = [luma_of(one).copy() for one in removal_of(drawn).apply(iter(frames[: again + 2]))]
    assert np.array_equal(played[again], fresh[0])
    assert np.array_equal(played[again + 1], fresh[1])
