"""The fill keeps what is known and continues it over what is not."""

import numpy as np
import pytest

from reposter.craft.watermark.estimate.fill import smooth_fill


def test_known_pixels_are_kept() -> None:
    picture = np.random.default_rng(1).uniform(0, 255, (40, 60)).astype(np.float32)
    assert smooth_fill(picture, np.ones_like(picture)) == pytest.approx(picture, abs=0.01)


def test_a_slope_is_continued_over_a_hole() -> None:
    picture = np.tile(np.linspace(20, 200, 96, dtype=np.float32), (64, 1))
    weight = np.ones_like(picture)
    weight[24:40, 40:56] = 0
    hidden = np.where(weight > 0, picture, np.float32(0))
    filled = smooth_fill(np.asarray(hidden, np.float32), weight)
    assert np.abs(filled - picture)[24:40, 40:56].max() < 10


def test_a_picture_of_which_nothing_is_known_is_finite() -> None:
    nothing = np.zeros((17, 23), np.float32)
    assert np.isfinite(smooth_fill(nothing, nothing)).all()


def test_a_picture_smaller_than_the_pyramid_is_averaged() -> None:
    picture = np.array([[10, 30]], np.float32)
    assert smooth_fill(picture, np.array([[1, 0]], np.float32))[0, 0] == pytest.approx(10)
