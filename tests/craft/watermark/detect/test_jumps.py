"""Marks that change their place are found, where they are and when."""

import numpy as np
import pytest
from drawing import BOTTOM_RIGHT, MIDDLE_RIGHT, TOP_LEFT, draw_clip
from footage import RATE, looks_at

from reposter.craft.watermark.detect.service import detect
from reposter.craft.watermark.mark import Reason, Way

FOUR = (TOP_LEFT, BOTTOM_RIGHT, MIDDLE_RIGHT, (0.05, 0.70))


def a_clip(**wanted):
    return draw_clip(**{"fps": RATE, "seconds": 9.0, "dwell_seconds": 3.0} | wanted)


def found_in(drawn):
    return detect(looks_at([one.y for one in drawn.marked]))


def truth_of(drawn, sighting):
    """For each drawn place, the number of the found one that holds most of it."""
    overlaps = [[box.overlap(place) / box.area for place in sighting.places] for box in drawn.boxes]
    assert min(max(one) for one in overlaps) > 0.7
    return [int(np.argmax(one)) for one in overlaps]


def wrong_looks(drawn, sighting):
    number = truth_of(drawn, sighting)
    return sum(found != number[true] for found, true in zip(sighting.states, drawn.states, strict=True))


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"opacity": 0.4},
        {"opacity": 0.9, "speed": 110.0},
        {"fade_frames": 1},
        {"dwell_seconds": 2.0},
        {"dwell_seconds": 5.0},
        {"speed": 0.0},
        {"right_aligned": True},
        {"places": FOUR[:3]},
        {"places": FOUR, "seconds": 14.0},
        {"luma": 16, "opacity": 0.8},
    ],
    ids=str,
)
def test_a_jumping_mark_is_found_at_its_places(wanted):
    drawn = a_clip(seed=3, **wanted)
    sighting = found_in(drawn).sighting
    assert sighting.way is Way.JUMP
    assert len(sighting.places) == len(drawn.boxes)
    assert len({(place.width, place.height) for place in sighting.places}) == 1
    assert wrong_looks(drawn, sighting) <= len(drawn.segments) - 1  # a look on a jump may go either way
    assert sighting.confidence > 0.8
    assert sighting.presence.shape == (len(drawn.boxes), len(drawn.states))


@pytest.mark.parametrize("size", [(640, 360), (1080, 1920), (1280, 720)], ids=str)
def test_boxes_are_pixels_of_the_full_picture_in_any_shape(size):
    drawn = a_clip(size=size, seconds=7.0)
    sighting = found_in(drawn).sighting
    assert wrong_looks(drawn, sighting) <= 2
    assert all(box.x1 <= size[0] and box.y1 <= size[1] for box in sighting.places)


def test_a_clip_that_ends_just_after_a_jump_to_a_new_place_is_clean_to_the_end():
    drawn = a_clip(places=FOUR[:3], seconds=7.0, dwell_seconds=3.0)
    sighting = found_in(drawn).sighting
    assert len(sighting.places) == 3
    assert wrong_looks(drawn, sighting) <= 2


@pytest.mark.parametrize("seconds", [3.0, 6.0])
def test_one_jump_is_enough(seconds):
    drawn = a_clip(seconds=seconds, dwell_seconds=seconds * 2 / 3)
    assert wrong_looks(drawn, found_in(drawn).sighting) <= 1


def test_looks_of_a_stretch_without_the_mark_belong_to_no_place():
    drawn = a_clip(seconds=14.0)
    pictures = [one.y for one in drawn.marked]
    pictures[32:50] = [one.y for one in drawn.clean[32:50]]
    sighting = detect(looks_at(pictures)).sighting
    assert set(sighting.states[34:48]) == {-1}
    assert -1 not in sighting.states[:30]
    assert sighting.coverage < 0.8


def test_looks_in_the_middle_of_a_fade_belong_to_a_place():
    drawn = a_clip(fade_frames=2, seconds=10.0)
    assert -1 not in found_in(drawn).sighting.states


def test_an_end_card_is_named_and_does_not_cost_the_mark():
    drawn = a_clip(seconds=8.0)
    card = draw_clip(fps=RATE, seconds=2.4, places=(), seed=78, speed=0.0)
    finding = detect(looks_at([one.y for one in (*drawn.marked, *card.clean)]))
    assert finding.sighting.confidence > 0.8
    assert set(finding.sighting.states[42:]) == {-1}
    (left,) = [one for one in finding.left if one.reason is Reason.END_CARD]
    assert (left.start, round(left.end, 1)) == (8.0, 10.4)


def test_a_clip_without_a_card_names_none():
    assert found_in(a_clip()).left == ()


def test_looks_at_uneven_times_do_as_well():
    drawn = a_clip(seed=5)
    times = np.cumsum(np.random.default_rng(5).uniform(0.12, 0.28, len(drawn.marked))).tolist()
    sighting = detect(looks_at([one.y for one in drawn.marked], times)).sighting
    assert wrong_looks(drawn, sighting) <= 2


def test_a_clip_of_two_looks_is_left_and_the_reason_is_said():
    finding = found_in(a_clip(seconds=0.4))
    assert finding.sighting is None
    assert [one.reason for one in finding.left] == [Reason.UNCERTAIN]
    assert "short" in finding.left[0].why


def test_a_clip_of_three_looks_finds_nothing():
    assert found_in(a_clip(seconds=0.6)).sighting is None
