"""Memory stays flat whatever the size of the video."""

from __future__ import annotations

from benchmarks.upload_memory import measure

SIZE_BYTES = 200 << 20
RAISED_MIB_MAX = 32


def test_a_large_upload_takes_little_memory_from_its_hash_to_its_last_byte():
    figures = measure(SIZE_BYTES)
    assert figures["taken_bytes"] == SIZE_BYTES
    assert figures["raised_mib"] <= RAISED_MIB_MAX, figures
