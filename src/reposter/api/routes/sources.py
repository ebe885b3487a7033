"""/api/sources: what is watched, how and on what ground."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from reposter.acquire.sources.service import coming_scans, get_source, list_sources
from reposter.acquire.sources.tables import SourceRow
from reposter.api.idempotency import IdempotentRoute
from reposter.api.wiring import Wired
from reposter.guard.rights.service import Right, right_of
from reposter.kit.clock import utc_now
from reposter.pipeline.answering_rights import RightsAnswer, answer_rights
from reposter.pipeline.changing_source import SourceChange, change_source
from reposter.pipeline.commands import NewSource, scan_now, watch
from reposter.vocabulary.rights import Basis

router = APIRouter(prefix="/api/sources", tags=["sources"], route_class=IdempotentRoute)
SourceRef = Annotated[str, Path(max_length=120, description="The source's id, or the name it is watched under")]


class SourceIn(BaseModel):
    """A source to watch, spelt as in the specification. Without `type` the value must say it (@name, #tag, link)."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["username", "hashtag", "trending"] | None = None
    value: str = Field(min_length=1, max_length=300, examples=["@techguru123"])
    frequency: str = Field("daily", max_length=40, examples=["hourly", "daily", "custom", "30_minutes"])
    cronExpression: str | None = Field(None, max_length=200, examples=["0 */6 * * *"])  # noqa: N815
    timezone: str = Field("UTC", max_length=60)
    active: bool = True
    filters: dict[str, Any] = Field(
        default_factory=dict, examples=[{"minViews": 10000, "maxAge": "7d", "videoQuality": "720p+"}]
    )
    rights: Basis = Basis.UNKNOWN
    evidence: str = Field("", max_length=2000)


class SourceOut(BaseModel):
    sourceId: str  # noqa: N815
    type: str
    value: str
    frequency: str
    cronExpression: str | None  # noqa: N815
    timezone: str
    active: bool
    filters: dict[str, Any]
    rights: Basis
    rightsUntil: datetime | None  # noqa: N815
    lastScraped: datetime | None  # noqa: N815
    nextScan: datetime | None  # noqa: N815
    comingScans: list[datetime]  # noqa: N815
    lastListed: int | None  # noqa: N815
    lastNew: int | None  # noqa: N815
    lastError: dict[str, Any] | None  # noqa: N815
    createdAt: datetime  # noqa: N815


class SourceList(BaseModel):
    items: list[SourceOut]


class SourceChangeIn(BaseModel):
    """What is to be different; what is left out stays. New filters replace the old ones as a whole."""

    model_config = ConfigDict(extra="forbid")

    active: bool | None = None
    frequency: str | None = Field(None, max_length=40, examples=["hourly", "daily", "custom", "30_minutes"])
    cronExpression: str | None = Field(None, max_length=200, examples=["0 */6 * * *"])  # noqa: N815
    timezone: str | None = Field(None, max_length=60)
    filters: dict[str, Any] | None = Field(None, examples=[{"minViews": 10000, "authors": ["@techguru123"]}])


class SourceChanged(SourceOut):
    videosTaken: list[str]  # noqa: N815


class RightsIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    basis: Basis
    evidence: str = Field("", max_length=2000)
    until: AwareDatetime | None = None


class RightsOut(BaseModel):
    source: SourceOut
    releasedPosts: list[int]  # noqa: N815
    videosProcessedAgain: list[str]  # noqa: N815


@router.get("")
def list_all(app: Wired) -> SourceList:
    """List configured sources."""
    with app.database.transaction() as session:
        now = utc_now()
        return SourceList(
            items=[source_out(row, right_of(session, row.source_id, now=now)) for row in list_sources(session)]
        )


@router.post("", status_code=201)
def add(app: Wired, body: SourceIn) -> SourceOut:
    """Add new source; its first scan starts within seconds."""
    new = NewSource(
        value=body.value,
        kind=body.type,
        frequency=body.frequency,
        cron_expression=body.cronExpression,
        timezone=body.timezone,
        active=body.active,
        filters=body.filters,
        basis=body.rights,
        evidence=body.evidence,
    )
    with app.database.transaction() as session:
        now = utc_now()
        row = watch(session, new, app.options(), now=now)
        return source_out(row, right_of(session, row.source_id, now=now))


@router.post("/{source}/scan", status_code=202)
def scan(app: Wired, source: SourceRef) -> SourceOut:
    """Scan a source now, beside its rhythm."""
    with app.database.transaction() as session:
        now = utc_now()
        row = scan_now(session, app.line, source, now=now)
        return source_out(row, right_of(session, row.source_id, now=now))


@router.put("/{source}")
def change(app: Wired, source: SourceRef, body: SourceChangeIn) -> SourceChanged:
    """Pause a source or have it scanned again, or change its rhythm or filters.

    New filters judge again what the old ones skipped; `videosTaken` are those that are wanted now.
    """
    wanted = SourceChange(body.frequency, body.cronExpression, body.timezone, body.active, body.filters)
    with app.database.transaction() as session:
        now = utc_now()
        changed = change_source(session, app.line, app.options(), source, wanted, now=now)
        out = source_out(changed.row, right_of(session, changed.row.source_id, now=now))
        return SourceChanged(**out.model_dump(), videosTaken=changed.videos_taken)


@router.put("/{source}/rights")
def set_rights(app: Wired, source: SourceRef, body: RightsIn) -> RightsOut:
    """Say on what ground the source's videos are used; what waited for the answer goes on.

    Posts get their slots. Videos that are not out yet and whose mark was left on are processed again.
    """
    with app.database.transaction() as session:
        now = utc_now()
        answer = RightsAnswer(body.basis, body.evidence, body.until)
        released = answer_rights(session, app.line, app.options(), source, answer, now=now)
        row = get_source(session, source)
        return RightsOut(
            source=source_out(row, right_of(session, row.source_id, now=now)),
            releasedPosts=released.post_ids,
            videosProcessedAgain=released.video_ids,
        )


def source_out(row: SourceRow, right: Right) -> SourceOut:
    config = row.configuration
    return SourceOut(
        sourceId=row.source_id,
        type=row.source_type,
        value=row.source_value,
        frequency=config["frequency"],
        cronExpression=config.get("cronExpression"),
        timezone=config["timezone"],
        active=row.status == "active",
        filters=config.get("filters", {}),
        rights=right.basis,
        rightsUntil=right.valid_to,
        lastScraped=row.last_scraped,
        nextScan=row.next_scan_at,
        comingScans=coming_scans(row),
        lastListed=row.last_listed,
        lastNew=row.last_new,
        lastError=row.last_error,
        createdAt=row.created_at,
    )
