"""Sums add up, move and cap without losing what they know."""

import numpy as np
import pytest

from reposter.craft.watermark.estimate.solving import solve
from reposter.craft.watermark.picture import F32
from reposter.craft.watermark.sums import Sums, moved, shift

SHAPE = (20, 30)


def sums_of(*, seed: int, looks: int = 6) -> Sums:
    random = np.random.default_rng(seed)
    sums = Sums.empty(SHAPE)
    for _ in range(looks):
        under = random.uniform(40, 200, SHAPE).astype(np.float32)
        weight = random.uniform(0.05, 0.15, SHAPE).astype(np.float32)
        sums.gather(weight, under, np.asarray(0.5 * under + 100, np.float32), np.full(SHAPE, 4, np.float32))
    return sums


def slope(sums: Sums) -> F32:
    return solve(sums, slope_doubt=10.0).see_through


def test_two_sums_are_the_sums_of_all_their_looks() -> None:
    one, other = sums_of(seed=1), sums_of(seed=2)
    both = one.plus(other)
    for total, mine, theirs in zip(both.maps(), one.maps(), other.maps(), strict=True):
        assert total == pytest.approx(mine + theirs)


def test_gathering_looks_one_by_one_gives_their_line() -> None:
    assert np.median(slope(sums_of(seed=1, looks=30))) == pytest.approx(0.5, abs=0.02)


def test_a_weight_that_scales_all_looks_leaves_the_line_alone() -> None:
    sums = sums_of(seed=3)
    assert slope(sums.times(0.25)) == pytest.approx(slope(sums), abs=0.02)


def test_capped_sums_keep_their_line_and_never_weigh_more_than_the_cap() -> None:
    sums = sums_of(seed=4, looks=60)
    capped = sums.capped(0.7)
    assert capped.weight.max() < 1 / 0.7
    assert capped.under / capped.weight == pytest.approx(sums.under / sums.weight, rel=1e-3)


def test_shifted_there_and_back_they_are_the_same_inside() -> None:
    sums = sums_of(seed=5)
    back = sums.shifted(3, -4, (40, 50)).shifted(-3, 4, SHAPE)
    for one, other in zip(back.maps(), sums.maps(), strict=True):
        assert (one[:, 4:] == other[:, 4:]).all()


def test_whole_pixels_are_moved_exactly() -> None:
    sums = sums_of(seed=6)
    for one, other in zip(sums.moved(2.0, 3.0, SHAPE).maps(), sums.shifted(2, 3, SHAPE).maps(), strict=True):
        assert (one == other).all()


def test_a_quarter_of_a_pixel_moves_what_is_seen_by_a_quarter() -> None:
    ramp = np.tile(np.arange(30, dtype=np.float32) * 4 + 60, (20, 1))
    sums = Sums.empty(SHAPE)
    for level in (0, 40):
        under = np.full(SHAPE, 80 + level, np.float32)
        sums.gather(
            np.ones(SHAPE, np.float32), under, np.asarray(ramp + level, np.float32), np.zeros(SHAPE, np.float32)
        )
    there = sums.moved(0.0, 0.25, SHAPE)
    inside = (slice(4, -4), slice(4, -4))
    assert (there.seen / there.weight)[inside] == pytest.approx((sums.seen / sums.weight)[inside] - 1, abs=0.25)


def test_a_moved_picture_is_empty_beyond_its_edge() -> None:
    picture = np.ones((4, 4), np.float32)
    assert shift(picture, 2, 0, (4, 4))[:2].sum() == 0
    assert moved(picture, 6.5, 0, (4, 4)).sum() == 0
