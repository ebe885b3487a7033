"""The arithmetic under the search: steady gradients, presence, states, confidence."""

import numpy as np
import pytest
from footage import looks_at, scene

from reposter.craft.watermark.detect.confidence import confidence_of, confidence_of_known, confidence_of_pointed
from reposter.craft.watermark.detect.correlation import correlation_map
from reposter.craft.watermark.detect.gradients import Field, SteadyGradients, spread, windows
from reposter.craft.watermark.detect.lettering import is_lettered
from reposter.craft.watermark.detect.presence import Presence, field_of, measure_presence, runs, template_of
from reposter.craft.watermark.picture import Box

BOX = Box(5, 8, 60, 40)


def noise(count, shape=(48, 72), seed=0):
    random = np.random.default_rng(seed)
    return [random.integers(0, 256, shape, np.uint8) for _ in range(count)]


def gradients_of(picture):
    across, down = np.zeros(picture.shape), np.zeros(picture.shape)
    across[:, 1:-1] = picture[:, 2:].astype(float) - picture[:, :-2]
    down[1:-1] = picture[2:].astype(float) - picture[:-2]
    return across, down


def presence_of(*rows):
    return Presence(np.arange(len(rows[0])) / 5, np.array(rows, np.float32))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_steady_gradients_are_shrunk_medians(count):
    pictures = noise(count)
    steady = SteadyGradients(looks_at(pictures)).over(range(count))
    looks = np.array([gradients_of(one) for one in pictures])
    middle = np.median(looks, axis=0)
    deviation = np.abs(looks - middle).sum(axis=1).mean(axis=0)
    strength = (middle**2).sum(axis=0)
    trust = strength / (strength + 2 * deviation**2 + 4)
    np.testing.assert_allclose(steady.across, middle[0] * trust, atol=1e-3)
    np.testing.assert_allclose(steady.down, middle[1] * trust, atol=1e-3)


@pytest.mark.parametrize("box", [BOX, Box(0, 0, 20, 10), Box(50, 30, 72, 48)], ids=str)
def test_a_part_has_the_gradients_of_the_whole(box):
    gradients = SteadyGradients(looks_at(noise(7)))
    part, whole = gradients.inside(box, range(7)), gradients.over(range(7)).cut(box)
    np.testing.assert_array_equal(part.across, whole.across)
    np.testing.assert_array_equal(part.down, whole.down)


def test_windows_hold_every_look_once():
    times = [index * 0.2 for index in range(48)]
    spans = windows(times, 1.6, 99)
    assert [look for span in spans for look in span] == list(range(48))
    assert {len(span) for span in spans} == {8}
    assert len(windows(times, 0.4, 10)) == 10


def test_a_spread_keeps_both_ends():
    assert spread(range(9), 3) == [0, 4, 8]
    assert spread([4, 5], 3) == [4, 5]


@pytest.mark.parametrize("place", [BOX, Box(0, 0, 55, 32), Box(17, 16, 72, 48)], ids=str)
def test_presence_is_the_least_squares_strength_of_the_gradients(place):
    pictures = noise(4)
    picture = SteadyGradients(looks_at(noise(1, seed=7))).over([0]).cut(BOX)
    template = template_of(picture)
    measured = measure_presence(looks_at(pictures), template, [place]).raw[0]
    wanted = field_of(template)
    for look, strength in zip(pictures, measured, strict=True):
        across, down = gradients_of(look)
        product = (across[place.slices] * wanted.across + down[place.slices] * wanted.down).sum()
        assert strength == pytest.approx(product / wanted.dot(wanted), rel=1e-3, abs=1e-4)


def test_a_picture_is_fully_present_where_it_was_taken_from():
    samples = looks_at(scene(1, seconds=0.4, size=(72, 48)))
    picture = SteadyGradients(samples).over([1]).cut(BOX)
    found = correlation_map(SteadyGradients(samples).over([1]), field_of(template_of(picture)))
    row, column = np.unravel_index(found.argmax(), found.shape)
    assert (column, row) == (BOX.x0, BOX.y0)
    assert found.max() <= 1.001


def test_a_faint_look_belongs_to_the_stay_beside_it_and_an_empty_one_to_none():
    presence = presence_of([1, 1, 1, 0.3, 0.3, 0, 0, 0, 0, 0, 0, 1, 1], [0] * 13)
    assert presence.states == (0, 0, 0, 0, 0, -1, -1, -1, -1, -1, 0, 0, 0)


def test_a_short_gap_between_two_places_is_shared_between_them():
    presence = presence_of([1, 1, 1, 0.2, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0.2, 1, 1, 1, 1])
    assert presence.states == (0, 0, 0, 0, 1, 1, 1, 1, 1)


def test_a_gap_at_an_end_stays_a_gap():
    assert presence_of([0, 0, 0, 1, 1, 1]).states[:2] == (-1, -1)


def test_both_places_at_once_speak_against_a_jump():
    apart = presence_of([1] * 10 + [0] * 10, [0] * 10 + [1] * 10)
    together = presence_of([1] * 20, [1] * 20)
    assert apart.long_share > 0.8
    assert apart.exclusiveness == 1
    assert together.long_share == 0


def test_runs_cover_every_look():
    assert runs([0, 0, 1, -1, -1]) == [(0, 2, 0), (2, 3, 1), (3, 5, -1)]
    assert runs([7]) == [(0, 1, 7)]


def test_confidence_grows_with_each_piece_of_evidence():
    poor = presence_of([1] * 10 + [0] * 12, [0.3] * 10 + [0] * 6 + [0.6] * 6)
    good = presence_of([1] * 10 + [0] * 12, [0] * 10 + [1] * 12)
    assert confidence_of(poor, 0.5, 6) < confidence_of(good, 0.5, 6)
    assert confidence_of(good, 0.5, 6) < confidence_of(good, 0.6, 6) < confidence_of(good, 0.6, 9)
    assert confidence_of(good, 1.0, 99) == pytest.approx(1)
    assert 0 <= confidence_of(poor, 0.0, 0.0) < 0.5
    assert confidence_of_known(0.7) < confidence_of_known(0.8)
    assert confidence_of_pointed(0.4) < confidence_of_pointed(0.7)


def test_the_border_of_a_window_is_no_lettering():
    across, down = np.zeros((20, 60), np.float32), np.zeros((20, 60), np.float32)
    down[10] = 30
    assert not is_lettered(Field(across, down))
    random = np.random.default_rng(1)
    strokes = [random.normal(0, 20, (20, 60)).astype(np.float32) for _ in range(2)]
    assert is_lettered(Field(*strokes))
