"""A database and a video that many posts share."""

from __future__ import annotations

import pytest
from benchmarks.chaos.model import Bench
from contract_desk import clip, desk, world  # noqa: F401  # fixtures


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    yield bench
    bench.close()
