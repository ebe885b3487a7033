"""Workflow: one source → what is new → one fetch per video that passes the filters."""

from __future__ import annotations

from dbos import DBOS

from reposter.acquire.discovery.filters import parse_filters
from reposter.acquire.sources.rules import SourceKind, SourceName
from reposter.acquire.sources.service import get_source, record_failure, record_scan
from reposter.kit.clock import utc_now
from reposter.kit.errors import AppError
from reposter.pipeline.engine import RECOVERY_ATTEMPTS_MAX, Job
from reposter.pipeline.judging import admit
from reposter.pipeline.queues import Queue
from reposter.pipeline.steps import durable_step, retrying, working
from reposter.pipeline.telling import tell_error
from reposter.pipeline.tools import tools
from reposter.vocabulary.found import FoundVideo

WORKFLOW = "scan_source"


def scan_job(source_id: str, occasion: str) -> Job:
    """`occasion` tells scans of one source apart: the time it was due, or who asked."""
    return Job(WORKFLOW, Queue.SCAN, f"scan:{source_id}:{occasion}", (source_id,))


@DBOS.workflow(name=WORKFLOW, max_recovery_attempts=RECOVERY_ATTEMPTS_MAX)
def scan_source(source_id: str) -> int:
    try:
        found = retrying(list_source, tools().options().acquire.retry_delays_seconds)(source_id)
        return write_down(source_id, found)
    except AppError as error:
        note_scan_failure(source_id, error.to_dict())
        return 0


@durable_step("list_source")
def list_source(source_id: str) -> list[dict[str, object]]:
    with tools().database.transaction() as session:
        row = get_source(session, source_id)
        name = SourceName(SourceKind(row.source_type), row.source_value)
    depth = tools().options().acquire.scan_depth
    with working(f"Scraping {name.value}", step="scan") as report:
        found = tools().reader.list_videos(
            name, limit=depth, on_progress=lambda at: report(min(1.0, at["found"] / depth))
        )
    return [video.to_dict() for video in found]


@durable_step("write_down")
def write_down(source_id: str, found: list[dict[str, object]]) -> int:
    """Judge what was listed, keep what is new and put what passes on the line; all of it or nothing."""
    now = utc_now()
    videos = [FoundVideo.from_dict(video) for video in found]
    with tools().database.transaction() as session:
        source = get_source(session, source_id)
        filters = parse_filters(source.configuration.get("filters", {}))
        new = admit(session, tools().line, videos, filters, source_id, now=now)
        record_scan(session, source_id, listed=len(videos), new=new, now=now)
    return new


@durable_step("note_scan_failure")
def note_scan_failure(source_id: str, error: dict[str, object]) -> None:
    with tools().database.transaction() as session:
        record_failure(session, source_id, error)
        tell_error(session, AppError.from_dict(error), where=f"scan of {get_source(session, source_id).source_value}")
