"""Ids that people can read aloud and that fit where ids go."""

from __future__ import annotations

import re

from reposter.kit.ids import new_id
from reposter.storage.layout import SAFE_NAME


def test_an_id_says_what_it_is_of_and_avoids_letters_that_look_alike():
    for _ in range(200):
        assert re.fullmatch(r"src_[0-9a-hjkmnp-tv-z]{10}", new_id("src"))


def test_ids_do_not_meet():
    assert len({new_id("x") for _ in range(5000)}) == 5000


def test_an_id_can_be_a_file_name():
    assert SAFE_NAME.fullmatch(new_id("again"))
