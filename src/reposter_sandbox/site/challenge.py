"""Ask for the small proof of work that the site sometimes shows before a page."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets

WORK_MAX = 60_000


def challenge_page() -> str:
    """sha256(prefix + str(n)) is given, n is wanted."""
    prefix = secrets.token_bytes(16)
    digest = hashlib.sha256(prefix + str(secrets.randbelow(WORK_MAX) + 1).encode()).digest()
    task = {"v": {"a": _b64(prefix), "b": 1, "c": _b64(digest)}, "s": "sandbox"}
    text = html.escape(_b64(json.dumps(task).encode()).rstrip("="))
    return (
        f'<html><body>Please wait...<p id="cs" class="{text}"></p>'
        '<p id="wci" class="_wafchallengeid"></p><p id="rci" class="waforiginalreid"></p>'
        '<p id="rs" class="sandbox"></p></body></html>'
    )


def is_solved(cookie: str) -> bool:
    try:
        answer = json.loads(base64.b64decode(cookie + "=" * (-len(cookie) % 4)))
        prefix, digest = base64.b64decode(answer["v"]["a"]), base64.b64decode(answer["v"]["c"])
        return hashlib.sha256(prefix + base64.b64decode(answer["d"])).digest() == digest
    except (ValueError, KeyError, TypeError):
        return False


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
