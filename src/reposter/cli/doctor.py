"""`reposter doctor`: is everything there that the line needs, and how to mend what is not."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reposter.cli.console import messages, print_json
from reposter.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir
from reposter.kit.errors import AppError
from reposter.kit.files import free_bytes
from reposter.storage.layout import Layout

if TYPE_CHECKING:
    from reposter.settings import Settings

FREE_BYTES_WANTED = 2 << 30
MARKS = {"ok": "✓", "warning": "!", "failed": "✗"}


@dataclass(frozen=True)
class Check:
    """One finding; `hint` says how to mend it."""

    name: str
    state: str
    detail: str
    hint: str = ""


def doctor(data_dir: DataDir = DEFAULT_DATA_DIR, as_json: AsJson = False) -> None:
    """Check the installation and say how to mend it.

    Exit code 1 when something is broken.
    """
    checks = [_guarded(check, data_dir) for check in CHECKS]
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        for check in checks:
            messages.print(f"{MARKS[check.state]} {check.name}: {check.detail}", markup=False)
            if check.hint and check.state != "ok":
                messages.print(f"    hint: {check.hint}", markup=False)
    if any(check.state == "failed" for check in checks):
        raise typer.Exit(1)


def _guarded(check: Callable[[Path], Check], data_dir: Path) -> Check:
    try:
        return check(data_dir)
    except AppError as error:
        return Check(check.__name__.strip("_"), "failed", error.message, error.hint)


def _python(_: Path) -> Check:
    # The engine asks SQLite for sub-second times where Python is 3.12 or newer; before 3.42 it answers nothing.
    too_old = sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < (3, 42)
    detail = f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}"
    hint = "Use a Python that brings SQLite 3.42 or newer (python.org's and uv's do), or Postgres."
    return Check("python", "failed" if too_old else "ok", detail, hint)


def _settings(data_dir: Path) -> Check:
    _read(data_dir)
    return Check("settings", "ok", "readable, every name known")


def _disk(data_dir: Path) -> Check:
    free = free_bytes(data_dir.absolute())
    state = "ok" if free >= FREE_BYTES_WANTED else "failed"
    return Check("disk", state, f"{free / 1e9:.1f} GB free", "Downloads stop below 1 GB; free some space.")


def _database(data_dir: Path) -> Check:
    file = Layout(data_dir).database_file
    if _read(data_dir).database_url:
        return Check("database", "ok", "Postgres, by its URL")
    if not file.exists():
        return Check("database", "ok", "not made yet; `reposter up` makes it")
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30) as connection:
        try:
            answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            answer = str(error)
    connection.close()
    hint = "Stop Reposter, move the storage/database.sqlite* files aside together, and put back a copy of yours."
    return Check("database", "ok" if answer == "ok" else "failed", f"quick check says {answer}", hint)


def _codecs(_: Path) -> Check:
    import av  # heavy, and most commands never need it

    wanted = ("libx264", "aac")
    missing = [name for name in wanted if name not in av.codecs_available]
    detail = f"PyAV {av.__version__}" + (f" lacks {', '.join(missing)}" if missing else " with libx264 and aac")
    return Check("codecs", "failed" if missing else "ok", detail, "Install PyAV's own wheel: pip install av")


def _dashboard(_: Path) -> Check:
    from reposter.api.webbuild import WEB  # the standard library only, but part of another door

    built = (WEB / "index.html").is_file()
    return Check("dashboard", "ok" if built else "failed", "built" if built else "not built", "Run `make setup`.")


def _engines(_: Path) -> Check:
    from reposter.vendors.ytdlp.client import version  # starts a process

    return Check("yt-dlp", "ok", version())


def _tiktok(data_dir: Path) -> Check:
    app = _read(data_dir).tiktok
    missing = not app.client_key or not app.client_secret.get_secret_value()
    return Check(
        "tiktok app",
        "warning" if missing else "ok",
        "no key and secret yet: nothing can be posted" if missing else "key and secret are set",
        "Register an app in TikTok's developer portal and set tiktok.client_key and tiktok.client_secret.",
    )


def _read(data_dir: Path) -> Settings:
    from reposter.settings import load_settings

    return load_settings(Layout(data_dir.absolute()).config)


CHECKS = (_python, _settings, _disk, _database, _codecs, _dashboard, _engines, _tiktok)
