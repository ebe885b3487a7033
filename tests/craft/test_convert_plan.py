"""The cheapest way to a target, with its reasons; and what no way leads to."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reposter.craft.convert.errors import TargetUnreachable
from reposter.craft.convert.plan import Action, plan
from reposter.craft.convert.targets import MEGABYTE, TARGETS, find_target
from reposter.kit.errors import InvalidInput
from reposter.vocabulary.media import AudioInfo, MediaInfo, VideoInfo

TIKTOK = TARGETS["tiktok"]
CLASSIC = TARGETS["tiktok-classic"]


def a_clip(*, audio="aac", container="mp4", seconds=10.0, size_bytes=5_000_000, **video):
    defaults = {
        "codec": "h264",
        "width": 720,
        "height": 1280,
        "frame_rate": 30.0,
        "frames": 300,
        "pixel_format": "yuv420p",
    }
    sound = AudioInfo(audio, 48_000, 2) if audio else None
    return MediaInfo(container, seconds, size_bytes, VideoInfo(**{**defaults, **video}), sound)


def planned(info, target=TIKTOK, *, has_effects=False):
    return plan(info, target, has_effects=has_effects)


def test_what_fits_already_is_copied():
    assert planned(a_clip()).action is Action.COPY
    assert planned(a_clip(audio=None)).action is Action.COPY


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"container": "matroska"}, "the container is matroska, TikTok prefers mp4"),
        ({"container": "mov"}, "the container is mov, TikTok prefers mp4"),
        ({"audio": "opus"}, "the sound is opus, mp4 players expect aac"),
    ],
)
def test_a_wrapping_that_does_not_fit_is_changed_without_touching_the_picture(changes, reason):
    made = planned(a_clip(**changes))
    assert made.action is Action.REMUX
    assert made.reasons == (reason,)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"codec": "hevc"}, "the codec is hevc, TikTok prefers h264"),
        ({"pixel_format": "yuv420p10le"}, "the pixels are stored as yuv420p10le, players expect yuv420p"),
        ({"is_hdr": True, "pixel_format": "yuv420p10le"}, "the picture is HDR"),
        ({"rotation_degrees": 90}, "the picture is stored turned by 90°"),
        ({"is_mirrored": True}, "stored mirrored"),
        ({"has_square_pixels": False}, "the pixels are not square"),
        ({"container": "avi"}, "the container is avi, which does not say when a picture is shown"),
        ({"width": 300, "height": 600}, "the picture is 300×600, TikTok wants at least 360 pixels on each side"),
        ({"width": 5000, "height": 2000}, "the picture is 5000×2000, TikTok takes at most 4096"),
        ({"width": 721}, "the picture is 721×1280, and H.264 wants even sides"),
        ({"frame_rate": 120.0}, "120 frames a second are more than the 60 allowed"),
        ({"frame_rate": 15.0}, "15 frames a second are fewer than the 23 required"),
    ],
)
def test_a_picture_that_does_not_fit_is_encoded_anew_and_says_why(changes, reason):
    made = planned(a_clip(**changes))
    assert made.action is Action.TRANSCODE
    assert len(made.reasons) == 1
    assert reason in made.reasons[0]


def test_every_reason_is_told():
    made = planned(a_clip(codec="vp9", width=300, height=600, frame_rate=10.0), has_effects=True)
    assert len(made.reasons) == 4


def test_effects_need_an_encoder():
    assert planned(a_clip(), has_effects=True).action is Action.TRANSCODE


@pytest.mark.parametrize(
    ("rate", "wanted"), [(120, 60), (60.06, 60), (60.0, None), (23.976, None), (22.9, 30), (1, 30)]
)
def test_rates_are_changed_only_outside_the_allowed(rate, wanted):
    assert planned(a_clip(frame_rate=float(rate))).frame_rate == wanted


@given(st.integers(1, 8000), st.integers(1, 8000))
def test_a_planned_size_is_even_within_the_limits_and_keeps_the_shape(width, height):
    try:
        made = planned(a_clip(width=width, height=height))
    except TargetUnreachable:
        assert max(width, height) / min(width, height) > 4096 / 360
        return
    for side in made.size:
        assert side % 2 == 0
        assert 360 <= side <= 4096
    assert made.size[0] / made.size[1] == pytest.approx(width / height, rel=0.01)


@pytest.mark.parametrize(("target", "seconds"), [(TIKTOK, 601), (CLASSIC, 181)])
def test_a_video_that_is_too_long_is_refused_with_a_remedy(target, seconds):
    with pytest.raises(TargetUnreachable, match=f"lasts {seconds} s") as caught:
        planned(a_clip(seconds=float(seconds)), target)
    assert "Cut it" in caught.value.hint


def test_a_file_that_is_too_large_is_encoded_under_a_ceiling():
    made = planned(a_clip(size_bytes=400 * MEGABYTE, seconds=120.0), CLASSIC)
    assert made.action is Action.TRANSCODE
    assert "the file is 400 MB, TikTok (classic limits) takes 287 MB" in made.reasons[0]
    assert made.bits_per_second_max * 120 / 8 < 287 * MEGABYTE


def test_a_file_that_can_never_be_small_enough_is_refused():
    tiny = replace(TIKTOK, size_bytes_max=MEGABYTE)
    with pytest.raises(TargetUnreachable, match="do not fit"):
        planned(a_clip(size_bytes=400 * MEGABYTE, seconds=300.0), tiny)


def test_an_unknown_target_names_the_known_ones():
    with pytest.raises(InvalidInput) as caught:
        find_target("vimeo")
    assert "tiktok, tiktok-classic" in caught.value.hint
