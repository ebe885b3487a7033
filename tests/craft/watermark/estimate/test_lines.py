"""Lines of a mark are looked for in the place that the others agree with."""

import numpy as np

from reposter.craft.watermark.estimate.effect import Effect
from reposter.craft.watermark.estimate.lines import reference_of, split_lines
from reposter.craft.watermark.estimate.places import Place
from reposter.craft.watermark.picture import Box

SHAPE = (60, 160)


def place(*, looks: int) -> Place:
    return Place(Box(0, 0, 160, 60), Box(20, 16, 140, 44), tuple(range(looks)), (), (True,) * looks, 0.5)


def effect(pattern: int, noise: int, strength: float = 30.0) -> Effect:
    """Random gradients in the matched part: `pattern` is what places share, `noise` what is a place's own."""

    def part(offset: int) -> np.ndarray:
        picture = np.zeros(SHAPE, np.float32)
        picture[18:42, 30:130] = np.random.default_rng(pattern + offset).normal(0, strength, (24, 100))
        return picture + np.random.default_rng(100 + noise + offset).normal(0, 3, SHAPE).astype(np.float32)

    return Effect(part(0), part(1))


def test_a_place_that_shows_something_else_is_not_the_reference_however_often_it_was_seen():
    effects = [effect(7, 1, strength=90), effect(3, 2), effect(3, 3)]
    assert reference_of(effects, [place(looks=30), place(looks=8), place(looks=8)]) != 0


def test_of_places_that_agree_as_well_the_one_with_most_looks_is_the_reference():
    same = effect(3, 2)
    assert reference_of([same, same, same], [place(looks=5), place(looks=9), place(looks=7)]) == 1


def test_two_lines_each_have_a_fair_share_of_the_ink():
    picture = np.zeros(SHAPE, np.float32)
    picture[10:13, 30:130] = 8  # the dot of an i, above an empty row
    picture[16:30, 30:130] = 30
    picture[36:50, 30:130] = 25
    lines = split_lines(Effect(picture, picture), np.ones(SHAPE, bool))
    assert len(lines) == 2
    assert 30 <= lines[0].bottom <= 36
