"""Break chosen answers on purpose, a counted number of times, with the truth kept right."""

from __future__ import annotations

import random
import threading
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from reposter_sandbox.store import Store

Kind = Literal[
    "status-before",  # answer `status`, and nothing has happened
    "status-after",  # it happened, but the answer is `status`
    "lost-request",  # the connection closes, and nothing has happened
    "lost-response",  # it happened, and the connection closes without a byte
    "delay",  # the right answer, `seconds` (real) late
    "html",  # HTTP 200 and a web page instead of the answer; nothing has happened
    "html-after",  # the same, but it happened
    "truncated",  # it happened; headers promise the whole body, half of it comes
    "cut",  # as truncated, after `bytes` bytes of body
    "rate-limited",  # 429 in the platform's own words; nothing has happened
    "empty",  # HTTP 200 and an empty body; nothing has happened
]
BEFORE: frozenset[str] = frozenset({"status-before", "lost-request", "html", "rate-limited", "empty"})


class Fault(BaseModel):
    """One standing order.  `endpoint` is a route's name, a prefix ending in `*`, or `*` for all."""

    model_config = ConfigDict(extra="forbid")

    endpoint: str
    kind: Kind
    times: int = Field(default=1, description="how often; -1 = until deleted")
    skip: int = Field(default=0, ge=0, description="let this many calls pass first")
    status: int = Field(default=503, ge=200, le=599)
    seconds: float = Field(default=1.0, ge=0, le=600)
    bytes: int = Field(default=10_000, ge=0)


class Faults:
    def __init__(self, store: Store, *, seed: int, share: float, endpoints: list[str], kinds: list[str]) -> None:
        self._store = store
        self._random = random.Random(f"faults {seed}")
        self._lock = threading.Lock()
        self._share, self._endpoints, self._kinds = share, endpoints, kinds

    def add(self, fault: Fault) -> int:
        return self._store.insert(
            "faults",
            endpoint=fault.endpoint,
            body=fault.model_dump_json(),
            skip=fault.skip,
            times=fault.times,
        )

    def clear(self) -> int:
        return self._store.run("DELETE FROM faults")

    def standing(self) -> list[dict[str, object]]:
        rows = self._store.rows("SELECT * FROM faults ORDER BY id")
        return [{"id": r["id"], **Fault.model_validate_json(r["body"]).model_dump(), "times": r["times"]} for r in rows]

    def take(self, endpoint: str) -> Fault | None:
        """Use up one fault meant for this endpoint, oldest order first, or draw random trouble."""
        with self._store.transaction():
            for row in self._store.rows("SELECT * FROM faults WHERE times != 0 ORDER BY id"):
                if not _is_meant(row["endpoint"], endpoint):
                    continue
                if row["skip"] > 0:
                    self._store.run("UPDATE faults SET skip = skip - 1 WHERE id = ?", row["id"])
                    continue
                if row["times"] > 0:
                    self._store.run("UPDATE faults SET times = times - 1 WHERE id = ?", row["id"])
                return Fault.model_validate_json(row["body"])
        return self._draw(endpoint)

    def _draw(self, endpoint: str) -> Fault | None:
        if not self._share or not any(_is_meant(wanted, endpoint) for wanted in self._endpoints):
            return None
        with self._lock:
            if self._random.random() >= self._share:
                return None
            kind = self._random.choice(self._kinds)
        return Fault.model_validate({"endpoint": endpoint, "kind": kind, "bytes": 50_000})


def _is_meant(wanted: str, endpoint: str) -> bool:
    return wanted == endpoint or (wanted.endswith("*") and endpoint.startswith(wanted[:-1]))
