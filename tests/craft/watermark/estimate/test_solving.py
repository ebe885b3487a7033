"""The regression finds the truth that its sums were made of."""

import numpy as np
import pytest

from reposter.craft.watermark.estimate.solving import Solution, expected_error, solve, tidied
from reposter.craft.watermark.picture import F32
from reposter.craft.watermark.sums import Sums

SHAPE = (12, 16)


def looks_at(alpha: float, ink_luma: float, *, backgrounds: list[float], noise: float = 0.0, looks: int = 40) -> Sums:
    """Sums of looks at flat pixels, with noisy guesses of what lies under the mark."""
    random = np.random.default_rng(3)
    sums = Sums.empty(SHAPE)
    for look in range(looks):
        under = np.full(SHAPE, backgrounds[look % len(backgrounds)], np.float32)
        seen = np.asarray((1 - alpha) * under + alpha * ink_luma, np.float32)
        guessed = np.asarray(under + random.normal(0, noise, SHAPE) if noise else under, np.float32)
        weight = np.full(SHAPE, 1 / (noise**2 + 6), np.float32)
        sums.gather(weight, guessed, seen, np.full(SHAPE, noise**2, np.float32))
    return sums


def middle(picture: F32) -> float:
    return float(np.median(picture))


@pytest.mark.parametrize("alpha", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("ink_luma", [235, 16])
def test_varied_backgrounds_give_slope_and_ink(alpha: float, ink_luma: float) -> None:
    solution = solve(looks_at(alpha, ink_luma, backgrounds=[60, 110, 170]))
    assert middle(solution.see_through) == pytest.approx(1 - alpha, abs=0.02)
    assert middle(solution.ink) == pytest.approx(alpha * ink_luma, abs=3)


@pytest.mark.parametrize("alpha", [0.2, 0.5, 0.9])
def test_one_background_alone_is_read_as_white_ink_where_it_brightens(alpha: float) -> None:
    solution = solve(looks_at(alpha, 235, backgrounds=[90]))
    assert middle(solution.see_through) == pytest.approx(1 - alpha, abs=0.01)


def test_one_background_alone_is_read_as_black_ink_where_it_darkens() -> None:
    assert middle(solve(looks_at(0.3, 16, backgrounds=[150])).see_through) == pytest.approx(0.7, abs=0.01)


def test_errors_of_the_guesses_do_not_flatten_the_slope() -> None:
    solution = solve(looks_at(0.3, 190, backgrounds=[70, 170], noise=25, looks=400))
    assert middle(solution.see_through) == pytest.approx(0.7, abs=0.05)


def test_ink_is_never_whiter_than_white() -> None:
    impossible = solve(looks_at(0.2, 420, backgrounds=[60, 70]))
    white = (235 - middle(impossible.under) * middle(impossible.see_through)) / 1
    assert middle(impossible.ink) <= (1 - middle(impossible.see_through)) * 235 + 0.02 * white


def test_what_was_never_looked_at_is_unsure() -> None:
    seen = solve(looks_at(0.5, 235, backgrounds=[60, 170]))
    assert middle(seen.variance) < middle(solve(Sums.empty(SHAPE)).variance)


def test_a_bare_pixel_as_bright_as_the_ink_has_no_ink() -> None:
    assert middle(solve(looks_at(0.0, 235, backgrounds=[230])).see_through) > 0.97


def test_no_ink_is_left_outside_the_support_or_where_its_effect_is_not_seen() -> None:
    support = np.zeros(SHAPE, bool)
    support[:, 8:] = True
    strong = tidied(solve(looks_at(0.5, 235, backgrounds=[60, 170])), support)
    assert (strong.see_through[:, :8] == 1).all()
    assert (strong.ink[:, :8] == 0).all()
    assert (strong.see_through[:, 8:] < 0.6).all()
    faint = tidied(solve(looks_at(0.003, 235, backgrounds=[100, 140])), support)
    assert (faint.see_through == 1).all()


def test_the_expected_error_grows_with_the_regressions_variance_and_at_edges() -> None:
    flat = np.full(SHAPE, 0.4, np.float32)
    stepped = flat.copy()
    stepped[:, 8:] = 1.0

    def error(see_through: F32, variance: float) -> F32:
        doubt = np.full(SHAPE, variance, np.float32)
        return expected_error(Solution(see_through, flat, doubt, flat, flat))

    assert (error(flat, 0.01) > error(flat, 0.001)).all()
    assert (error(stepped, 0.001)[:, 7:9] > error(flat, 0.001)[:, 7:9]).all()
