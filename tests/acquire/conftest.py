"""One pretend TikTok for each file of tests."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pretend_site import Site

from reposter.vendors.ytdlp.options import YtdlpSettings


@pytest.fixture(scope="module")
def running_site(tmp_path_factory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("world")
    world = subprocess.Popen(
        [sys.executable, "-m", "reposter_sandbox", "--data-dir", str(folder), "--speed", "1"], stdout=subprocess.PIPE
    )
    try:
        assert world.stdout
        addresses = json.loads(world.stdout.readline())
        settings = YtdlpSettings(
            proxy=addresses["site_proxy"],
            ca_file=Path(addresses["ca_file"]),
            socket_timeout_seconds=10,
            retries=2,
            retry_wait_seconds=0.05,
        )
        yield Site(folder, addresses["control_url"], settings)
    finally:
        world.terminate()
        world.communicate(timeout=10)


@pytest.fixture
def site(running_site) -> Site:
    httpx.delete(f"{running_site.control_url}/faults").raise_for_status()
    return running_site
