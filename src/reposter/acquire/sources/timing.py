"""When a source is scanned next; pure.

A frequency is "hourly", "daily", an interval such as "30_minutes" or "every 30 minutes", or "custom" with a cron
expression of five fields that is read on the wall clock of a time zone. A wall time that the clock skips in spring
fires at the first instant after the gap; one that comes twice in autumn fires the first time only.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, CroniterError, croniter

from reposter.acquire.sources.errors import InvalidCron, InvalidTiming, NeverFires, TooFrequent
from reposter.kit.walltime import instant_of

SHORTEST_WAIT = timedelta(minutes=5)
CRON_STEP = timedelta(minutes=1)
LONGEST_WAIT = timedelta(days=366)
FIXED = {"hourly": timedelta(hours=1), "daily": timedelta(days=1)}
INTERVAL = re.compile(r"(?:every[ _])?(?P<count>[1-9][0-9]{0,6})[ _](?P<unit>second|minute|hour)s?")
CRON_CHARACTERS_MAX = 200
CRON_FIELD = re.compile(
    r"(?:[0-9*/,\-]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)+", re.IGNORECASE
)
YEARS_WITHOUT_A_FIRE_MAX = 9  # 29 February may be 8 years away (2096 to 2104)
FIRES_LOOKED_AT = 300  # more than a day of the densest expression that is allowed
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

FREQUENCY_HINT = "Use hourly, daily, an interval such as 30_minutes, or custom with a cron expression."
CRON_HINT = "Use five fields (minute hour day month weekday), for example “0 */6 * * *” for every six hours."


def next_scan(
    frequency: str, cron: str | None, zone: str, after: datetime, *, minimum: timedelta = SHORTEST_WAIT
) -> datetime:
    """The first moment after `after` (aware) at which the source is due, in UTC.

    hourly, daily and intervals count from `after`; "daily" keeps the wall time of the zone.

    Raises:
        InvalidTiming: the frequency or the zone is unknown.
        InvalidCron, NeverFires: the expression is malformed, or no day fits it.
        TooFrequent: scans would follow each other faster than `minimum`.
    """
    return next(_fires(frequency, cron, zone, after, minimum))


def next_fires(
    count: int,
    frequency: str,
    cron: str | None,
    zone: str,
    after: datetime,
    *,
    minimum: timedelta = SHORTEST_WAIT,
) -> list[datetime]:
    """The next `count` scans, for showing them to a person before the source is saved. Raises as `next_scan`."""
    return list(islice(_fires(frequency, cron, zone, after, minimum), count))


def _fires(frequency: str, cron: str | None, zone: str, after: datetime, minimum: timedelta) -> Iterator[datetime]:
    tz = _time_zone(zone)
    after = after.astimezone(UTC)
    word = frequency.strip().lower()
    if word == "custom":
        expression = _checked_cron(cron)
        if minimum > CRON_STEP:
            _refuse_dense(expression, minimum)
        return _cron_fires(expression, tz, after)
    wait = FIXED.get(word) or _interval(word)
    if wait < minimum:
        raise TooFrequent(
            f"A scan every {_in_words(wait)} is too often; the shortest wait is {_in_words(minimum)}.",
            hint="Choose a longer interval; TikTok slows down those who ask too often.",
        )
    return _daily_fires(tz, after) if word == "daily" else _interval_fires(wait, after)


def _interval_fires(wait: timedelta, after: datetime) -> Iterator[datetime]:
    while True:
        after += wait
        yield after


def _daily_fires(tz: ZoneInfo, after: datetime) -> Iterator[datetime]:
    wall = after.astimezone(tz).replace(tzinfo=None, fold=0)
    while True:
        wall += timedelta(days=1)
        yield instant_of(wall, tz)


def _cron_fires(expression: str, tz: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """Walks the wall clock without a zone, where every minute exists once, and maps each tick to its instant.

    croniter itself fires twice in a doubled hour.
    """
    wall = after.astimezone(tz).replace(tzinfo=None, fold=0)
    ticks = croniter(expression, wall, max_years_between_matches=YEARS_WITHOUT_A_FIRE_MAX)
    latest = after
    while True:
        instant = instant_of(_tick(ticks, expression), tz)
        if instant > latest:
            latest = instant
            yield instant


def _tick(ticks: croniter, expression: str) -> datetime:
    try:
        tick: datetime = ticks.get_next(datetime)
    except CroniterBadDateError:
        raise NeverFires(
            f"No day ever fits the cron expression “{expression}”.",
            hint="Check the day and the month: 31 February, for example, never comes.",
        ) from None
    return tick


def _checked_cron(cron: str | None) -> str:
    expression = " ".join((cron or "").split())
    fields = expression.split(" ")
    if not expression:
        raise InvalidCron("A custom frequency needs a cron expression.", hint=CRON_HINT)
    if len(expression) > CRON_CHARACTERS_MAX:
        raise InvalidCron(f"The cron expression is too long: {len(expression)} characters.", hint=CRON_HINT)
    if len(fields) != 5:
        raise InvalidCron(f"The cron expression “{expression}” has {len(fields)} fields, not five.", hint=CRON_HINT)
    wrong = next((field for field in fields if not CRON_FIELD.fullmatch(field)), None)
    if wrong:
        raise InvalidCron(f"“{wrong}” means nothing in a cron expression.", hint=CRON_HINT)
    try:
        croniter(expression)
    except (CroniterError, ValueError, KeyError) as error:
        if isinstance(error, CroniterBadDateError):
            raise NeverFires(f"No day ever fits the cron expression “{expression}”.", hint=CRON_HINT) from error
        raise InvalidCron(f"The cron expression “{expression}” cannot be read.", hint=CRON_HINT) from error
    return expression


def _refuse_dense(expression: str, minimum: timedelta) -> None:
    fires = list(islice(_cron_fires(expression, ZoneInfo("UTC"), EARLIEST), FIRES_LOOKED_AT))
    shortest = min(later - earlier for earlier, later in pairwise(fires))
    if shortest < minimum:
        raise TooFrequent(
            f"The cron expression “{expression}” scans every {_in_words(shortest)} at times; "
            f"the shortest wait is {_in_words(minimum)}.",
            hint="Choose minutes that lie further apart, for example “*/30 * * * *”.",
        )


def _interval(word: str) -> timedelta:
    match = INTERVAL.fullmatch(word)
    if not match:
        raise InvalidTiming(f"“{word[:60]}” is no frequency.", hint=FREQUENCY_HINT)
    wait = timedelta(**{f"{match['unit']}s": int(match["count"])})
    if wait > LONGEST_WAIT:
        raise InvalidTiming("A source is scanned at least once a year.", hint=FREQUENCY_HINT)
    return wait


def _time_zone(zone: str) -> ZoneInfo:
    with contextlib.suppress(OSError, ValueError, KeyError):  # a folder, a path trick, an unknown name
        return ZoneInfo(zone)
    raise InvalidTiming(f"“{zone[:60]}” is no time zone.", hint="Use a name such as Europe/Berlin or UTC.")


def _in_words(wait: timedelta) -> str:
    seconds = int(wait.total_seconds())
    for size, unit in ((3600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {unit}{'s' if seconds != size else ''}"
    return f"{seconds} second{'s' if seconds != 1 else ''}"
