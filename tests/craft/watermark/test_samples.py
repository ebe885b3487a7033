"""The first pass keeps enough, and never more than its limits."""

from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from drawing import draw_clip, write_clip

from reposter.craft.watermark import samples as module
from reposter.craft.watermark.picture import Box
from reposter.craft.watermark.samples import picture_bytes, sampled, samples_of, shrink
from reposter.media.errors import UnreadableMedia
from reposter.media.source import open_source

SIZE = (96, 128)
BOX = Box(10, 20, 50, 60)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    drawn = draw_clip(size=SIZE, seconds=6, fps=10, places=())
    return write_clip(tmp_path_factory.mktemp("clip") / "in.mp4", drawn.clean, 10, crf=1, options={"bf": "0"}), drawn


def look_through(path, folder, *, seconds=6.0, size=SIZE, check=lambda samples: samples):
    heard = []
    with (
        open_source(path) as source,
        sampled(source, size, folder=folder, seconds=seconds, on_look=heard.append) as found,
    ):
        return check(found), heard


def write_at(path, times, size=SIZE):
    """One grey frame for each time in seconds."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"bf": "0"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for index, seconds in enumerate(times):
            frame = VideoFrame.from_ndarray(np.full((size[1] * 3 // 2, size[0]), 40 + index % 150, np.uint8), "yuv420p")
            frame.pts, frame.time_base = round(seconds * 1000), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def test_a_clip_is_looked_at_five_times_a_second(clip, tmp_path):
    found, heard = look_through(clip[0], tmp_path)
    np.testing.assert_allclose(found.times, np.arange(30) / 5, atol=1e-6)
    assert heard == found.times.tolist()
    assert len(found.small) == len(list(found.small)) == len(found) == 30
    assert len(found.fine_times) == 60  # there are no more frames
    assert found.whole_looks == tuple(range(30))


def test_a_place_comes_back_as_it_was(clip, tmp_path):
    path, drawn = clip

    def check(found):
        for index in (0, 7, 29):
            true = drawn.clean[index * 2]
            planes = found.planes(index, BOX)
            assert np.abs(planes.y.astype(int) - true.y[BOX.slices]).mean() < 2
            assert np.abs(planes.u.astype(int) - true.u[BOX.halved.slices]).mean() < 3
            assert np.abs(planes.v.astype(int) - true.v[BOX.halved.slices]).mean() < 3
            np.testing.assert_array_equal(found.luma(index, BOX), planes.y)
            np.testing.assert_array_equal(found.fine_luma(found.looks[index], BOX), planes.y)
            np.testing.assert_array_equal(found.small[index][BOX.slices], planes.y)

    look_through(path, tmp_path, check=check)


def test_nothing_stays_in_the_folder(clip, tmp_path):
    look_through(clip[0], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_pictures_are_scaled_to_the_wanted_size(clip, tmp_path):
    found, _ = look_through(clip[0], tmp_path, size=(720, 960))
    assert (found.size, found.factor, found.small[0].shape) == ((720, 960), 2, (480, 360))


def test_frames_at_uneven_times_are_looked_at_evenly(tmp_path):
    times = np.cumsum(np.random.default_rng(2).uniform(0.01, 0.09, 160))
    found, _ = look_through(write_at(tmp_path / "in.mp4", times), tmp_path, seconds=times[-1])
    assert np.diff(found.times).max() < 0.31
    assert len(found) == pytest.approx(5 * (times[-1] - times[0]), rel=0.1)


def test_a_still_of_minutes_is_no_trouble(tmp_path):
    found, _ = look_through(write_at(tmp_path / "in.mp4", [0, 0.1, 200]), tmp_path, seconds=200)
    assert found.times[-1] == pytest.approx(200)


def test_one_frame_is_one_look(tmp_path):
    found, _ = look_through(write_at(tmp_path / "in.mp4", [0]), tmp_path, seconds=0.03)
    assert len(found) == len(found.small) == 1
    assert found.looks == (0,)


@pytest.fixture
def small_limits(monkeypatch):
    monkeypatch.setattr(module, "LOOKS_MAX", 60)
    monkeypatch.setattr(module, "WHOLE_MAX", 20)
    monkeypatch.setattr(module, "SMALL_IN_MEMORY", 7)


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("seconds_said", [24.0, 0.0, 5.0], ids=["true", "unknown", "too short"])
def test_a_long_clip_keeps_no_more_than_the_limits(tmp_path, seconds_said):
    path = write_at(tmp_path / "in.mp4", [index / 10 for index in range(240)])

    def check(found):
        found.store.seek(0, 2)
        assert found.store.tell() == len(found.fine_times) * picture_bytes(SIZE)
        assert len(found.fine_times) <= 20 + 3
        assert len(found) <= 110
        for index in (0, 6, 7, 30, len(found) - 1):  # in memory and on the disk
            assert int(np.median(found.small[index])) == pytest.approx(40 + round(found.times[index] * 10) % 150, abs=3)
        return found

    found, _ = look_through(path, tmp_path, seconds=seconds_said, check=check)
    assert found.times[-1] > 23
    assert len(found.whole_looks) < len(found)
    for look, fine in enumerate(found.looks):
        assert abs(found.fine_times[fine] - found.times[look]) == np.abs(found.fine_times - found.times[look]).min()


@pytest.mark.usefixtures("small_limits")
def test_looks_beyond_the_end_are_refused(tmp_path):
    path = write_at(tmp_path / "in.mp4", [index / 10 for index in range(30)])

    def check(found):
        with pytest.raises(IndexError):
            found.small[len(found)]
        np.testing.assert_array_equal(found.small[-1], found.small[len(found) - 1])

    look_through(path, tmp_path, seconds=3.0, check=check)


def test_a_clip_that_was_cut_short_is_an_error_with_a_remedy(clip, tmp_path):
    whole = clip[0].read_bytes()
    damaged = tmp_path / "cut.mp4"
    moov = whole.rindex(b"moov") - 4
    damaged.write_bytes(whole[: moov // 2] + b"\0" * (moov - moov // 2) + whole[moov:])
    with pytest.raises(UnreadableMedia) as caught:
        look_through(damaged, tmp_path)
    assert caught.value.hint


def test_samples_can_be_made_of_pictures():
    drawn = draw_clip(size=(720, 960), seconds=1, fps=5, places=())
    found = samples_of(drawn.clean, [0, 0.2, 0.4, 0.6, 0.8])
    np.testing.assert_array_equal(found.small[3], shrink(drawn.clean[3].y, 2))
    np.testing.assert_array_equal(found.planes(3, BOX).v, drawn.clean[3].v[BOX.halved.slices])


def test_a_small_picture_holds_means():
    picture = np.arange(35, dtype=np.uint8).reshape(5, 7) * 4
    assert shrink(picture, 2).tolist() == [[16, 24, 32], [72, 80, 88]]
