"""What only looks like a mark is not taken for one."""

import pytest
from footage import LEFT_ALONE, channel_logo, list_captions, looks_at, scene

from reposter.craft.watermark.detect.service import detect
from reposter.craft.watermark.mark import Reason


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("draw", LEFT_ALONE, ids=lambda draw: draw.__name__)
def test_footage_without_a_mark_is_left_alone(draw, seed):
    assert detect(looks_at(draw(seed))).sighting is None


@pytest.mark.parametrize("speed", [0.0, 15.0, 60.0, 150.0])
def test_clean_scenes_of_many_kinds_hold_no_mark(speed):
    for seed in range(100, 104):
        finding = detect(looks_at(scene(seed, speed=speed, seconds=6.0)))
        assert finding.sighting is None
        assert all(one.reason is Reason.STATIC for one in finding.left)


def test_letters_that_never_move_are_named():
    left = detect(looks_at(channel_logo(2))).left
    assert {one.reason for one in left} == {Reason.STATIC}
    assert any(one.box.x0 <= 225 and one.box.x1 >= 310 and 30 < one.box.y0 < one.box.y1 < 60 for one in left)
    assert all((one.start, one.end) == (0.0, 9.0) for one in left)


def test_a_plate_that_moves_is_named_as_opaque():
    left = detect(looks_at(list_captions(1))).left
    assert [one.reason for one in left] == [Reason.OPAQUE, Reason.OPAQUE]
