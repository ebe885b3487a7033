"""At which ages a post is measured. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

AGES = {
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "24h": timedelta(hours=24),
    "48h": timedelta(hours=48),
    "7d": timedelta(days=7),
}


def due_age(published_at: datetime, now: datetime, taken: Collection[str]) -> str | None:
    """The age to measure now: the latest one reached, unless it was taken.

    Ages that were missed meanwhile stay missing: counts read at 20 hours are no counts of the first hour.
    """
    reached = [label for label, age in AGES.items() if published_at + age <= now]
    return reached[-1] if reached and reached[-1] not in taken else None


def next_sample_at(published_at: datetime, now: datetime) -> datetime | None:
    """When the next age is reached; None after the last one."""
    return next((published_at + age for age in AGES.values() if published_at + age > now), None)
