"""Chunk plans that TikTok accepts, whether its MB is 10^6 or 2^20 bytes."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reposter.vendors.tiktok.chunks import FILE_BYTES_MAX, plan_chunks

MIB = 1 << 20


@pytest.mark.parametrize(
    ("size", "count", "last"),
    [
        (4_194_304, 1, 4_194_304),
        (64_000_000, 1, 64_000_000),
        (64_000_001, 6, 14_000_001),
        (158_008_374, 15, 18_008_374),
        (4 * 1024**3, 429, 14_967_296),
    ],
)
def test_the_worked_examples_of_the_guide_come_out(size, count, last):
    chunks = list(plan_chunks(size).chunks())
    assert (len(chunks), chunks[-1].size_bytes) == (count, last)


@given(st.integers(1, FILE_BYTES_MAX))
@settings(deadline=None, max_examples=300)
def test_a_plan_covers_the_file_and_keeps_the_rules(size):
    plan = plan_chunks(size)
    chunks = list(plan.chunks())
    assert chunks[0].first == 0 and chunks[-1].end == size
    assert all(before.end == after.first for before, after in itertools.pairwise(chunks))
    assert len(chunks) == plan.count <= 1000
    assert (plan.count == 1) == (plan.chunk_bytes == size)
    if plan.count > 1:
        assert all(5 * MIB <= chunk.size_bytes <= 64_000_000 for chunk in chunks[:-1])
        assert 5 * MIB <= chunks[-1].size_bytes <= 128_000_000


@pytest.mark.parametrize("size", [0, -1, FILE_BYTES_MAX + 1])
def test_files_that_tiktok_never_takes_have_no_plan(size):
    with pytest.raises(ValueError, match="4 GiB"):
        plan_chunks(size)
