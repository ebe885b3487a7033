"""Calendar arithmetic of the interval rule. Pure: wall-clock rules in a zone, UTC moments out.

Written rules for the two odd nights of a year: a local time that is skipped becomes the first valid instant after it;
one that occurs twice counts the first time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reposter.kit.errors import InvalidInput
from reposter.kit.walltime import instant_of

FREQUENCY = re.compile(r"(\d{1,4})_(second|minute|hour|day)s?")
CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}")
DAYS_AHEAD_MAX = 400
ALL_DAYS = (1, 2, 3, 4, 5, 6, 7)


class RuleInvalid(InvalidInput):
    code = "schedule_rule_invalid"


@dataclass(frozen=True)
class ActiveHours:
    """Local times "HH:MM". An end before the start means past midnight; equal ones mean the whole day."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012  # pydantic's own way to declare it

    start: str = "08:00"
    end: str = "22:00"


@dataclass(frozen=True)
class IntervalRule:
    """Post every `frequency` ("3_hours") within active hours and days (1 = Monday) of an IANA zone."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012  # pydantic's own way to declare it

    frequency: str = "3_hours"
    active_hours: ActiveHours = field(default_factory=ActiveHours)
    active_days: tuple[int, ...] = ALL_DAYS
    timezone: str = "UTC"


def check_rule(rule: IntervalRule) -> None:
    """Refuse a rule that could never give a slot.

    Raises:
        RuleInvalid: with the part that is wrong and what it should look like.
    """
    interval_of(rule.frequency)
    _clock(rule.active_hours.start)
    _clock(rule.active_hours.end)
    zone_of(rule.timezone)
    if not rule.active_days or not set(rule.active_days) <= set(ALL_DAYS):
        raise RuleInvalid("No active day is left to post on.", hint="Give days as numbers, 1 = Monday … 7 = Sunday.")


def next_slot(rule: IntervalRule, *, now: datetime, taken: Iterable[datetime]) -> datetime:
    """The first moment from `now` on that the rule allows and that keeps its distance from the slots `taken`.

    A free gap between two taken slots is used when it is wide enough.

    Raises:
        RuleInvalid: the rule allows no moment within a year.
    """
    check_rule(rule)
    interval = interval_of(rule.frequency)
    candidate = _first_active(rule, now)
    for slot in sorted(taken):
        if slot <= candidate - interval:
            continue
        if candidate + interval <= slot:
            break
        candidate = _first_active(rule, slot + interval)
    return candidate


def interval_of(frequency: str) -> timedelta:
    """`"3_hours"` as a span.

    Raises:
        RuleInvalid: it is written otherwise.
    """
    match = FREQUENCY.fullmatch(frequency)
    if not match or int(match.group(1)) == 0:
        raise RuleInvalid(f"{frequency!r} is no interval.", hint="Write it like 3_hours, 90_minutes or 1_day.")
    return timedelta(**{f"{match.group(2)}s": int(match.group(1))})


def zone_of(name: str) -> ZoneInfo:
    """The IANA zone.

    Raises:
        RuleInvalid: there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise RuleInvalid(f"{name!r} is no time zone.", hint="Use an IANA name such as Europe/Berlin.") from error


def _first_active(rule: IntervalRule, moment: datetime) -> datetime:
    """`moment` itself when it lies in active hours, else the next opening."""
    zone = zone_of(rule.timezone)
    today = moment.astimezone(zone).date()
    for offset in range(-1, DAYS_AHEAD_MAX):
        day = today + timedelta(days=offset)
        if day.isoweekday() not in rule.active_days:
            continue
        start, end = _clock(rule.active_hours.start), _clock(rule.active_hours.end)
        opens = instant_of(datetime.combine(day, start), zone)
        closes = instant_of(datetime.combine(day + timedelta(days=end <= start), end), zone)
        if moment < closes:
            return max(moment, opens)
    raise RuleInvalid("The rule allows no moment within a year.", hint="Widen the active days or hours.")


def _clock(text: str) -> time:
    """A time of day; "24:00" is midnight, as the end of a day may be written."""
    try:
        if not CLOCK.fullmatch(text):
            raise ValueError(text)
        return time.fromisoformat("00:00" if text == "24:00" else text.zfill(5))
    except ValueError as error:
        raise RuleInvalid(f"{text!r} is no time of day.", hint="Write it as HH:MM, for example 08:00.") from error
