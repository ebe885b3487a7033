"""One way to make an HTTP client: deadlines on every call, no redirects unless asked, nobody's proxy by accident."""

from __future__ import annotations

import httpx

from reposter import __version__

CONNECT_SECONDS_MAX = 10.0
READ_SECONDS_MAX = 30.0
USER_AGENT = f"reposter/{__version__}"


def make_client(*, base_url: str = "", read_seconds: float = READ_SECONDS_MAX) -> httpx.Client:
    """A client whose every call ends; the caller closes it."""
    return httpx.Client(
        base_url=base_url,
        timeout=httpx.Timeout(read_seconds, connect=CONNECT_SECONDS_MAX),
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": USER_AGENT},
    )
