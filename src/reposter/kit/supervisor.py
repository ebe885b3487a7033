"""Keep child processes running: start, watch, restart with back-off, stop together. Standard library only: light."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

BACKOFF_SECONDS = (0.2, 1, 2, 5, 10, 30, 60)
HEALTHY_SECONDS = 60.0
"""A child that lived so long is forgiven its earlier deaths."""


@dataclass(frozen=True)
class Child:
    name: str
    command: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)


@dataclass
class _Running:
    child: Child
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths_in_row: int = 0
    restarts: int = 0
    start_at: float = 0.0
    last_exit: int | None = None


class Supervisor:
    """Runs `children` until `stop`. Call `poll` a few times a second; `on_change(name, what)` hears of each change."""

    def __init__(self, children: Sequence[Child], *, on_change: Callable[[str, str], None]) -> None:
        self._all = [_Running(child) for child in children]
        self._on_change = on_change

    def start(self) -> None:
        for running in self._all:
            self._launch(running)

    def poll(self) -> None:
        """Notice deaths, and start again what is due."""
        now = time.monotonic()
        for running in self._all:
            if running.process is None:
                if now >= running.start_at:
                    running.restarts += 1
                    self._launch(running)
            elif running.process.poll() is not None:
                self._bury(running, now)

    def stop(self, *, grace_seconds: float) -> None:
        """Ask all to end, wait, and kill what does not."""
        alive = [running.process for running in self._all if running.process and running.process.poll() is None]
        for process in alive:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + grace_seconds
        for process in alive:
            try:
                process.wait(max(0.05, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def pids(self) -> dict[str, int]:
        return {running.child.name: running.process.pid for running in self._all if running.process}

    def _launch(self, running: _Running) -> None:
        running.started = time.monotonic()
        env = {**os.environ, **running.child.env, "REPOSTER_RESTARTS": str(running.restarts)}
        if running.last_exit is not None:
            env["REPOSTER_LAST_EXIT"] = str(running.last_exit)
        # A session of its own: Ctrl-C reaches the supervisor alone, which then ends the others in order. Standard
        # output belongs to the supervisor's own result.
        running.process = subprocess.Popen(
            running.child.command, env=env, start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        self._on_change(running.child.name, "started" if running.restarts == 0 else "restarted")

    def _bury(self, running: _Running, now: float) -> None:
        assert running.process is not None
        running.last_exit = running.process.returncode
        lived = now - running.started
        running.deaths_in_row = 0 if lived > HEALTHY_SECONDS else running.deaths_in_row + 1
        delay = BACKOFF_SECONDS[min(running.deaths_in_row, len(BACKOFF_SECONDS)) - 1] if running.deaths_in_row else 0.0
        running.process, running.start_at = None, now + delay
        self._on_change(running.child.name, f"{how_it_ended(running.last_exit)}; starts again in {delay:g} s")


def how_it_ended(exit_code: int) -> str:
    if exit_code < 0:
        try:
            return f"was killed by {signal.Signals(-exit_code).name}"
        except ValueError:  # a real-time signal has no name
            return f"was killed by signal {-exit_code}"
    return f"ended with code {exit_code}"
