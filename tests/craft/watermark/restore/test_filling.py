"""The fill with its weights worked out beforehand."""

import numpy as np

from reposter.craft.watermark.estimate.fill import smooth_fill
from reposter.craft.watermark.restore.filling import Filler

SHAPE = (61, 90)


def holed(width):
    weight = np.ones(SHAPE, np.float32)
    weight[20:40, 30 : 30 + width] = 0
    return weight


def test_what_is_known_stays_as_it_is():
    random = np.random.default_rng(3)
    weight = holed(30)
    filler = Filler(weight)
    for _ in range(2):
        picture = random.uniform(0, 255, SHAPE).astype(np.float32)
        assert np.allclose(filler.fill(picture)[weight > 0], picture[weight > 0], atol=0.01)


def test_what_is_not_known_does_not_matter():
    picture = np.random.default_rng(4).uniform(0, 255, SHAPE).astype(np.float32)
    weight = holed(30)
    filler = Filler(weight)
    assert np.array_equal(filler.fill(picture), filler.fill(np.where(weight > 0, picture, 255)))


def test_a_gentle_scene_goes_on_through_a_hole():
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float32)
    picture = np.asarray(2 * columns + 10 * np.sin(rows / 9), np.float32)
    for width in (6, 30):
        weight = holed(width)
        hole = weight == 0

        def error(filled, hole=hole):
            return np.abs(filled - picture)[hole].mean()

        taut, loose = error(Filler(weight).fill(picture)), error(smooth_fill(picture, weight))
        assert taut < 0.9 * loose
        assert taut < 8
