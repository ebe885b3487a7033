"""Tell the world's own time, which can be hurried, and never let it run backwards.

Hurried (world seconds): processing and moderation, engagement, new uploads of creators, and every
rolling window that the platform counts (calls per minute, posts and pending drafts per 24 hours).
Real seconds: what clients compare with their own clock, that is createTime/create_time, token and code
lifetimes, upload URLs, CDN links and webhook retries.
"""

from __future__ import annotations

import threading
import time

from reposter_sandbox.store import Store


class WorldClock:
    """World time = anchor + (real time - real anchor) x speed; the anchor lives in the store.

    Time goes on while the process is down, so no restart can show an earlier time than the last answer.
    """

    def __init__(self, store: Store, *, speed: float) -> None:
        self._lock = threading.Lock()
        self._store = store
        self._latest: float = 0.0
        anchor = store.get("clock")
        if anchor is None:
            now = time.time()
            anchor = {"world": now, "real": now, "speed": speed}
        self._world = float(anchor["world"])
        self._real = float(anchor["real"])
        self._speed = float(anchor["speed"])
        self.set_speed(speed)

    @property
    def speed(self) -> float:
        return self._speed

    def now(self) -> float:
        """World seconds since 1970."""
        with self._lock:
            return self._read()

    def set_speed(self, speed: float) -> None:
        if not 0 <= speed <= 1_000_000:
            raise ValueError("speed must lie between 0 (stand still) and 1,000,000")
        # Store before clock, always: others ask the time in the middle of a transaction.
        with self._store.transaction(), self._lock:
            self._anchor(self._read(), speed)

    def jump(self, seconds: float) -> None:
        """Move world time forward."""
        if seconds < 0:
            raise ValueError("the world's time never runs backwards")
        with self._store.transaction(), self._lock:
            self._anchor(self._read() + seconds, self._speed)

    def real_time_of(self, world: float) -> float:
        """The real second at which the clock shows `world`, at the present speed, at most now."""
        with self._lock:
            now = time.time()
            ahead = self._read() - world
            return now if self._speed == 0 else min(now, now - ahead / self._speed)

    def _read(self) -> float:
        current = self._world + max(0.0, time.time() - self._real) * self._speed
        self._latest = max(self._latest, current)
        return self._latest

    def _anchor(self, world: float, speed: float) -> None:
        self._world, self._real, self._speed = world, time.time(), speed
        self._latest = world
        self._store.put("clock", {"world": world, "real": self._real, "speed": speed})
