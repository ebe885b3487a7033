"""What the places share is fitted to what each place shows of itself."""

import numpy as np
import pytest
from test_lines import place

from reposter.craft.watermark.estimate.joining import Solved, settled_here
from reposter.craft.watermark.estimate.solving import Solution
from reposter.craft.watermark.sums import Sums

SHAPE = (40, 60)
UNDER, SHARED_SEE_THROUGH, SHARED_INK = 100.0, 0.5, 100.0  # strokes are 150 where 100 lies under them


def strokes():
    mask = np.zeros(SHAPE, bool)
    mask[10:30, 10:50:5] = mask[10:30, 11:50:5] = True
    return mask


def looks(*, stroke_luma, haze=0.0, doubt=1.0):
    """Twenty looks in which strokes have `stroke_luma`, and everything is `haze` brighter than was guessed."""
    sums, under = Sums.empty(SHAPE), np.full(SHAPE, UNDER, np.float32)
    seen = np.where(strokes(), stroke_luma + SHARED_SEE_THROUGH * haze, UNDER + haze).astype(np.float32)
    for _ in range(20):
        sums.gather(np.full(SHAPE, 0.1, np.float32), under, seen, np.full(SHAPE, doubt, np.float32))
    return sums


def strokes_after(sums):
    see_through = np.where(strokes(), SHARED_SEE_THROUGH, 1).astype(np.float32)
    ink = np.where(strokes(), SHARED_INK, 0).astype(np.float32)
    nothing = np.zeros(SHAPE, np.float32)
    solution = Solution(see_through, ink, nothing, np.full(SHAPE, UNDER, np.float32), sums.weight)
    settled = settled_here(Solved(solution, strokes()), sums, place(looks=20)).solution
    assert (settled.ink[~strokes()] == 0).all()
    return float((settled.see_through * UNDER + settled.ink)[strokes()].mean())


def test_where_guesses_are_good_strokes_come_out_as_they_were_seen():
    assert strokes_after(looks(stroke_luma=156)) == pytest.approx(155, abs=0.6)


def test_where_guesses_are_poor_what_the_places_share_counts_more():
    assert strokes_after(looks(stroke_luma=156, doubt=100)) == pytest.approx(150.5, abs=0.3)


def test_a_haze_over_strokes_and_gaps_alike_is_no_ink():
    assert strokes_after(looks(stroke_luma=150, haze=6)) == pytest.approx(150, abs=0.6)


def test_where_nothing_was_seen_nothing_changes():
    assert strokes_after(Sums.empty(SHAPE)) == 150
