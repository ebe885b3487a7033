"""Bring a data folder's database to this version: our tables by Alembic, the engine's by the engine."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from reposter.kit.database import Database
from reposter.kit.errors import AppError, Verdict
from reposter.pipeline.engine import prepare_engine

PACKAGE = Path(__file__).parent


class SchemaNewer(AppError):
    code = "schema_newer"
    verdict = Verdict.NEEDS_PERSON


def migrate_database(database: Database) -> None:
    """Run once by whoever starts the processes, before they start.

    Raises:
        SchemaNewer: the database was made by a newer version of Reposter.
    """
    config = alembic_config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        _refuse_newer(config, connection)
        if database.is_sqlite:  # its driver would commit after each statement: half a migration could not be repeated
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        command.upgrade(config, "head")
    prepare_engine(database)


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    return config


def migrations_folder() -> Path:
    """Beside the sources in a checkout, inside the package in an installed wheel."""
    inside = PACKAGE / "migrations"
    return inside if inside.is_dir() else PACKAGE.parents[1] / "migrations"


def _refuse_newer(config: Config, connection: sa.Connection) -> None:
    at = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if at is not None and at not in known:
        raise SchemaNewer(
            f"The database was made by a newer version of Reposter (schema {at}); this one would damage it.",
            hint="Start the newer version, or restore a backup made before the upgrade.",
        )
