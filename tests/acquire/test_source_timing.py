"""When the next scan is due, over every clock change, and which rhythms are refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reposter.acquire.sources.errors import InvalidCron, InvalidTiming, NeverFires, TooFrequent
from reposter.acquire.sources.timing import next_fires, next_scan

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
BERLIN = "Europe/Berlin"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def cron(expression: str, zone: str = "UTC", after: datetime = NOON, count: int = 3) -> list[datetime]:
    return next_fires(count, "custom", expression, zone, after)


def test_hourly_and_intervals_count_from_the_last_scan():
    assert next_scan("hourly", None, "UTC", NOON) == NOON + timedelta(hours=1)
    assert next_scan("30_minutes", None, "UTC", NOON) == NOON + timedelta(minutes=30)
    assert next_scan("every 6 hours", None, "UTC", NOON) == NOON + timedelta(hours=6)
    assert next_scan("Every 1 hour", None, "UTC", NOON) == NOON + timedelta(hours=1)


def test_daily_keeps_the_wall_time_when_the_clock_changes():
    before = utc("2026-03-28T11:00")  # noon in Berlin, the day before summer time
    assert next_scan("daily", None, BERLIN, before) == utc("2026-03-29T10:00")
    assert next_scan("daily", None, "UTC", before) == utc("2026-03-29T11:00")


def test_cron_is_read_on_the_wall_clock_of_its_zone():
    assert cron("0 6 * * *", "Asia/Kolkata", count=1) == [utc("2026-06-02T00:30")]
    assert cron("0 */6 * * *") == [utc("2026-06-01T18:00"), utc("2026-06-02T00:00"), utc("2026-06-02T06:00")]


def test_a_scan_due_in_a_skipped_hour_fires_at_the_first_instant_after_it():
    fires = cron("30 2 * * *", BERLIN, utc("2026-03-28T12:00"), count=2)
    assert fires == [utc("2026-03-29T01:00"), utc("2026-03-30T00:30")]


def test_several_scans_in_a_skipped_hour_fire_once():
    fires = cron("*/20 * * * *", BERLIN, utc("2026-03-29T00:45"), count=2)
    assert fires == [utc("2026-03-29T01:00"), utc("2026-03-29T01:20")]


def test_a_scan_in_a_doubled_hour_fires_once():
    fires = cron("30 2 * * *", BERLIN, utc("2026-10-24T12:00"), count=2)
    assert fires == [utc("2026-10-25T00:30"), utc("2026-10-26T01:30")]


def test_a_scan_in_a_doubled_hour_is_not_repeated_after_a_restart_between_its_two_passes():
    assert cron("30 2 * * *", BERLIN, utc("2026-10-25T01:10"), count=1) == [utc("2026-10-26T01:30")]


def test_a_leap_day_is_waited_for_over_a_century_without_one():
    assert cron("0 0 29 2 *", after=utc("2097-01-01T00:00"), count=1) == [utc("2104-02-29T00:00")]


@pytest.mark.parametrize(
    "expression",
    ["", "   ", "0 0 * *", "0 0 * * * *", "@daily", "60 * * * *", "* 24 * * *", "H * * * *", "R * * * *",
     "*/0 * * * *", "a b c d e", "0 0 0 * *", "0 0 * 13 *", "0 0 * * 8", "1,,2 * * * *", "- * * * *",
     "0 0 * * mon-", "$(id) * * * *", "0 0 L * *", "0 0 * * fri#2", "0 " * 200, "٣ * * * *"],
)  # fmt: skip
def test_a_malformed_cron_expression_is_refused_with_an_example(expression):
    with pytest.raises(InvalidCron) as refused:
        cron(expression)
    assert "0 */6 * * *" in refused.value.hint


@pytest.mark.parametrize("expression", ["0 0 31 2 *", "0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 30-31 2 *"])
def test_a_cron_expression_that_no_day_fits_is_refused(expression):
    with pytest.raises(NeverFires, match="No day"):
        cron(expression)


@pytest.mark.parametrize("expression", ["* * * * *", "*/4 * * * *", "0,59 * * * *", "0,3 4 1 1 *", "58 23,0 * * *"])
def test_minutes_too_close_to_each_other_are_refused(expression):
    if expression == "58 23,0 * * *":  # an hour apart, although the hours are neighbours
        assert cron(expression)
        return
    with pytest.raises(TooFrequent, match="5 minutes"):
        cron(expression)


def test_short_intervals_are_refused_unless_the_caller_allows_them():
    with pytest.raises(TooFrequent):
        next_scan("10_seconds", None, "UTC", NOON)
    assert next_scan("10_seconds", None, "UTC", NOON, minimum=timedelta(seconds=1)) == NOON + timedelta(seconds=10)
    every_minute = next_scan("custom", "* * * * *", "UTC", NOON, minimum=timedelta(minutes=1))
    assert every_minute == NOON + timedelta(minutes=1)


@pytest.mark.parametrize("frequency", ["", "weekly", "0_minutes", "-5_minutes", "1.5_hours", "9999999_hours", "5"])
def test_an_unknown_frequency_is_refused_with_the_known_ones(frequency):
    with pytest.raises(InvalidTiming) as refused:
        next_scan(frequency, None, "UTC", NOON)
    assert "hourly" in refused.value.hint


@pytest.mark.parametrize("zone", ["", "Mars/Base", "../../etc/passwd", "/etc/passwd", "Europe", "Europe/Berlin\0"])
def test_an_unknown_time_zone_is_refused(zone):
    with pytest.raises(InvalidTiming, match="time zone"):
        next_scan("hourly", None, zone, NOON)


UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines may be loaded
MINUTES = st.sampled_from(["0", "30", "*/5", "*/20", "7,37", "15-45/15"])
HOURS = st.sampled_from(["*", "2", "1-3", "*/6", "0,2,23"])
DAYS = st.sampled_from(["*", "1", "25-31", "*/2"])
WEEKDAYS = st.sampled_from(["*", "sun", "mon-fri"])
ZONES = st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "Africa/Cairo"])
MOMENTS = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes))


@settings(UNHURRIED, max_examples=60)
@given(MINUTES, HOURS, DAYS, WEEKDAYS, ZONES, MOMENTS)
def test_fires_are_later_strictly_rising_and_never_two_for_one_wall_time(minute, hour, day, weekday, zone, after):
    fires = cron(f"{minute} {hour} {day} * {weekday}", zone, after, count=8)
    assert all(earlier < later for earlier, later in pairwise([after, *fires]))
    walls = [fire.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for fire in fires]
    assert len(set(walls)) == len(walls)


@settings(UNHURRIED, max_examples=25)
@given(MINUTES, HOURS, ZONES, MOMENTS)
def test_asking_again_from_each_fire_gives_the_same_row_as_asking_once(minute, hour, zone, after):
    expression = f"{minute} {hour} * * *"
    row, one_by_one = cron(expression, zone, after, count=6), []
    for _ in row:
        after = next_scan("custom", expression, zone, after)
        one_by_one.append(after)
    assert one_by_one == row
