"""Who renews a token: named so that others on this machine can see whether it still lives."""

from __future__ import annotations

import hashlib
import os
import secrets
import socket

_RUN = secrets.token_hex(4)  # tells us from an earlier process that had our number


def new_holder() -> str:
    """A name of at most 40 characters for one renewal by this process."""
    return f"{_machine()}:{os.getpid()}:{_RUN}:{secrets.token_hex(4)}"


def has_ended(holder: str | None) -> bool:
    """Whether the holder was a process of this machine that has ended. Of other machines nobody here knows."""
    machine, pid, run, *_ = [*(holder or "").split(":"), "", "", ""][:4]
    if machine != _machine() or not pid.isdigit():
        return False
    if int(pid) == os.getpid():
        return run != _RUN
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _machine() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:12]
