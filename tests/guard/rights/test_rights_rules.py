"""What each ground allows: the whole table."""

from __future__ import annotations

from itertools import product

import pytest

from reposter.guard.rights.rules import may
from reposter.vocabulary.rights import Act, Basis

HELD_BACK = {(Basis.UNKNOWN, Act.REMOVE_WATERMARK), (Basis.UNKNOWN, Act.PUBLISH)}


@pytest.mark.parametrize(("basis", "act"), list(product(Basis, Act)))
def test_only_an_unknown_ground_holds_anything_back_and_only_two_acts(basis, act):
    answer = may(basis, act)
    assert answer.allowed is ((basis, act) not in HELD_BACK)
    assert bool(answer.sentence) is not answer.allowed


def test_the_refusal_says_which_deed_waits():
    assert may(Basis.UNKNOWN, Act.PUBLISH).sentence.endswith("publishing waits.")
    assert may(Basis.UNKNOWN, Act.REMOVE_WATERMARK).sentence.endswith("removing a watermark waits.")


def test_the_table_is_of_five_grounds_and_four_acts():
    assert (len(Basis), len(Act)) == (5, 4)
