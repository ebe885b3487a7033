"""The locks are whole, hashed, agree with each other, and name no registry."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNTIME, DEV = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z0-9,_-]+\])?==(\S+)", re.MULTILINE)
MARKER_HINT = re.compile(r"^[A-Za-z0-9._-]+")


def pins(lock: Path) -> set[tuple[str, str]]:
    return {(name, version) for name, version in PIN.findall(lock.read_text())}


def names(lock: Path) -> set[str]:
    return {name for name, _ in pins(lock)}


def wanted(requirements: list[str]) -> set[str]:
    """Names as locks spell them."""
    found = (MARKER_HINT.match(requirement) for requirement in requirements)
    return {re.sub(r"[-_.]+", "-", match.group().lower()) for match in found if match}


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def requirements_of(lock: Path) -> list[str]:
    """One text per requirement: its continued lines joined."""
    lines = [line for line in lock.read_text().splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return [part for part in re.sub(r"\\\n\s*", " ", "\n".join(lines)).splitlines() if part.strip()]


@pytest.mark.parametrize("lock", [RUNTIME, DEV], ids=lambda lock: lock.name)
def test_every_requirement_is_pinned_and_hashed(lock):
    requirements = requirements_of(lock)
    assert len(requirements) > 40
    assert [text for text in requirements if not PIN.match(text)] == []
    assert [text for text in requirements if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", text)] == []


@pytest.mark.parametrize("lock", [RUNTIME, DEV], ids=lambda lock: lock.name)
def test_a_lock_names_no_registry_and_no_path(lock):
    text = lock.read_text()
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host|file:|^-e ", text, re.MULTILINE)


def test_everything_that_the_project_asks_for_is_locked(project):
    asked = project["project"]["dependencies"] + project["project"]["optional-dependencies"]["sandbox"]
    assert wanted(asked) - names(RUNTIME) == set()
    assert wanted(asked + project["dependency-groups"]["dev"]) - names(DEV) == set()


def test_tests_run_on_the_very_versions_that_users_get():
    assert pins(RUNTIME) - pins(DEV) == set()
