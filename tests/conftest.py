"""What every folder of tests may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def prepared_database(tmp_path_factory) -> Path:
    """Migrated once; each test copies it."""
    from installation import prepare_database  # seconds of imports, which most tests never need

    return prepare_database(tmp_path_factory.mktemp("prepared") / "database.sqlite")


@pytest.fixture
def installation(tmp_path, prepared_database):
    from installation import Installation  # as above

    installation = Installation.on(tmp_path / "data", prepared_database)
    yield installation
    installation.close()


@pytest.hookimpl(trylast=True)  # pytest itself moves tests with session-wide parameters to the front
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole processes first: they mostly wait, and nothing long is left for the end of a parallel run.

    Browser tests last: Playwright keeps an event loop in the main thread, in which no other may be run.
    """
    items.sort(key=lambda item: _turn(item.path.parts))


def _turn(folders: tuple[str, ...]) -> int:
    if "journeys" in folders or "postgres" in folders:
        return 0
    return 2 if "browser" in folders else 1
