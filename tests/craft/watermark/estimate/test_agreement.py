"""Ink is what several places agree on."""

import numpy as np
from test_solving import SHAPE, looks_at, middle

from reposter.craft.watermark.estimate.agreement import solve_agreed

EVERYWHERE = np.ones(SHAPE, bool)


def test_what_only_one_place_shows_is_no_ink():
    scene = looks_at(0.6, 235, backgrounds=[80, 90], noise=3)
    bare = looks_at(0.0, 0, backgrounds=[60, 130], noise=3)
    assert middle(solve_agreed([scene], EVERYWHERE).see_through) < 0.6
    assert middle(solve_agreed([scene, bare, bare], EVERYWHERE).see_through) > 0.99


def test_ink_at_all_places_is_kept_whole():
    one, other = looks_at(0.6, 235, backgrounds=[80, 100], noise=3), looks_at(0.6, 235, backgrounds=[40, 150], noise=3)
    solution = solve_agreed([one, other], EVERYWHERE)
    assert abs(middle(solution.see_through) - 0.4) < 0.03
    assert abs(middle(solution.ink) - 0.6 * 235) < 5


def test_less_than_the_guesses_may_be_off_is_hardly_believed():
    haze = looks_at(0.05, 235, backgrounds=[100, 110], noise=12)
    certain = looks_at(0.05, 235, backgrounds=[100, 110], noise=0.5)
    assert middle(solve_agreed([haze], EVERYWHERE).see_through) > 0.98
    assert middle(solve_agreed([certain], EVERYWHERE).see_through) < 0.96


def test_there_is_no_ink_outside_the_support():
    nowhere = np.zeros(SHAPE, bool)
    assert (solve_agreed([looks_at(0.6, 235, backgrounds=[80, 150])], nowhere).see_through == 1).all()
