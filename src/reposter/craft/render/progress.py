"""Progress that is told often enough to look alive and seldom enough to cost nothing."""

from __future__ import annotations

import time

from reposter.kit.process import OnProgress

INTERVAL_SECONDS = 0.25


class Ticker:
    """Tells how far a step has come; `total` may be an estimate and is stretched when it was too low."""

    def __init__(self, step: str, total: int, on_progress: OnProgress) -> None:
        self._step = step
        self._total = max(1, total)
        self._on_progress = on_progress
        self._started = time.monotonic()
        self._told = self._started - INTERVAL_SECONDS

    def tick(self, done: int) -> None:
        now = time.monotonic()
        if now - self._told >= INTERVAL_SECONDS:
            self._told = now
            self._tell(done, now)

    def finish(self, done: int) -> None:
        self._total = max(1, done)
        self._tell(done, time.monotonic())

    def _tell(self, done: int, now: float) -> None:
        total = max(self._total, done)
        spent = now - self._started
        self._on_progress(
            {
                "step": self._step,
                "done": done,
                "total": total,
                "fraction": round(done / total, 4),
                "eta_seconds": round(spent / done * (total - done), 1) if done else None,
            }
        )
