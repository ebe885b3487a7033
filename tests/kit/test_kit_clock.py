"""Times as text: one spelling out, every honest spelling in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from reposter.kit.clock import parse_iso, to_iso, utc_now


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("2026-01-15T10:30:00Z", "2026-01-15T10:30:00Z"),
        ("2026-01-15T10:30:00+02:00", "2026-01-15T08:30:00Z"),
        ("2026-01-15T10:30:00.250Z", "2026-01-15T10:30:00.250Z"),
    ],
)
def test_a_text_with_an_offset_becomes_utc_and_is_written_with_z(text, again):
    moment = parse_iso(text)
    assert moment.utcoffset() == timedelta(0)
    assert to_iso(moment) == again


@pytest.mark.parametrize("text", ["2026-01-15T10:30:00", "2026-01-15", "soon", ""])
def test_a_text_without_an_offset_is_refused(text):
    with pytest.raises(ValueError, match=r"offset|isoformat"):
        parse_iso(text)


def test_a_time_of_any_zone_is_written_in_utc():
    assert to_iso(datetime(2026, 3, 1, 1, 0, tzinfo=timezone(timedelta(hours=9)))) == "2026-02-28T16:00:00Z"


def test_now_is_aware_and_utc():
    assert utc_now().tzinfo is UTC
