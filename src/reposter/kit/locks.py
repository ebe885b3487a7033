"""One holder at a time on one machine: a lock that the system lets go of when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from reposter.kit.errors import Conflict


class AlreadyRunning(Conflict):
    code = "already_running"


class FileLock:
    """Held from `with` to its end. The file keeps the holder's process id for people."""

    def __init__(self, path: Path, *, what: str, wait_seconds: float = 0.0) -> None:
        self._path, self._what, self._wait = path, what, wait_seconds
        self._descriptor = -1

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            AlreadyRunning: somebody else holds it.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        deadline = time.monotonic() + self._wait
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() < deadline:
                    time.sleep(0.1)
                    continue
                holder = os.read(self._descriptor, 20).decode(errors="replace").strip() or "unknown"
                os.close(self._descriptor)
                raise AlreadyRunning(
                    f"{self._what} is running already (process {holder}).",
                    hint="Stop that one first, or choose another --data-dir.",
                ) from None
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)
