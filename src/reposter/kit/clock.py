"""The one place that asks what time it is. Times are aware and UTC everywhere."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)


def parse_iso(text: str) -> datetime:
    """An ISO 8601 text (with offset or `Z`) as an aware UTC time.

    Raises:
        ValueError: the text is no time, or carries no offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset")
    return moment.astimezone(UTC)


def to_iso(moment: datetime) -> str:
    """`2026-01-15T10:30:00Z`, milliseconds only where there are some."""
    moment = moment.astimezone(UTC)
    timespec = "milliseconds" if moment.microsecond else "seconds"
    return moment.isoformat(timespec=timespec).replace("+00:00", "Z")
