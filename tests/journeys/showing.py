"""The product in a pretend world of some scenario: started as `reposter demo` starts it, and asked over its doors."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psutil

from reposter.cli.demo_person import CHOICES, HANDLE, Person
from reposter.cli.demo_world import PretendWorld
from reposter.cli.options import prepare_folder
from reposter.cli.up import start_all, web_address
from reposter.kit.errors import VendorUnavailable
from reposter.settings import load_settings
from reposter.storage.layout import Layout
from reposter_sandbox.scenario import load_scenario
from reposter_sandbox.world import World

READY_SECONDS_MAX = 90.0
STOP_SECONDS_MAX = 8.0
POLL_SECONDS = 0.25
FEW = {"REPOSTER_ACQUIRE__SCAN_DEPTH": "3", "REPOSTER_ACQUIRE__RETRY_DELAYS_SECONDS": "[0.5]"}
"""A journey needs one video, not forty."""


class ScenarioWorld(PretendWorld):
    """The demo's world, which always has a happy day, with another day."""

    def __init__(self, data_dir: Path, scenario: str) -> None:
        super().__init__(data_dir)
        self._scenario = scenario

    def _command(self) -> list[str]:
        return [*super()._command(), "--scenario", self._scenario]

    @property
    def control_url(self) -> str:
        return str(self._facts["control_url"])


class Owner(Person):
    """The demo's person with sources of the test's choice."""

    def watch(self, *sources: dict[str, Any]) -> None:
        self._connect()
        self._ask("PUT", f"/api/accounts/{HANDLE}/choices", json=CHOICES)
        for source in sources:
            self._ask("POST", "/api/sources", json=source)


class Showing:
    def __init__(self, data_dir: Path, scenario: str) -> None:
        load_scenario(scenario)  # a misspelt name is told here and not by a process that keeps dying
        self.data_dir = data_dir
        self.world = ScenarioWorld(data_dir / "pretend-world", scenario)
        self._supervisor: Any = None

    def start(self, **environment: str) -> None:
        prepare_folder(self.data_dir)
        self.world.start(_silent)
        settings = load_settings(Layout(self.data_dir).config, environ={})
        host, port = web_address(settings, 0)
        self.url = f"http://{host}:{port}"
        self._supervisor = start_all(
            self.data_dir, settings, port=port, say=_silent, env={**self.world.environment(), **FEW, **environment}
        )
        self.person = Owner(self.url, self.world)
        self.until(self.person.is_served, READY_SECONDS_MAX)

    def stop(self) -> None:
        if self._supervisor:
            self._supervisor.stop(grace_seconds=STOP_SECONDS_MAX)
        self.world.stop()

    def until(self, done: Callable[[], Any], seconds: float = 60.0) -> Any:
        """What `done` answers, once it is true; the processes are kept up meanwhile."""
        deadline = time.monotonic() + seconds
        while True:
            self._supervisor.poll()
            self.world.poll()
            try:
                if answer := done():
                    return answer
            except VendorUnavailable:
                pass
            assert time.monotonic() < deadline, f"not within {seconds:.0f} s; the logs are in {self.data_dir / 'logs'}"
            time.sleep(POLL_SECONDS)

    def ask(self, method: str, path: str, **request: Any) -> Any:
        answer = httpx.request(method, self.url + path, timeout=20, trust_env=False, **request)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json()

    def videos(self, query: str = "") -> list[dict[str, Any]]:
        return self.ask("GET", f"/api/videos?limit=200&{query}")["items"]

    def posts(self, query: str = "") -> list[dict[str, Any]]:
        return self.ask("GET", f"/api/posts?limit=200&{query}")["items"]

    def ledger(self) -> dict[str, Any]:
        return self.world.ask("GET", f"{self.world.control_url}/ledger").json()

    def end_faults(self) -> None:
        assert self.world.ask("DELETE", f"{self.world.control_url}/faults").is_success


def read_ledger(data_dir: Path) -> dict[str, Any]:
    """The world's own count, read from its folder after everything has ended."""
    with World(data_dir / "pretend-world") as world:
        return httpx.get(f"{world.control_url}/ledger", timeout=20, trust_env=False).json()


def processes_on(folder: Path) -> list[psutil.Process]:
    """Processes that were told to work on something in `folder`."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        words = process.info["cmdline"] or []
        if process.pid != os.getpid() and any(str(folder) in word for word in words):
            found.append(process)
    return [process for process in found if process.status() != psutil.STATUS_ZOMBIE]


def _silent(_name: str, _what: str) -> None:
    pass
