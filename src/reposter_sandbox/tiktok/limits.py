"""Count calls per token in sliding windows of one world minute."""

from __future__ import annotations

import threading
from collections import defaultdict, deque

from reposter_sandbox.clock import WorldClock
from reposter_sandbox.tiktok.envelope import Refusal

WINDOW_SECONDS = 60.0


class CallLimits:
    """Kept in memory: a minute that a restart forgets is the one thing that may be forgotten."""

    def __init__(self, clock: WorldClock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._calls: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)

    def count(self, access_token: str, endpoint: str, per_minute: int) -> None:
        """Raises Refusal; a refused call does not count itself."""
        with self._lock:
            now, calls = self._clock.now(), self._calls[access_token, endpoint]
            while calls and calls[0] <= now - WINDOW_SECONDS:
                calls.popleft()
            if len(calls) >= per_minute:
                raise Refusal("rate_limit_exceeded", "The API rate limit was exceeded. Please try again later.")
            calls.append(now)
