"""Whole processes on folders of their own. Every test of this folder is a journey, and leaves no process behind."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from showing import Showing, processes_on


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.journey)


@pytest.fixture(autouse=True)
def no_settings_of_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("REPOSTER_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def show(tmp_path: Path) -> Iterator[Callable[[str], Showing]]:
    """Start the product in a pretend world of the scenario named; all of it ends with the test."""
    shown: list[Showing] = []

    def start(scenario: str) -> Showing:
        shown.append(Showing(tmp_path / "data", scenario))
        shown[-1].start()
        return shown[-1]

    yield start
    for showing in shown:
        showing.stop()


@pytest.fixture(autouse=True)
def nothing_left_behind(tmp_path: Path) -> Iterator[None]:
    yield
    left = processes_on(tmp_path)
    for process in left:
        process.kill()
    assert not left, left
