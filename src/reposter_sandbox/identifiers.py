"""Make ids, tokens and log ids that look like the platform's."""

from __future__ import annotations

import secrets
import time

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def snowflake(seconds: float, tail: int | None = None) -> str:
    """A 19-digit id, the second of birth in its upper half: above 2^53, as clients must expect."""
    low = secrets.randbits(32) if tail is None else tail & 0xFFFFFFFF
    return str((int(seconds) << 32) | low)


def letters(count: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(count))


def log_id() -> str:
    return time.strftime("%Y%m%d%H%M%S", time.gmtime()) + secrets.token_hex(9).upper()
