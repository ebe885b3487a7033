"""Counts belong to an age: read much later, they are counts of another age. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

LATE_SHARE_MAX = 0.1
LATE_MAX_AT_LEAST = timedelta(minutes=1)


def is_missed(published_at: datetime, age: timedelta, now: datetime) -> bool:
    """Whether the moment to measure a post at `age` has gone by: counts read at 20 hours are none of the first hour."""
    return now > published_at + age + max(LATE_MAX_AT_LEAST, age * LATE_SHARE_MAX)
