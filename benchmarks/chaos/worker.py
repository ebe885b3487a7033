"""A publisher that dies: `python -m benchmarks.chaos.worker DATA_DIR` forks one real agent per line on its input.

Everything is imported once, so that a life costs a fork. A line is a JSON object: `{"at": "init:after", "turn": 2}`
dies at that point of the publisher's, `{"at": "mid-chunk", "turn": 1}` with half a chunk sent, `{}` only when killed
from outside. Answers, one JSON object per line: `{"pid"}`, `{"serving"}` once the agent does, `{"status"}` at its end.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg  # noqa: F401  # imported before the fork, as are the three below
import structlog

import reposter.deliver.accounts.tokens
import reposter.deliver.publishing.tiktok as adapter
import reposter.kit.http  # noqa: F401
from reposter.bootstrap import wire, wire_agent
from reposter.deliver.publishing.order import Rules
from reposter.kit.process import LIBC, PR_SET_PDEATHSIG, end_with_parent
from reposter.pipeline import publish_post
from reposter.pipeline.agent import run_agent
from reposter.pipeline.agents import queues_of
from reposter.vendors.tiktok.chunks import Chunk

AGENT = "publisher-1"
MID_CHUNK = "mid-chunk"
WHOLE_BYTES_MAX, CHUNK_BYTES = 50_000, 25_000  # the files are small, and go in four chunks all the same
INTENT_PATIENCE_SECONDS = 0.2
ABANDONED_MAX = 1_000  # no post and no account has as many interruptions in its life as this trial has in a minute


@dataclass
class Death:
    """Dies by its own hand, as by `kill -9`, when the point named is reached for the `turn`-th time."""

    at: str = ""
    turn: int = 1
    _reached: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def point(self, name: str) -> None:
        with self._lock:
            self._reached[name] += 1
            if name == self.at and self._reached[name] == self.turn:
                os.kill(os.getpid(), signal.SIGKILL)

    def slice(self, path: Path, chunk: Chunk) -> Iterator[bytes]:
        """The chunk in two halves, with a point between them."""
        with path.open("rb") as file:
            file.seek(chunk.first)
            half = chunk.size_bytes // 2
            yield file.read(half)
            self.point(MID_CHUNK)
            yield file.read(chunk.size_bytes - half)


def main(data_dir: Path) -> None:
    end_with_parent()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _live(data_dir, Death(**json.loads(line)))
        _say({"pid": pid})
        _, status = os.waitpid(pid, 0)
        _say({"status": os.waitstatus_to_exitcode(status)})


def _live(data_dir: Path, death: Death) -> None:
    try:
        if LIBC:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        structlog.configure(processors=[_hearing(data_dir / "logs" / "worker.log")])
        adapter._read_slice = death.slice
        publish_post.rules_of = _quick(publish_post.rules_of)
        app = wire(data_dir)
        tools = replace(wire_agent(app, AGENT), point=death.point)
        run_agent(tools, queues_of(AGENT), grace_seconds=0)
    finally:
        os._exit(1)


def _quick(rules_of: Callable[..., Rules]) -> Callable[..., Rules]:
    """The product's own rules, for small files and without the patience that only saves calls."""
    return lambda options: replace(
        rules_of(options),
        whole_bytes_max=WHOLE_BYTES_MAX,
        chunk_bytes=CHUNK_BYTES,
        intent_patience_seconds=INTENT_PATIENCE_SECONDS,
        abandoned_max=ABANDONED_MAX,
        account_abandoned_max=ABANDONED_MAX,
    )


def _hearing(log: Path) -> Callable[..., Any]:  # structlog's processors
    def hear(_logger: object, _method: str, event: dict[str, Any]) -> dict[str, Any]:
        with log.open("a") as file:
            file.write(json.dumps(event, default=str) + "\n")
        if event["event"] == "agent.started":
            _say({"serving": True})
        raise structlog.DropEvent

    return hear


def _say(message: dict[str, Any]) -> None:  # JSON
    os.write(1, json.dumps(message).encode() + b"\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
