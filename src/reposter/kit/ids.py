"""Short ids for people: a prefix that says what it is, and enough randomness never to meet twice."""

from __future__ import annotations

import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # no i, l, o, u: easy to read aloud
LENGTH = 10


def new_id(prefix: str) -> str:
    """For example `src_4k2m9x0b7c`: 50 random bits."""
    return f"{prefix}_{''.join(secrets.choice(ALPHABET) for _ in range(LENGTH))}"
