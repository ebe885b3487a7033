"""The rolling window that every limit counts in. Pure: moments in, moments out."""

from __future__ import annotations

from datetime import datetime, timedelta

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(hours=24)
TIE = timedelta(milliseconds=1)
"""Two moments exactly one span apart would share a closed window."""


def start_of(span: timedelta, now: datetime) -> datetime:
    """What is later than this lies in the window that ends now."""
    return now - span - TIE


def leaves_at(moment: datetime, span: timedelta, now: datetime) -> datetime:
    """When `moment` no longer lies in the window; one from the future counts as now."""
    return min(moment, now) + span + TIE
