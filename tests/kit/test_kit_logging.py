"""The log file holds one JSON object per line, whoever speaks. Whole processes: logging is global."""

from __future__ import annotations

import json
import subprocess
import sys

TALK = """
import logging, sys
from pathlib import Path
import structlog
from reposter.kit.logging import set_up_logging
set_up_logging(Path(sys.argv[1]) if sys.argv[1] else None, process="publisher-1", verbose=len(sys.argv) > 2)
log = structlog.get_logger("reposter.test")
log.info("post.published", post=7, account="@ä")
logging.getLogger("somebody.else").warning("a library speaks: %s", "two\\nlines")
logging.getLogger("httpx").info("GET https://secret")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("step.unexpected", step="x")
"""


def talk(file, *more):
    child = subprocess.run([sys.executable, "-c", TALK, str(file), *more], capture_output=True, text=True, timeout=60)
    assert child.returncode == 0, child.stderr
    return child.stdout, child.stderr


def test_the_file_holds_json_lines_of_us_and_of_libraries(tmp_path):
    file = tmp_path / "logs" / "agent.log"
    spoken = talk(file)
    ours, theirs, trouble = [json.loads(line) for line in file.read_text().splitlines()]
    assert ours["event"] == "post.published"
    assert (ours["post"], ours["account"], ours["level"], ours["process"]) == (7, "@ä", "info", "publisher-1")
    assert ours["timestamp"].endswith("Z")
    assert theirs["event"] == "a library speaks: two\nlines"
    assert theirs["logger"] == "somebody.else"
    assert "ZeroDivisionError" in trouble["exception"]
    assert spoken == ("", "")


def test_without_a_file_people_read_it_on_standard_error():
    spoken, readable = talk("")
    assert spoken == ""
    assert "post.published" in readable


def test_verbose_writes_both(tmp_path):
    file = tmp_path / "agent.log"
    _, readable = talk(file, "verbose")
    assert "post.published" in readable
    assert len(file.read_text().splitlines()) == 3
