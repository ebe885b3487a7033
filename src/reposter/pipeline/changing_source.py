"""Watch a source in another way, and see beforehand what its filters would take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from reposter.acquire.discovery.filters import Judgement, judge, parse_filters
from reposter.acquire.discovery.ports import SourceReader
from reposter.acquire.sources.errors import SourceUnknown
from reposter.acquire.sources.rules import SourceKind, SourceName, guess_kind, parse_source
from reposter.acquire.sources.service import SourceConfig, get_source, reconfigure_source
from reposter.acquire.sources.tables import SourceRow
from reposter.kit.database import Database, serialise
from reposter.kit.errors import InvalidInput
from reposter.pipeline.engine import Line
from reposter.pipeline.judging import judge_skipped
from reposter.pipeline.options import LineOptions
from reposter.vocabulary.found import FoundVideo

PREVIEW_DEPTH = 60


@dataclass(frozen=True)
class SourceChange:
    """What is to be different; None leaves a thing as it is. Any frequency but custom drops the cron expression."""

    frequency: str | None = None
    cron_expression: str | None = None
    timezone: str | None = None
    active: bool | None = None
    filters: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class ChangedSource:
    """The source as it is now, and the videos that were skipped before and are wanted by its new filters."""

    row: SourceRow
    videos_taken: list[str]


@dataclass(frozen=True)
class Preview:
    """What a source has, newest first, each video with what its filters would say."""

    name: SourceName
    judged: list[tuple[FoundVideo, Judgement]]

    @property
    def passing(self) -> int:
        return sum(verdict.passes for _, verdict in self.judged)


def change_source(
    session: Session, line: Line, options: LineOptions, reference: str, change: SourceChange, *, now: datetime
) -> ChangedSource:
    """Change how a source is watched; new filters judge again what the old ones skipped.

    Raises:
        SourceUnknown, InvalidInput, InvalidCron, NeverFires, TooFrequent: and nothing is changed.
    """
    if change == SourceChange():
        raise InvalidInput("Nothing to change was given.", hint="Give filters, a frequency, a time zone or active.")
    if change.cron_expression is not None and change.frequency not in (None, "custom"):
        raise InvalidInput(
            f"A cron expression and the frequency {change.frequency[:40]} contradict each other.",
            hint="Give the one or the other; a cron expression means custom.",
        )
    serialise(session, f"source:{reference}")
    before = SourceConfig.from_json(get_source(session, reference).configuration)
    config = _changed(before, change)
    filters = parse_filters(config.filters)
    shortest = timedelta(seconds=options.acquire.scan_seconds_min)
    row = reconfigure_source(session, reference, config, now=now, shortest_wait=shortest)
    taken = judge_skipped(session, line, filters, row.source_id, now=now) if config.filters != before.filters else []
    return ChangedSource(row, taken)


def preview_source(
    database: Database,
    reader: SourceReader,
    reference: str,
    filters: Mapping[str, Any] | None,
    *,
    now: datetime,
    limit: int = PREVIEW_DEPTH,
    on_progress: Callable[[dict[str, Any]], None] | None = None,
) -> Preview:
    """List a source that is watched, or one that might be, and judge each video; nothing is kept or fetched.

    `filters` of None are those of the source. Raises as `parse_filters`, `parse_source` and the reader.
    """
    with database.transaction() as session:
        name, own = _named(session, reference)
    wanted = parse_filters(own if filters is None else filters)
    videos = reader.list_videos(name, limit=limit, on_progress=on_progress)
    return Preview(name, [(video, judge(video, wanted, now)) for video in videos])


def _changed(before: SourceConfig, change: SourceChange) -> SourceConfig:
    config = before
    if change.cron_expression is not None:
        config = replace(config, frequency="custom", cron_expression=change.cron_expression)
    if change.frequency is not None:
        is_custom = change.frequency == "custom"
        config = replace(
            config, frequency=change.frequency, cron_expression=config.cron_expression if is_custom else None
        )
    if change.timezone is not None:
        config = replace(config, timezone=change.timezone)
    if change.active is not None:
        config = replace(config, active=change.active)
    if change.filters is not None:
        config = replace(config, filters=dict(change.filters))
    return config


def _named(session: Session, reference: str) -> tuple[SourceName, dict[str, Any]]:
    try:
        row = get_source(session, reference)
    except SourceUnknown:
        return parse_source(guess_kind(reference), reference), {}
    return SourceName(SourceKind(row.source_type), row.source_value), row.configuration.get("filters", {})
