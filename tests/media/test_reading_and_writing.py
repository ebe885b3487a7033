"""Frames in, file out: times, colours, turns, sizes and sound survive."""

from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
from clips import UPRIGHT_CORNERS, corners, draw, frames_of, sound_packets_of, times_of
from hypothesis import given
from hypothesis import strategies as st

from reposter.kit.errors import StorageExhausted
from reposter.media.probe import probe
from reposter.media.reader import Reader, frame_at
from reposter.media.remux import remux
from reposter.media.source import open_source
from reposter.media.verify import verify_playable
from reposter.media.writer import Encoding, Picture, Writer, exact_time_base

FULL_RANGE = 2
FAST = Encoding(preset="ultrafast", crf=18)


def rewrite(source_path, path, *, encoding=FAST, size=None):
    """Decode and encode a clip as the chain does, without effects."""
    info = probe(source_path)
    size = size or (info.video.width // 2 * 2, info.video.height // 2 * 2)
    with (
        open_source(source_path) as source,
        Writer(path, Picture.like(source, size, None), encoding, sound_of=source) as writer,
    ):
        for frame in Reader(source, size=size, on_audio=writer.write_sound).frames():
            writer.write_frame(frame)
    return path


def first_picture(path):
    return frames_of(path)[0].to_ndarray(format="rgb24")


def test_a_quick_look_leaves_out_frames_without_changing_the_others_or_the_next_pass(tmp_path):
    quick_options = {"preset": "veryfast", "g": "30", "bf": "3"}
    source = draw(tmp_path / "in.mp4", sound=None, options=quick_options)

    def pictures(**options):
        with open_source(source) as opened:
            return {one.start: one.image.to_ndarray() for one in Reader(opened, **options).frames()}

    whole, quick = pictures(), pictures(skips_unreferenced=True)
    assert 0 < len(quick) < len(whole)
    assert all(np.array_equal(picture, whole[start]) for start, picture in quick.items())
    assert len(pictures()) == len(whole)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_turned_clip_comes_out_upright_and_without_a_tag(tmp_path, rotation):
    source = draw(tmp_path / "in.mp4", rotation_degrees=rotation)
    out = rewrite(source, tmp_path / "out.mp4")
    assert probe(out).video.rotation_degrees == 0
    turned = np.rot90(first_picture(source), rotation // 90)  # both count counter-clockwise
    assert corners(first_picture(out)) == corners(turned)
    assert first_picture(out).shape == turned.shape


def test_a_mirrored_clip_comes_out_as_it_was_meant(tmp_path):
    source = tmp_path / "in.mp4"
    with av.open(str(source), "w") as container, av.open(str(draw(tmp_path / "plain.mp4", sound=None))) as plain:
        video = container.add_stream_from_template(plain.streams.video[0], opaque=True)
        video.set_display_rotation(0, hflip=True)
        for packet in plain.demux(video=0):
            if packet.size:
                packet.stream = video
                container.mux(packet)
    assert probe(source).video.is_mirrored
    out = rewrite(source, tmp_path / "out.mp4")
    assert not probe(out).video.is_mirrored
    assert corners(first_picture(out)) == corners(first_picture(source)[:, ::-1])


def test_a_variable_rate_keeps_every_frames_own_time(tmp_path):
    times = [Fraction(n * n + n, 900) for n in range(20)]
    source = draw(tmp_path / "in.mp4", times=times, seconds=0.5)
    out = rewrite(source, tmp_path / "out.mp4")
    assert times_of(out) == times_of(source) == times


def test_the_last_frame_of_a_variable_rate_is_shown_as_long_as_before(tmp_path):
    times = [Fraction(n * n + n, 900) for n in range(20)]
    source = tmp_path / "in.mp4"
    with open_source(draw(tmp_path / "drawn.mp4", times=times, sound=None)) as opened:
        picture = Picture.like(opened, (368, 480), None)
        with Writer(source, picture, FAST) as writer:
            for frame in Reader(opened).frames():
                writer.write_frame(replace(frame, duration=Fraction(1, 2)) if frame.start == times[-1] else frame)
    assert probe(source).duration_seconds == pytest.approx(float(times[-1]) + 0.5, abs=0.002)
    out = rewrite(source, tmp_path / "out.mp4")
    assert probe(out).duration_seconds == pytest.approx(probe(source).duration_seconds, abs=0.002)


@pytest.mark.parametrize("rate", [24, 25, 30, 50, 60])
def test_an_even_rate_stays_exact(tmp_path, rate):
    out = rewrite(draw(tmp_path / "in.mp4", rate=rate), tmp_path / "out.mp4")
    assert times_of(out) == [Fraction(n, rate) for n in range(rate)]


def test_pixels_come_out_square(tmp_path):
    out = rewrite(draw(tmp_path / "in.mp4", pixel_aspect=Fraction(3, 2)), tmp_path / "out.mp4")
    info = probe(out)
    assert info.video.has_square_pixels
    assert (info.video.width, info.video.height) == (552, 480)
    assert corners(first_picture(out)) == UPRIGHT_CORNERS


def test_an_odd_line_is_cut_off_and_nothing_is_scaled(tmp_path):
    source = draw(tmp_path / "in.mkv", container="matroska", codec="ffv1", width=361, height=363, sound=None)
    out = rewrite(source, tmp_path / "out.mp4", encoding=Encoding(preset="ultrafast", crf=0))
    assert first_picture(out).shape == (362, 360, 3)
    before = frames_of(source)[5].to_ndarray(format="gray")[:362, :360]
    after = frames_of(out)[5].to_ndarray(format="gray")
    assert (before == after).all()


def test_ten_bits_become_eight(tmp_path):
    out = rewrite(draw(tmp_path / "in.mp4", pixel_format="yuv420p10le"), tmp_path / "out.mp4")
    assert probe(out).video.pixel_format == "yuv420p"
    assert corners(first_picture(out)) == UPRIGHT_CORNERS


@pytest.mark.parametrize("colours", [(1, 1, 1), (6, 6, 6), (1, 13, 1)])
def test_colour_tags_are_kept(tmp_path, colours):
    out = rewrite(draw(tmp_path / "in.mp4", colours=colours), tmp_path / "out.mp4")
    with av.open(str(out)) as container:
        context = container.streams.video[0].codec_context
        assert (context.color_primaries, context.color_trc, context.colorspace) == colours


def test_full_range_becomes_the_range_that_players_expect(tmp_path):
    source = draw(tmp_path / "in.mp4", is_full_range=True, pixel_format="yuvj420p")
    out = rewrite(source, tmp_path / "out.mp4")
    with av.open(str(out)) as container:
        assert container.streams.video[0].codec_context.color_range != FULL_RANGE
    assert np.abs(first_picture(out).astype(int) - first_picture(source).astype(int)).mean() < 4


def test_hdr_becomes_sdr_and_says_so(tmp_path):
    source = draw(tmp_path / "in.mp4", pixel_format="yuv420p10le", colours=(9, 16, 9), seconds=0.1)
    out = rewrite(source, tmp_path / "out.mp4")
    assert not probe(out).video.is_hdr
    with av.open(str(out)) as container:
        context = container.streams.video[0].codec_context
        assert (context.color_primaries, context.color_trc, context.colorspace) == (1, 1, 1)


def test_aac_is_copied_byte_for_byte(tmp_path):
    source = draw(tmp_path / "in.mp4")
    assert sound_packets_of(rewrite(source, tmp_path / "out.mp4")) == sound_packets_of(source)


def test_opus_becomes_aac_and_stays_in_time(tmp_path):
    source = draw(tmp_path / "in.webm", container="webm", codec="libvpx", sound="libopus", seconds=2)
    out = rewrite(source, tmp_path / "out.mp4")
    info = probe(out)
    assert info.audio.codec == "aac"
    assert info.duration_seconds == pytest.approx(2.0, abs=0.07)


def test_missing_sound_stays_missing(tmp_path):
    assert probe(rewrite(draw(tmp_path / "in.mp4", sound=None), tmp_path / "out.mp4")).audio is None


def test_of_two_sound_tracks_one_is_kept(tmp_path):
    source = draw(tmp_path / "in.mp4", sound_tracks=2)
    out = rewrite(source, tmp_path / "out.mp4")
    with av.open(str(out)) as container:
        assert len(container.streams.audio) == 1
    assert sound_packets_of(out) == sound_packets_of(source)


def test_sound_that_starts_late_still_starts_late(tmp_path):
    source = draw(tmp_path / "in.mkv", container="matroska", times=[Fraction(15 + n, 30) for n in range(30)])
    out = rewrite(source, tmp_path / "out.mp4")
    with av.open(str(out)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert float(video.start_time * video.time_base - audio.start_time * audio.time_base) == pytest.approx(
            0.5, abs=0.03
        )


@pytest.mark.parametrize("container", ["mp4", "matroska", "mpegts"])
def test_a_clip_whose_clock_starts_late_starts_at_zero(tmp_path, container):
    times = [Fraction(5_000 + n, 30) for n in range(30)]
    source = draw(tmp_path / "in.bin", container=container, times=times, sound=None)
    out = rewrite(source, tmp_path / "out.mp4")
    with av.open(str(out)) as opened:
        assert opened.streams.video[0].start_time == 0
    assert probe(out).duration_seconds == pytest.approx(1.0, abs=0.04)


def test_the_index_lies_in_front(tmp_path):
    data = rewrite(draw(tmp_path / "in.mp4"), tmp_path / "out.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_the_same_input_gives_the_same_bytes(tmp_path):
    source = draw(tmp_path / "in.mp4")
    assert rewrite(source, tmp_path / "a.mp4").read_bytes() == rewrite(source, tmp_path / "b.mp4").read_bytes()


@pytest.mark.parametrize("container", ["matroska", "mpegts", "mov"])
def test_a_remux_changes_no_picture_and_no_sound(tmp_path, container):
    source = draw(tmp_path / "in.bin", container=container, seconds=2)
    out = tmp_path / "out.mp4"
    with open_source(source) as opened:
        assert remux(opened, out) == 60
    assert verify_playable(out).container == "mp4"
    before, after = frames_of(source), frames_of(out)
    assert len(before) == len(after) == 60
    assert all((one.to_ndarray() == other.to_ndarray()).all() for one, other in zip(before, after, strict=True))
    assert times_of(out) == pytest.approx([float(t) for t in times_of(source)], abs=0.0006)


def test_avi_which_keeps_no_display_times_still_comes_out_in_order(tmp_path):
    source = draw(tmp_path / "in.avi", container="avi", sound="mp3", options={"preset": "ultrafast", "bf": "2"})
    assert [int(time * 30) for time in times_of(source)] != list(range(30))  # or this test proves nothing
    out = rewrite(source, tmp_path / "out.mp4")
    assert times_of(out) == [Fraction(n, 30) for n in range(30)]
    with av.open(str(out)) as container:
        assert container.streams.video[0].start_time == 0


@pytest.mark.parametrize("container", ["mp4", "mpegts"])
@pytest.mark.parametrize("seconds", ["0", "0.5", "1.2", "99"])
def test_seeking_finds_the_frame_on_show(tmp_path, container, seconds):
    source = draw(tmp_path / "in.bin", container=container, seconds=2, sound=None)
    wanted = Fraction(seconds)
    with open_source(source) as opened:
        frame = frame_at(opened, wanted)
    assert float(frame.start) == pytest.approx(min(float(wanted), 59 / 30), abs=0.001)


@pytest.mark.parametrize(
    ("preset", "size", "lookahead"),
    [
        ("medium", (1080, 1920), "17"),
        ("slow", (2160, 3840), "4"),
        ("medium", (720, 1280), None),
        ("veryfast", (1080, 1920), None),
    ],
)
def test_the_encoder_looks_ahead_less_far_in_large_pictures(preset, size, lookahead):
    assert Encoding(preset).options(size).get("rc-lookahead") == lookahead


def test_a_full_disk_is_said_as_such(tmp_path):
    source = draw(tmp_path / "in.mp4")
    with pytest.raises(StorageExhausted):
        rewrite(source, _path_on_a_full_disk(tmp_path))


@given(st.integers(1, 10_000_000))
def test_every_clock_is_kept_exactly_with_at_least_90000_ticks(ticks):
    base = exact_time_base(Fraction(1, ticks))
    assert base <= Fraction(1, 90_000)
    assert (Fraction(1, ticks) / base).denominator == 1


def _path_on_a_full_disk(tmp_path):
    path = tmp_path / "full.mp4"
    path.symlink_to("/dev/full")
    return path
