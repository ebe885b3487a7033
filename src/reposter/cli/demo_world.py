"""The pretend world as the demo needs it: started, found by the product through its settings, asked for its ledger."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reposter.kit.errors import VendorUnavailable
from reposter.kit.supervisor import Child, Supervisor

if TYPE_CHECKING:
    import httpx

READY_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 2.0
POLL_SECONDS = 0.1
SPEED = 60
"""World seconds per second: moderation of half a minute takes half a second."""


class PretendWorld:
    """The sandbox as a process of its own; it shares no code with the product and is spoken to over HTTP alone."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._facts: dict[str, Any] = {}  # JSON that the world prints

    @property
    def url(self) -> str:
        return str(self._facts["api_url"])

    def start(self, say: Callable[[str, str], None]) -> None:
        """Start it and learn its addresses, which it keeps for its folder, even when it is started again.

        Raises:
            VendorUnavailable: it did not come up.
        """
        child = Child("pretend-world", tuple(self._command()))
        self._keeper = Supervisor([child], on_change=say)
        self._keeper.start()
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not self._read_facts():
            if time.monotonic() > deadline or not self._keeper.pids():
                self.stop()
                raise VendorUnavailable(
                    "The pretend world did not start.", hint="What it said is above; try another --data-dir."
                )
            self._keeper.poll()
            time.sleep(POLL_SECONDS)

    def poll(self) -> None:
        self._keeper.poll()

    def stop(self) -> None:
        self._keeper.stop(grace_seconds=STOP_SECONDS_MAX)

    def environment(self) -> dict[str, str]:
        """The settings that point the product at this world and let it hurry."""
        facts = self._facts
        return {
            "REPOSTER_PRETEND_WORLD": "true",
            "REPOSTER_TIKTOK__API_URL": facts["api_url"],
            "REPOSTER_TIKTOK__AUTH_URL": facts["auth_url"],
            "REPOSTER_TIKTOK__CLIENT_KEY": json.dumps(facts["client_key"]),
            "REPOSTER_TIKTOK__CLIENT_SECRET": json.dumps(facts["client_secret"]),
            "REPOSTER_YTDLP__PROXY": facts["site_proxy"],
            "REPOSTER_YTDLP__CA_FILE": json.dumps(str(facts["ca_file"])),
            "REPOSTER_ACQUIRE__SCAN_SECONDS_MIN": "5",
            "REPOSTER_ACQUIRE__RETRY_DELAYS_SECONDS": "[1, 5, 15]",
            "REPOSTER_ACQUIRE__FREE_BYTES_MIN": str(200 << 20),
            "REPOSTER_PROCESSING__ENCODER_PRESET": "veryfast",
            "REPOSTER_SCHEDULING__FREQUENCY": "10_seconds",
            "REPOSTER_SCHEDULING__ACTIVE_HOURS": '{"start": "00:00", "end": "00:00"}',
            "REPOSTER_PUBLISHING__HURRY": "20",
            "REPOSTER_PUBLISHING__RETRY_DELAYS_SECONDS": "[1, 5, 15]",
            "REPOSTER_PUBLISHING__POSTS_PER_HOUR": "60",
            "REPOSTER_PUBLISHING__POSTS_PER_DAY": "200",
            "REPOSTER_PUBLISHING__API_CALLS_PER_HOUR": "20000",
            "REPOSTER_METRICS_AGES_SECONDS": '{"10s": 10, "60s": 60, "300s": 300}',
        }

    def ledger_figures(self) -> dict[str, float]:
        """What was really posted, by the world's own count."""
        ledger = self.ask("GET", f"{self._facts['control_url']}/ledger").json()
        return {"ledger_posts": len(ledger["posts"]), "duplicates": ledger["duplicates"]}

    def ask(self, method: str, url: str, **request: Any) -> httpx.Response:  # httpx's own keywords
        """One request to the world.

        Raises:
            VendorUnavailable: it does not answer; it may just be starting again, so ask again.
        """
        import httpx

        try:
            return httpx.request(method, url, timeout=10, trust_env=False, **request)
        except httpx.TransportError as error:
            raise VendorUnavailable(f"The pretend world does not answer: {error}") from error

    def _read_facts(self) -> bool:
        """True once the file that the world leaves when it is ready is of this very process."""
        try:
            self._facts = json.loads((self._data_dir / "world.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return False
        return self._facts["pid"] in self._keeper.pids().values()

    def _command(self) -> list[str]:
        return [
            sys.executable, "-m", "reposter_sandbox", "--data-dir", str(self._data_dir), "--speed", str(SPEED),
            "--parent-pid", str(os.getpid()),
        ]  # fmt: skip
