"""The real application on a data folder of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from api_door import Door, serve_on

from reposter.bootstrap import wire
from reposter.migrate import migrate_database
from reposter.storage.layout import Layout


@pytest.fixture(autouse=True, scope="module")
def no_settings_of_the_shell() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("REPOSTER_")]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as a first start leaves it, made once and copied by each test."""
    folder = tmp_path_factory.mktemp("migrated")
    Layout(folder).create()
    app = wire(folder)
    migrate_database(app.database)
    app.close()
    return folder


@pytest.fixture
def open_door(migrated: Path, tmp_path: Path) -> Iterator[Callable[[], Door]]:
    """Opens the application; called again, another process's worth of it on the same folder."""
    folder = tmp_path / "data"
    shutil.copytree(migrated, folder)
    with ExitStack() as opened:
        yield lambda: opened.enter_context(serve_on(folder))


@pytest.fixture
def door(open_door: Callable[[], Door]) -> Door:
    return open_door()


@pytest.fixture(scope="module")
def shared_door(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """One for a whole module, for tests that change nothing."""
    folder = tmp_path_factory.mktemp("shared") / "data"
    shutil.copytree(migrated, folder)
    with serve_on(folder) as door:
        yield door
