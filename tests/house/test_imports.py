"""The contracts between folders hold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_no_import_breaks_a_contract():
    linter = Path(sys.executable).with_name("lint-imports")
    answer = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert answer.returncode == 0, answer.stdout
    assert " 0 broken" in answer.stdout
