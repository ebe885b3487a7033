"""What probing says of files of many kinds."""

from fractions import Fraction

import pytest
from clips import UPRIGHT_CORNERS, corners, draw, frames_of

from reposter.media import orientation
from reposter.media.inspection import probe_in_child
from reposter.media.probe import probe
from reposter.media.verify import verify_playable


def test_a_plain_clip_is_described_as_it_was_drawn(tmp_path):
    info = probe(draw(tmp_path / "plain.mp4"))
    assert (info.container, info.video.codec, info.audio.codec) == ("mp4", "h264", "aac")
    assert (info.video.width, info.video.height, info.video.frame_rate, info.video.frames) == (368, 480, 30.0, 30)
    assert (info.audio.sample_rate, info.audio.channels) == (48_000, 2)
    assert info.duration_seconds == pytest.approx(1.0, abs=0.05)
    assert info.size_bytes == (tmp_path / "plain.mp4").stat().st_size
    assert not (info.video.is_variable_rate or info.video.is_hdr or info.video.is_mirrored)
    assert info.video.has_square_pixels and info.video.rotation_degrees == 0


@pytest.mark.parametrize(("stored", "clockwise"), [(90, 270), (180, 180), (270, 90), (-90, 90)])
def test_rotation_is_told_clockwise_and_swaps_the_sides(tmp_path, stored, clockwise):
    info = probe(draw(tmp_path / "turned.mp4", rotation_degrees=stored))
    assert info.video.rotation_degrees == clockwise
    assert (info.video.width, info.video.height) == ((480, 368) if clockwise in (90, 270) else (368, 480))


def test_pixels_that_are_not_square_are_stretched_in_the_size_told(tmp_path):
    info = probe(draw(tmp_path / "wide.mp4", pixel_aspect=Fraction(3, 2)))
    assert (info.video.width, info.video.height) == (552, 480)
    assert not info.video.has_square_pixels


def test_a_variable_rate_is_noticed(tmp_path):
    times = [Fraction(n * n, 300) for n in range(15)]
    assert probe(draw(tmp_path / "vfr.mp4", times=times)).video.is_variable_rate


@pytest.mark.parametrize("rate", [24, 30])
def test_milliseconds_of_webm_are_no_variable_rate(tmp_path, rate):
    path = draw(tmp_path / "steady.webm", container="webm", codec="libvpx", sound="libopus", rate=rate)
    info = probe(path)
    assert not info.video.is_variable_rate
    assert (info.container, info.video.codec, info.audio.codec) == ("matroska", "vp8", "opus")
    assert info.video.frame_rate == pytest.approx(rate, abs=0.1)


@pytest.mark.parametrize(("transfer", "is_hdr"), [(16, True), (18, True), (1, False)])
def test_hdr_is_told_by_its_transfer(tmp_path, transfer, is_hdr):
    colours = (9, transfer, 9) if is_hdr else (1, 1, 1)
    path = draw(tmp_path / "hdr.mp4", pixel_format="yuv420p10le", colours=colours)
    info = probe(path)
    assert info.video.is_hdr is is_hdr
    assert info.video.pixel_format == "yuv420p10le"


def test_a_clip_without_sound_has_none(tmp_path):
    assert probe(draw(tmp_path / "mute.mp4", sound=None)).audio is None


def test_a_single_frame_is_a_clip(tmp_path):
    info = probe(draw(tmp_path / "one.mp4", seconds=1 / 30, sound=None))
    assert info.video.frames == 1
    assert info.duration_seconds > 0


@pytest.mark.parametrize("container", ["mp4", "matroska", "mpegts"])
def test_a_late_beginning_does_not_count_as_length(tmp_path, container):
    times = [Fraction(3) + Fraction(n, 30) for n in range(30)]
    path = draw(tmp_path / "late.bin", container=container, times=times, sound=None)
    assert verify_playable(path).duration_seconds == pytest.approx(1.0, abs=0.04)


def test_a_codec_is_called_by_its_own_name_not_its_decoders(tmp_path):
    info = probe(draw(tmp_path / "in.mkv", container="matroska", sound="mp3", seconds=0.3))
    assert info.audio.codec == "mp3"


def test_a_quicktime_file_is_told_from_an_mp4(tmp_path):
    assert probe(draw(tmp_path / "clip.mov", container="mov")).container == "mov"


def test_a_child_answers_the_same(tmp_path):
    path = draw(tmp_path / "plain.mp4", rotation_degrees=90)
    assert probe_in_child(path) == probe(path)


@pytest.mark.parametrize("matrix", list(orientation.ORIENTATIONS))
def test_every_right_angle_and_mirror_is_known(matrix):
    a, b, c, d = (n * 65536 for n in matrix)
    raw = b"".join(n.to_bytes(4, "little", signed=True) for n in (a, b, 0, c, d, 0, 0, 0, 1 << 30))
    assert orientation.from_matrix(raw) == orientation.ORIENTATIONS[matrix]


@pytest.mark.parametrize("raw", [b"", b"\0" * 36, b"\xff" * 8])
def test_a_nonsense_matrix_means_upright(raw):
    assert orientation.from_matrix(raw) == orientation.UPRIGHT


def test_the_drawn_clip_has_the_corners_that_other_tests_rely_on(tmp_path):
    assert corners(frames_of(draw(tmp_path / "c.mp4"))[0].to_ndarray(format="rgb24")) == UPRIGHT_CORNERS
