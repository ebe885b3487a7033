"""Files that are whole or not there: temporary name, fsync, rename; checksums; room on the disk."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reposter.kit.errors import StorageExhausted

CHUNK_BYTES = 1 << 20


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file, read in constant memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_atomic(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write `data` so that a reader sees the old file or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    with disk_full_as_error(path):
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def move_into_place(temporary: Path, final: Path) -> None:
    """Publish a finished temporary file under its final name, durably; both lie on one disk.

    When they do not, the bytes are copied beside the goal first.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    with disk_full_as_error(final):
        if temporary.stat().st_dev != final.parent.stat().st_dev:
            beside = final.with_name(f".{final.name}.{os.getpid()}.part")
            shutil.copyfile(temporary, beside)
            temporary.unlink()
            temporary = beside
        _fsync(temporary)
        temporary.replace(final)
        _fsync(final.parent)


def free_bytes(folder: Path) -> int:
    """Bytes that may still be written under `folder` (or its nearest existing parent)."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


@contextmanager
def disk_full_as_error(path: Path) -> Iterator[None]:
    """Turn the system's "no space left" into a sentence with a remedy."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StorageExhausted(
                f"The disk is full: {path.name} could not be written.",
                hint=f"Free some space under {path.parent}; work goes on by itself.",
            ) from error
        raise


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
