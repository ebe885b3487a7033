"""What is taken for a mark's ink, and what is refused."""

import numpy as np
import pytest

from reposter.craft.watermark.estimate.ink import ink_of, refusal_of
from reposter.craft.watermark.mark import Estimate, Matte, Reason
from reposter.craft.watermark.picture import F32, Box

SIZE = (720, 1280)


def matte_of(alpha: F32) -> Matte:
    height, width = alpha.shape
    half = np.zeros((height // 2, width // 2), np.float32)
    return Matte(Box(0, 0, width, height), 1 - alpha, alpha * 235, alpha * 0, 1 - half, half, half)


def stripes(opacity: float) -> Matte:
    """Thin strokes, as letters are."""
    alpha = np.zeros((60, 200), np.float32)
    alpha[10:50, 10:190:6] = opacity
    alpha[10:50, 11:190:6] = opacity
    return matte_of(alpha)


def block(opacity: float) -> Matte:
    alpha = np.zeros((60, 200), np.float32)
    alpha[10:50, 10:190] = opacity
    return matte_of(alpha)


@pytest.mark.parametrize("opacity", [0.4, 0.7, 0.9])
def test_thin_see_through_strokes_are_a_mark(opacity: float) -> None:
    assert refusal_of(stripes(opacity), SIZE) is None


def test_opaque_letters_are_refused_as_opaque() -> None:
    refusal = refusal_of(stripes(0.97), SIZE)
    assert refusal is not None
    assert refusal.reason is Reason.OPAQUE
    assert "97%" in refusal.why


def test_a_solid_box_is_refused() -> None:
    refusal = refusal_of(block(0.6), SIZE)
    assert refusal is not None
    assert "solid box" in refusal.why


def test_a_few_specks_are_refused() -> None:
    specks = np.zeros((60, 200), np.float32)
    specks[20:24, 20:24] = 0.7
    assert refusal_of(matte_of(specks), SIZE) is not None
    assert refusal_of(matte_of(specks * 0), SIZE) is not None


def test_a_small_picture_needs_less_ink_than_a_large_one() -> None:
    small = np.zeros((40, 60), np.float32)
    small[10:30, 10:50:8] = 0.7
    assert refusal_of(matte_of(small), (360, 640)) is None
    assert refusal_of(matte_of(small), SIZE) is not None


def test_more_than_half_of_the_places_must_look_like_a_mark() -> None:
    def estimate_of(*mattes: Matte) -> Estimate:
        return Estimate(mattes, (), 0, (), ())

    assert ink_of(estimate_of(stripes(0.6), stripes(0.6), block(0.6)), SIZE) is None
    refusal = ink_of(estimate_of(stripes(0.6), block(0.6)), SIZE)
    assert refusal is not None
    assert "solid box" in refusal.why
