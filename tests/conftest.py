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
