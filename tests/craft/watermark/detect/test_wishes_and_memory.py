"""Marks that a person points at or protects, and marks that another video of the source has shown."""

from functools import cache

import pytest
from drawing import TOP_LEFT, draw_clip
from footage import RATE, looks_at

from reposter.craft.watermark.detect.service import detect
from reposter.craft.watermark.mark import Reason, Way, Wishes
from reposter.craft.watermark.picture import Region

CORNER, MIDDLE = Region(0, 0.05, 0.5, 0.25), Region(0.5, 0.45, 1, 0.65)


@cache
def samples(*, seed=1, seconds=8.0, places=None, words=("Sample", "@drawn_1"), is_clean=False):
    options = {"places": places} if places else {}
    drawn = draw_clip(fps=RATE, seconds=seconds, dwell_seconds=3, seed=seed, words=words, **options)
    return looks_at([one.y for one in (drawn.clean if is_clean else drawn.marked)])


def a_template(**wanted):
    return detect(samples(seed=9, **wanted)).sighting.template


def test_a_mark_that_never_moves_is_found_by_its_picture():
    still = samples(places=(TOP_LEFT,))
    assert detect(still).sighting is None
    finding = detect(still, known=[a_template(words=("Other", "@someone")), a_template()])
    assert finding.sighting.way is Way.MEMORY
    assert len(finding.sighting.places) == 1
    assert set(finding.sighting.states) == {0}
    assert finding.sighting.confidence > 0.8
    assert finding.left == ()


def test_a_mark_in_a_clip_too_short_for_jumps_is_found_by_its_picture():
    assert detect(samples(seconds=1.2), known=[a_template()]).sighting.way is Way.MEMORY


def test_a_jump_needs_no_memory():
    assert detect(samples(), known=[a_template()]).sighting.way is Way.JUMP


@pytest.mark.parametrize("words", [("Example", "@other_7"), ("Simple", "@d"), ("Clip", "@other")])
def test_a_foreign_picture_finds_no_mark(words):
    still = samples(places=(TOP_LEFT,), words=words)
    assert detect(still, known=[a_template()]).sighting is None


def test_a_clean_clip_shows_no_known_picture():
    for seed in range(4):
        assert detect(samples(seed=seed, is_clean=True), known=[a_template()]).sighting is None
    assert detect(samples(seconds=1.2, is_clean=True), known=[a_template()]).sighting is None


def test_a_template_larger_than_the_picture_is_passed_over():
    small = draw_clip(size=(96, 160), fps=RATE, seconds=3, places=())
    assert detect(looks_at([one.y for one in small.clean]), known=[a_template()]).sighting is None


def test_a_mark_that_never_moves_is_taken_where_a_person_points():
    finding = detect(samples(places=(TOP_LEFT,)), wishes=Wishes(marks=(CORNER,)))
    (place,) = finding.sighting.places
    assert finding.sighting.way is Way.POINTED
    assert place.overlap(CORNER.box((360, 640))) == place.area
    assert set(finding.sighting.states) == {0}


def test_pointing_at_one_place_of_a_jumping_mark_takes_it_everywhere():
    sighting = detect(samples(), wishes=Wishes(marks=(CORNER,))).sighting
    assert sighting.way is Way.POINTED
    assert len(sighting.places) == 2
    assert -1 not in sighting.states


def test_pointing_at_nothing_finds_nothing_and_says_so():
    finding = detect(samples(is_clean=True), wishes=Wishes(marks=(MIDDLE,)))
    assert finding.sighting is None
    assert [one.reason for one in finding.left] == [Reason.UNCERTAIN]


def test_a_second_mark_that_is_pointed_at_is_named():
    finding = detect(samples(), wishes=Wishes(marks=(CORNER, MIDDLE)))
    assert finding.sighting
    assert [(one.reason, one.box) for one in finding.left] == [(Reason.UNCERTAIN, MIDDLE.box((360, 640)))]


def test_a_mark_in_a_protected_region_is_left():
    finding = detect(samples(), wishes=Wishes(protected=(CORNER,)))
    assert finding.sighting is None
    assert {one.reason for one in finding.left} == {Reason.PROTECTED}
    assert len(finding.left) == 2


def test_protection_elsewhere_changes_nothing():
    assert detect(samples(), wishes=Wishes(protected=(MIDDLE,))).sighting.way is Way.JUMP


def test_protection_goes_before_pointing_and_memory():
    wishes = Wishes(protected=(CORNER,), marks=(CORNER,))
    assert detect(samples(places=(TOP_LEFT,)), wishes=wishes).sighting is None
    protected = Wishes(protected=(CORNER,))
    assert detect(samples(places=(TOP_LEFT,)), wishes=protected, known=[a_template()]).sighting is None
