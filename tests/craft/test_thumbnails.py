"""Where stills are taken and what they look like."""

from fractions import Fraction

import cv2
import numpy as np
import pytest
from clips import UPRIGHT_CORNERS, corners, draw

from reposter.craft.thumbnails.draw import SIDE_MAX, draw_jpeg
from reposter.craft.thumbnails.pick import StillPicker, pick_by_seeking
from reposter.craft.thumbnails.positions import COUNT_MAX, parse_positions, spread
from reposter.kit.errors import InvalidInput
from reposter.media.reader import Reader
from reposter.media.source import open_source


@pytest.mark.parametrize(
    ("text", "seconds"), [("10%", 1), ("50%", 5), ("100%", 10), ("3.5s", Fraction(7, 2)), (" 0s ", 0), ("99s", 10)]
)
def test_a_position_becomes_seconds(text, seconds):
    assert parse_positions([text], 10.0) == (seconds,)


@pytest.mark.parametrize("text", ["", "10", "ten%", "-1s", "101%", "1e3s", "10 %%", "1.s", "9" * 10 + "s", "NaNs"])
def test_what_is_no_position_is_refused_by_name(text):
    with pytest.raises(InvalidInput) as caught:
        parse_positions([text], 10.0)
    assert repr(text) in caught.value.message
    assert caught.value.hint


def test_too_many_positions_are_refused():
    with pytest.raises(InvalidInput):
        parse_positions(["1%"] * (COUNT_MAX + 1), 10.0)


@pytest.mark.parametrize(("count", "texts"), [(1, ("50%",)), (3, ("10%", "50%", "90%")), (2, ("10%", "90%"))])
def test_a_count_is_spread_evenly(count, texts):
    assert spread(count) == texts


@pytest.mark.parametrize("count", [0, -1, COUNT_MAX + 1])
def test_a_count_beyond_reason_is_refused(count):
    with pytest.raises(InvalidInput):
        spread(count)


def read_jpeg(jpeg):
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]


@pytest.mark.parametrize("rotation", [0, 90])
def test_stills_stand_upright(tmp_path, rotation):
    path = draw(tmp_path / "in.mp4", rotation_degrees=rotation, colours=(1, 1, 1))
    picture = read_jpeg(pick_by_seeking(path, [Fraction(1, 2)])[0].jpeg)
    assert picture.shape[:2] == ((368, 480) if rotation else (480, 368))
    if not rotation:
        assert corners(picture) == UPRIGHT_CORNERS


def test_stills_keep_the_colours(tmp_path):
    path = draw(tmp_path / "in.mp4", colours=(1, 1, 1))
    picture = read_jpeg(pick_by_seeking(path, [Fraction(0)])[0].jpeg).astype(int)
    assert np.abs(picture[40, 40] - (220, 30, 30)).max() < 12


def test_the_same_stills_are_picked_in_passing_and_by_seeking(tmp_path):
    path = draw(tmp_path / "in.mp4", seconds=2, sound=None)
    wanted = [Fraction(3, 2), Fraction(0), Fraction(1, 2), Fraction(99)]
    picker = StillPicker(wanted)
    with open_source(path) as source:
        passed = list(picker.watch(Reader(source).frames()))
    assert len(passed) == 60
    assert picker.stills() == pick_by_seeking(path, wanted)
    assert [round(still.at_seconds, 2) for still in picker.stills()] == [1.5, 0.0, 0.5, 1.97]


def test_a_large_still_is_scaled_to_its_limit(tmp_path):
    path = draw(tmp_path / "in.mp4", width=720, height=1600, seconds=0.1, sound=None)
    with open_source(path) as source:
        jpeg = draw_jpeg(next(Reader(source).frames()).image)
    assert read_jpeg(jpeg).shape[:2] == (SIDE_MAX, 576)


def test_no_wish_opens_no_file(tmp_path):
    assert pick_by_seeking(tmp_path / "missing.mp4", []) == ()
