"""/api/dashboard/stats, /api/overview, /api/agents, /api/logs: looking at the line."""

from __future__ import annotations

import shutil
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy.orm import Session

from reposter import __version__
from reposter.api.wiring import Wired
from reposter.deliver.accounts.service import list_accounts
from reposter.deliver.publishing.limits import PostLimits, next_possible_at, usage
from reposter.kit.clock import utc_now
from reposter.pipeline.agents import LEASE, AgentRow, list_agents
from reposter.views.line import Need, Stage, Tally, Throughput, needs, posts_today, stages, tally, throughput
from reposter.views.logs import list_events
from reposter.views.stats import SystemMetrics, system_metrics

router = APIRouter(prefix="/api", tags=["dashboard"])


class Stats(BaseModel):
    timestamp: datetime
    metrics: SystemMetrics


class Budget(BaseModel):
    """What the account may still post by our own limits; TikTok's are wider."""

    account: str
    posts_last_hour: int
    posts_per_hour: int
    posts_last_day: int
    posts_per_day: int
    next_possible_at: datetime | None


class Disk(BaseModel):
    used_bytes: int
    free_bytes: int
    total_bytes: int


class Today(BaseModel):
    posts_published: int
    posts_planned: int


class Overview(BaseModel):
    version: str
    now: datetime
    demo: bool
    stages: list[Stage]
    tally: Tally
    today: Today
    budget: list[Budget]
    disk: Disk
    needs_you: list[Need]
    throughput: list[Throughput]


class AgentOut(BaseModel):
    agentId: str  # noqa: N815
    role: str
    status: Literal["active", "idle", "stopped", "restarting"]
    currentTask: str | None  # noqa: N815
    progress: float | None
    beat_at: datetime
    started_at: datetime
    restarts: int
    pid: int
    host: str


class AgentList(BaseModel):
    agents: list[AgentOut]


class LogLine(BaseModel):
    seq: int
    at: datetime
    type: str
    level: str
    videoId: str | None  # noqa: N815
    payload: dict[str, Any]


class LogPage(BaseModel):
    items: list[LogLine]
    next: int | None


@router.get("/dashboard/stats")
def stats(app: Wired) -> Stats:
    """System overview statistics."""
    with app.database.transaction() as session:
        now = utc_now()
        return Stats(timestamp=now, metrics=system_metrics(session, now=now))


@router.get("/overview")
def overview(app: Wired) -> Overview:
    """The line at a glance."""
    options, now = app.options().publishing, utc_now()
    disk = shutil.disk_usage(app.layout.storage)
    limits = PostLimits(options.posts_per_hour, options.posts_per_day)
    with app.database.transaction() as session:
        published, planned = posts_today(session, now=now)
        return Overview(
            version=__version__,
            now=now,
            demo=app.settings().pretend_world,
            stages=stages(session),
            tally=tally(session),
            today=Today(posts_published=published, posts_planned=planned),
            budget=[_budget(session, account.handle, limits, now) for account in list_accounts(session)],
            disk=Disk(used_bytes=disk.used, free_bytes=disk.free, total_bytes=disk.total),
            needs_you=needs(session),
            throughput=throughput(session, now=now),
        )


@router.get("/agents")
def agents(app: Wired) -> AgentList:
    """Every agent with what it does now."""
    with app.database.transaction() as session:
        now = utc_now()
        return AgentList(agents=[_agent_out(row, now) for row in list_agents(session)])


@router.get("/logs")
def logs(
    app: Wired,
    level: Annotated[list[Literal["debug", "info", "warning", "error"]] | None, Query()] = None,
    type: Annotated[str | None, Query(max_length=60)] = None,  # the name people expect
    video: Annotated[str | None, Query(max_length=50)] = None,
    before: Annotated[int | None, Query(ge=0, le=2**53, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> LogPage:
    """Retrieve system logs, newest first."""
    with app.database.transaction() as session:
        events = list_events(
            session, levels=level or (), event_type=type, video_id=video, before_seq=before, limit=limit
        )
    lines = [
        LogLine(
            seq=event.seq,
            at=event.at,
            type=event.type,
            level=event.level,
            videoId=event.video_id,
            payload=event.payload,
        )
        for event in events
    ]
    return LogPage(items=lines, next=lines[-1].seq if len(lines) == limit else None)


def _budget(session: Session, account: str, limits: PostLimits, now: datetime) -> Budget:
    used, possible = usage(session, account, now), next_possible_at(session, account, now, limits)
    return Budget(
        account=account,
        posts_last_hour=used.last_hour,
        posts_per_hour=limits.per_hour,
        posts_last_day=used.last_day,
        posts_per_day=limits.per_day,
        next_possible_at=possible if possible > now else None,
    )


def _agent_out(row: AgentRow, now: datetime) -> AgentOut:
    gone = row.status != "stopped" and row.beat_at < now - LEASE
    return AgentOut(
        agentId=row.agent_id,
        role=row.role,
        status="restarting" if gone else row.status,  # type: ignore[arg-type]  # written from the same literals
        currentTask=row.current_task,
        progress=row.progress,
        beat_at=row.beat_at,
        started_at=row.started_at,
        restarts=row.restarts,
        pid=row.pid,
        host=row.host,
    )
