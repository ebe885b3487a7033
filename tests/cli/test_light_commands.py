"""The command line starts without what only some of its commands need."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("av", "cv2", "httpx", "numpy", "pydantic", "sqlalchemy", "websockets")


def test_the_command_line_imports_nothing_heavy_before_a_command_runs():
    program = f"import sys, reposter.cli.main; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
