"""The queues of the line, who serves them and how much at once. Names are for ever."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Queue(StrEnum):
    SCAN = "scan"
    DOWNLOAD = "download"
    PROCESS = "process"
    PLAN = "plan"
    PUBLISH = "publish"
    CONFIRM = "confirm"
    MEASURE = "measure"


@dataclass(frozen=True)
class QueueLimits:
    """`per_agent`: workflows that one agent runs at once; `per_key`: at once per account over all agents.

    Looking for work is what an idle agent spends its processor time on: queues that are in no hurry look less often.
    """

    per_agent: int
    poll_seconds: float
    per_key: int | None = None


LIMITS: dict[Queue, QueueLimits] = {
    Queue.SCAN: QueueLimits(per_agent=4, poll_seconds=5.0),
    Queue.DOWNLOAD: QueueLimits(per_agent=4, poll_seconds=2.0),
    Queue.PROCESS: QueueLimits(per_agent=4, poll_seconds=1.5),
    Queue.PLAN: QueueLimits(per_agent=1, poll_seconds=3.0),
    Queue.PUBLISH: QueueLimits(per_agent=24, per_key=1, poll_seconds=1.5),
    Queue.CONFIRM: QueueLimits(per_agent=24, poll_seconds=2.5),
    Queue.MEASURE: QueueLimits(per_agent=2, poll_seconds=10.0),
}

ROLES: dict[str, tuple[Queue, ...]] = {
    "scraper": (Queue.SCAN, Queue.DOWNLOAD),
    "processing": (Queue.PROCESS,),
    "publisher": (Queue.PLAN, Queue.PUBLISH, Queue.CONFIRM, Queue.MEASURE),
}

PRIORITIES = {"high": 10, "normal": 100, "low": 1000}
"""The engine takes low numbers first, and an unset priority before all: it is always set."""
