"""Options that many commands share, and the product wired for one command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reposter.cli.console import fail
from reposter.kit.errors import AppError, InvalidInput
from reposter.vocabulary.rights import Basis

if TYPE_CHECKING:
    from reposter.bootstrap import App

DEFAULT_DATA_DIR = Path.home() / "reposter"
DataDir = Annotated[
    Path,
    typer.Option("--data-dir", envvar="REPOSTER_DATA_DIR", help="Where everything lives.", show_default="~/reposter"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


class FolderUnusable(InvalidInput):
    code = "data_dir_unusable"


@contextmanager
def opened(data_dir: Path) -> Iterator[App]:
    """The product on a data folder that is made and migrated first; errors become a sentence and an exit code."""
    from reposter.bootstrap import wire  # heavy (database, engine), and light commands never come here
    from reposter.kit.database import full_disk_as_error
    from reposter.migrate import migrate_database

    try:
        prepare_folder(data_dir)
        with full_disk_as_error():
            app = wire(data_dir)
            try:
                migrate_database(app.database)
                yield app
            finally:
                app.close()
    except AppError as error:
        fail(error)


def prepare_folder(data_dir: Path) -> None:
    """Make the folders of a data directory.

    Raises:
        FolderUnusable: it cannot be made or written.
    """
    from reposter.storage.layout import Layout

    try:
        Layout(data_dir.absolute()).create()
    except OSError as error:
        raise FolderUnusable(
            f"The data folder {data_dir} cannot be used: {os.strerror(error.errno or 0).lower()}.",
            hint="Choose another with --data-dir, or mend its permissions.",
        ) from error


def basis_named(text: str) -> Basis:
    """The ground of use of that name.

    Raises:
        InvalidInput: there is none.
    """
    try:
        return Basis(text)
    except ValueError as error:
        raise InvalidInput(
            f"There is no ground of use {text!r}.", hint=f"Choose one of: {', '.join(Basis)}."
        ) from error
