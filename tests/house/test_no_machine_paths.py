"""Nothing that we keep speaks of one machine, or of work that was put off."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MACHINE_PATH = re.compile(r"(?<![\w.~-])(/root/|/home/\w|/Users/\w|/work/(?:main|shared)|[A-Z]:\\Users\\)")
PUT_OFF = re.compile(r"\b(TO" + r"DO|FIX" + r"ME)\b")
OTHERS_WORDS = ("package-lock.json", ".lock")  # hashes and names that others chose


@pytest.fixture(scope="module")
def texts():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, timeout=60)
    if listed.returncode:
        pytest.skip("not a git checkout")
    found = {}
    for name in listed.stdout.decode().split("\0"):
        path = ROOT / name
        if name and path.is_file() and not name.endswith(OTHERS_WORDS):
            data = path.read_bytes()
            if b"\0" not in data:
                found[name] = data.decode("utf-8")
    assert len(found) > 200
    return found


def hits(texts, pattern):
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts.items()
        if name != "tests/house/test_no_machine_paths.py"
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_tracked_file_names_a_path_of_one_machine(texts):
    assert hits(texts, MACHINE_PATH) == []


def test_no_tracked_file_puts_work_off(texts):
    assert hits(texts, PUT_OFF) == []


@pytest.mark.parametrize("text", ["/home/jane/x", "cd /root/x", '"/Users/jane"', "C:\\Users\\jane", "/work/main/src"])
def test_a_machines_path_would_be_found(text):
    assert MACHINE_PATH.search(text)


@pytest.mark.parametrize("text", ["~/home/x", "https://a.example/home/x", "./root/x", "/api/home/x"])
def test_other_paths_are_left_alone(text):
    assert not MACHINE_PATH.search(text)
