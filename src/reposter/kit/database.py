"""The database: one engine per process, one transaction per request or step, SQLite or Postgres by URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from sqlite3 import Connection as SqliteConnection
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from reposter.kit.errors import StorageExhausted

BUSY_TIMEOUT_MS = 30_000
CONNECTIONS_KEPT = 5  # per process; PostgreSQL has 100 for all
CONNECTIONS_MAX = 64
"""One for each thread of the durable engine: a publisher runs 51 jobs at once, each of which holds a connection while
it waits for the one writer of SQLite or for a lock, and one that gets none for 30 seconds fails."""

POOL: dict[str, Any] = {  # arguments by name
    "pool_size": CONNECTIONS_KEPT,
    "max_overflow": CONNECTIONS_MAX - CONNECTIONS_KEPT,
}


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in Python, naive UTC in the database: SQLite keeps no offset."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Table(DeclarativeBase):
    """Base of every table; constraint names are fixed so that migrations can speak of them."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy's own way to declare it
        datetime: UtcDateTime(),
        dict[str, Any]: sa.JSON(),
        list[str]: sa.JSON(),
        list[Any]: sa.JSON(),
    }


def make_engine(url: str) -> Engine:
    """An engine that is safe for several processes.

    SQLite runs in WAL with synchronous=FULL: a commit that was answered survives a power cut. Its driver begins a
    transaction at the first write, and IMMEDIATE, because a deferred one that upgrades meets SQLITE_BUSY without
    waiting. What is read before the first write may change meanwhile: `serialise` is for those who decide by it.
    """
    if not url.startswith("sqlite"):
        engine = sa.create_engine(url, pool_pre_ping=True, hide_parameters=True, **POOL)
        event.listen(engine, "connect", _speak_utc)
        return engine
    pool = POOL if sa.make_url(url).database else {}  # in memory each thread has a database of its own
    engine = sa.create_engine(url, hide_parameters=True, **pool)  # values must not travel into logs with an error

    @event.listens_for(engine, "connect")
    def _prepare(connection: SqliteConnection, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def _speak_utc(connection: DBAPIConnection, _record: object) -> None:
    """Our columns hold UTC without a zone, which the server would read in its own.

    Set by a statement, as an option of the connection would replace those that the address or environment names.
    """
    cursor = connection.cursor()
    cursor.execute("SET TIME ZONE 'UTC'")
    cursor.close()
    connection.commit()


class Database:
    """Hands out transactions. Whoever opens one commits it; features never do."""

    def __init__(self, url: str) -> None:
        self.url = _with_driver(url)
        self.engine = make_engine(self.url)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits at the end, or rolls back and raises.

        Raises:
            StorageExhausted: the disk is full; what was committed before is safe.
        """
        with full_disk_as_error(), self._sessions.begin() as session:
            yield session

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def full_disk_as_error() -> Iterator[None]:
    """Turn what a database says of a full disk into a sentence with a remedy."""
    try:
        yield
    except sa.exc.OperationalError as error:
        if not is_disk_full(error):
            raise
        raise StorageExhausted(
            "The disk that holds the database is full; nothing was changed.",
            hint="Free some space; work goes on by itself.",
        ) from error


def _with_driver(url: str) -> str:
    """`postgres://` and `postgresql://` as people write them mean the driver that is installed."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg{separator}{rest}" if scheme in ("postgres", "postgresql") else url


def serialise(session: Session, key: str) -> None:
    """From here to its end this transaction is alone among those that name `key`: read, decide, write, undisturbed.

    SQLite has one writer, so it becomes that one now instead of at its first write; Postgres locks the key alone.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(key))))
    elif not connection.connection.dbapi_connection.in_transaction:  # type: ignore[union-attr]  # it is connected
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def is_disk_full(error: sa.exc.DBAPIError) -> bool:
    """SQLITE_FULL, or the errors that a file size limit makes of it: in the file, or in the index of the log."""
    name = getattr(error.orig, "sqlite_errorname", "")
    return name == "SQLITE_FULL" or name.startswith(("SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE"))
