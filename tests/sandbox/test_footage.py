"""The drawn clips: lively, recognisable after any re-encoding, marked or clean."""

from __future__ import annotations

import av
import numpy as np
import pytest

from reposter_sandbox.footage.encode import RENDITIONS, Clip, draw_frame, encode_clip
from reposter_sandbox.footage.strip import as_picture, read_number, strip_picture

from .client import reencode


def test_a_clip_is_an_upright_h264_mp4_with_sound(clip_file):
    with av.open(str(clip_file)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (video.width, video.height, video.average_rate) == (720, 1280, 30)
        assert audio.codec_context.name == "aac"
        assert 4 <= container.duration / 1e6 <= 6


def test_a_clip_moves_and_is_no_noise():
    first, later = (draw_frame(Clip(3, 7, "a"), t).astype(int) for t in (0.2, 1.5))
    neighbours = np.abs(np.diff(first, axis=1)).mean()
    assert np.abs(first - later).mean() > 3
    assert neighbours < 4


def test_equal_clips_are_drawn_equally_and_others_differ():
    one, again, other = (draw_frame(Clip(n, 7, "a"), 1.0) for n in (4, 4, 10))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_the_mark_jumps_and_only_the_marked_rendition_has_it():
    clean = draw_frame(Clip(2, 7, "maker"), 0.5).astype(int)
    early = np.abs(draw_frame(Clip(2, 7, "maker"), 0.5, is_marked=True) - clean).max(axis=2)
    late_clean = draw_frame(Clip(2, 7, "maker"), 2.5).astype(int)
    late = np.abs(draw_frame(Clip(2, 7, "maker"), 2.5, is_marked=True) - late_clean).max(axis=2)
    assert early[:640].max() > 40
    assert early[640:].max() == 0
    assert late[640:].max() > 40
    assert late[:640].max() == 0


@pytest.mark.parametrize(("width", "height", "crf"), [(360, 640, 30), (1080, 1920, 30), (540, 960, 34)])
def test_the_number_survives_scaling_and_heavy_compression(clip_file, tmp_path, width, height, crf):
    reencode(clip_file, tmp_path / "out.mp4", width=width, height=height, crf=crf, seconds=0.5)
    assert read_number(tmp_path / "out.mp4") == 5


def test_every_number_reads_back_from_its_strip(tmp_path):
    for number in (1, 255, 4_660, 2**24 - 1):
        encode_still(tmp_path / "still.mp4", number)
        assert read_number(tmp_path / "still.mp4") == number


def test_a_page_and_footage_of_others_carry_no_number(tmp_path):
    assert read_number(b"<html>no video</html>" * 50) is None
    encode_still(tmp_path / "plain.mp4", None)
    assert read_number(tmp_path / "plain.mp4") is None


def test_the_small_rendition_is_540p_and_recognisable(tmp_path):
    encode_clip(Clip(9, 7, "a"), RENDITIONS["small"], tmp_path / "small.mp4")
    with av.open(str(tmp_path / "small.mp4")) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (576, 1024)
    assert read_number(tmp_path / "small.mp4") == 9


def encode_still(path, number):
    picture = np.full((640, 360, 3), 90, np.uint8)
    if number:
        picture[-8:] = strip_picture(number, 360, 8)[:, :, None]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 360, 640, "yuv420p"
        for _ in range(4):
            frame = av.VideoFrame.from_ndarray(as_picture(picture), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
