"""The interval rule: what a slot may be, and where it lies on the odd nights of a year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reposter.deliver.scheduling.slots import (
    ALL_DAYS,
    ActiveHours,
    IntervalRule,
    RuleInvalid,
    check_rule,
    interval_of,
    next_slot,
)

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def at(hour, minute=0, *, day=0):
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


def rule(frequency="3_hours", start="08:00", end="22:00", days=ALL_DAYS, zone="UTC"):
    return IntervalRule(frequency, ActiveHours(start, end), tuple(days), zone)


def slot(now, *taken, **kinds):
    return next_slot(rule(**kinds), now=now, taken=taken)


def test_a_free_account_posts_at_once():
    assert slot(at(12, 34)) == at(12, 34)


def test_each_slot_keeps_its_distance_from_the_one_before():
    taken = []
    for _ in range(4):
        taken.append(slot(at(9), *taken))
    assert taken == [at(9), at(12), at(15), at(18)]


def test_the_last_slot_gone_by_still_keeps_its_distance():
    assert slot(at(12), at(10)) == at(13)
    assert slot(at(12), at(8)) == at(12)


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ((at(9), at(15)), at(12)),  # exactly wide enough
        ((at(9), at(14, 59)), at(17, 59)),  # one minute too narrow
        ((at(9), at(20)), at(12)),
        ((at(12),), at(9)),  # before the first one
        ((at(11, 59),), at(14, 59)),
    ],
)
def test_a_gap_between_two_slots_is_used_when_it_is_wide_enough(taken, expected):
    assert slot(at(9), *taken) == expected


def test_the_order_in_which_taken_slots_are_given_does_not_matter():
    taken = [at(15), at(9), at(12)]
    assert slot(at(9), *taken) == slot(at(9), *sorted(taken)) == at(18)


def test_outside_active_hours_the_slot_is_the_next_opening():
    assert slot(at(3)) == at(8)
    assert slot(at(22)) == at(8, day=1)
    assert slot(at(21, 59)) == at(21, 59)
    assert slot(at(20), at(20)) == at(8, day=1)


def test_active_hours_past_midnight_belong_to_the_day_they_opened_on():
    evening = {"start": "22:00", "end": "02:00", "days": (1,)}
    assert slot(at(12), **evening) == at(22)
    assert slot(at(1, day=1), **evening) == at(1, day=1)  # early on Tuesday is still Monday's evening
    assert slot(at(2, day=1), **evening) == at(22, day=7)
    assert slot(at(1), **evening) == at(22)  # early on Monday would be Sunday's


@pytest.mark.parametrize("hour", ["00:00", "08:00"])
def test_equal_hours_mean_the_whole_day(hour):
    assert slot(at(3, 17), start=hour, end=hour) == at(3, 17)


def test_midnight_may_be_written_as_24():
    assert slot(at(23, 59), start="08:00", end="24:00") == at(23, 59)
    assert slot(at(0, day=1), start="08:00", end="24:00") == at(8, day=1)


def test_days_that_are_not_active_are_passed_over():
    assert slot(at(12), days=(3,)) == at(8, day=2)
    assert slot(at(21), at(21), days=(1,)) == at(8, day=7)


def test_hours_are_read_on_the_clock_of_the_zone():
    assert slot(at(0), zone="Asia/Tokyo") == at(0)  # 09:00 there
    assert slot(at(14), zone="Asia/Tokyo") == at(23)  # 23:00 there; opens at 08:00
    assert slot(at(14), zone="America/New_York") == at(14)
    assert slot(at(12), zone="America/New_York") == at(13)  # 07:00 there


def test_the_day_is_the_zones_day_too():
    sunday_evening_in_utc = at(20, day=6)  # Monday 05:00 in Tokyo
    assert slot(sunday_evening_in_utc, days=(1,), zone="Asia/Tokyo") == at(23, day=6)


def local(text, zone):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def test_an_opening_in_the_skipped_hour_becomes_the_first_instant_after_it():
    opened = slot(local("2027-03-14T00:00", "America/New_York"), start="02:30", end="22:00", zone="America/New_York")
    assert opened == datetime(2027, 3, 14, 7, 0, tzinfo=UTC)  # 03:00 EDT


def test_a_closing_in_the_skipped_hour_is_its_end():
    kinds = {"start": "00:00", "end": "02:30", "zone": "America/New_York"}
    assert slot(datetime(2027, 3, 14, 6, 59, tzinfo=UTC), **kinds) == datetime(2027, 3, 14, 6, 59, tzinfo=UTC)
    assert slot(datetime(2027, 3, 14, 7, 0, tzinfo=UTC), **kinds) == datetime(2027, 3, 15, 4, 0, tzinfo=UTC)


def test_an_opening_in_the_doubled_hour_is_its_first_time():
    opened = slot(local("2027-11-07T00:00", "America/New_York"), start="01:30", end="22:00", zone="America/New_York")
    assert opened == datetime(2027, 11, 7, 5, 30, tzinfo=UTC)  # 01:30 EDT, not 06:30 EST


def test_a_zone_that_moves_by_half_an_hour_follows_the_same_rules():
    zone = "Australia/Lord_Howe"
    skipped = slot(local("2027-10-03T00:00", zone), start="02:15", end="22:00", zone=zone)
    assert skipped.astimezone(ZoneInfo(zone)).strftime("%H:%M") == "02:30"
    doubled = slot(local("2027-04-04T00:00", zone), start="01:45", end="22:00", zone=zone)
    assert doubled.astimezone(ZoneInfo(zone)).strftime("%H:%M") == "01:45"
    assert doubled.astimezone(ZoneInfo(zone)).fold == 0


def test_intervals_are_real_time_also_over_a_change_of_clocks():
    night = {"start": "00:00", "end": "00:00", "zone": "America/New_York"}
    before = datetime(2027, 3, 14, 6, 0, tzinfo=UTC)
    assert slot(before, before, **night) == before + timedelta(hours=3)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("3_hours", timedelta(hours=3)),
        ("1_hour", timedelta(hours=1)),
        ("90_minutes", timedelta(minutes=90)),
        ("45_seconds", timedelta(seconds=45)),
        ("2_days", timedelta(days=2)),
    ],
)
def test_a_frequency_is_a_count_and_a_unit(text, span):
    assert interval_of(text) == span


@pytest.mark.parametrize(
    "wrong",
    [
        {"frequency": "0_hours"},
        {"frequency": "-1_hours"},
        {"frequency": "3 hours"},
        {"frequency": "hourly"},
        {"frequency": "3_weeks"},
        {"frequency": "99999_hours"},
        {"frequency": ""},
        {"start": "8"},
        {"start": "24:30"},
        {"start": "08:60"},
        {"end": "aa:bb"},
        {"end": "08:00:00"},
        {"start": "25:00"},
        {"start": "-1:00"},
        {"days": ()},
        {"days": (0,)},
        {"days": (1, 8)},
        {"zone": "Mars/Olympus"},
        {"zone": ""},
        {"zone": "../../etc/passwd"},
        {"zone": "Europe"},
    ],
    ids=str,
)
def test_a_rule_that_cannot_be_kept_is_refused_with_what_to_write_instead(wrong):
    with pytest.raises(RuleInvalid) as caught:
        check_rule(rule(**wrong))
    assert caught.value.hint
    with pytest.raises(RuleInvalid):
        next_slot(rule(**wrong), now=MONDAY, taken=())


clocks = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
zones = st.sampled_from(
    ["UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "Europe/London", "Asia/Tokyo"]
)
rules = st.builds(
    rule,
    frequency=st.sampled_from(["20_minutes", "1_hour", "3_hours", "1_day", "45_seconds"]),
    start=clocks,
    end=clocks,
    days=st.sets(st.integers(1, 7), min_size=1),
    zone=zones,
)
moments = st.datetimes(
    min_value=datetime(2027, 1, 1),  # noqa: DTZ001  # the strategy puts the zone on
    max_value=datetime(2027, 12, 31),  # noqa: DTZ001  # as above
    timezones=st.just(UTC),
)
spans = st.lists(st.integers(-2880, 2880), max_size=12)


def opened_on(chosen, moment):
    """The local days whose opening hours, read on the wall clock, hold `moment`."""
    wall = moment.astimezone(ZoneInfo(chosen.timezone))
    for offset in (-1, 0):
        day = wall.date() + timedelta(days=offset)
        start, end = chosen.active_hours.start, chosen.active_hours.end
        opens = datetime.combine(day, datetime.strptime(start, "%H:%M").time())  # noqa: DTZ007  # a wall clock
        closes = datetime.combine(day + timedelta(days=end <= start), datetime.strptime(end, "%H:%M").time())  # noqa: DTZ007  # a wall clock
        if opens <= wall.replace(tzinfo=None) < closes:
            yield day


@settings(max_examples=150, deadline=None)
@given(chosen=rules, now=moments, spans=spans)
def test_every_slot_is_active_apart_from_every_other_and_not_in_the_past(chosen, now, spans):
    taken = [now + timedelta(minutes=minutes) for minutes in spans]
    found = next_slot(chosen, now=now, taken=taken)
    assert found >= now
    assert all(abs(found - other) >= interval_of(chosen.frequency) for other in taken)
    days = list(opened_on(chosen, found))
    doubled_or_skipped = (
        len({(found + timedelta(hours=h)).astimezone(ZoneInfo(chosen.timezone)).utcoffset() for h in (-2, 2)}) > 1
    )
    assert doubled_or_skipped or any(day.isoweekday() in chosen.active_days for day in days)


@settings(max_examples=100, deadline=None)
@given(chosen=rules, now=moments, spans=spans)
def test_a_slot_once_taken_is_never_given_again(chosen, now, spans):
    taken = [now + timedelta(minutes=minutes) for minutes in spans]
    for _ in range(4):
        taken.append(next_slot(chosen, now=now, taken=taken))
    given_out = taken[-4:]
    assert len(set(given_out)) == 4


@settings(max_examples=100, deadline=None)
@given(chosen=rules, now=moments)
def test_a_slot_that_is_allowed_now_is_now(chosen, now):
    first = next_slot(chosen, now=now, taken=())
    assert next_slot(chosen, now=first, taken=()) == first
