"""/healthz (alive), /readyz (does work move?) and /metrics for Prometheus."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from pydantic import BaseModel

from reposter.api.wiring import Wired
from reposter.deliver.scheduling.tables import PostState, ScheduledPostRow
from reposter.kit.clock import utc_now
from reposter.pipeline.agents import LEASE, WEB, list_agents
from reposter.views.line import stages

router = APIRouter(tags=["system"])
OVERDUE = timedelta(minutes=10)


class Alive(BaseModel):
    status: str


class Ready(BaseModel):
    """`ready` is false when nothing serves the line, or a due post has waited too long."""

    ready: bool
    agents_live: int
    oldest_due_post_at: datetime | None
    reasons: list[str]


@router.get("/healthz")
def alive() -> Alive:
    return Alive(status="alive")


@router.get("/readyz", responses={503: {"model": Ready, "description": "Work does not move; `reasons` says why"}})
def ready(app: Wired, response: Response) -> Ready:
    now = utc_now()
    with app.database.transaction() as session:
        agents = [row for row in list_agents(session) if row.role != WEB]  # we ourselves serve no queue
        live = sum(1 for row in agents if row.status != "stopped" and row.beat_at > now - LEASE)
        due = session.scalar(
            sa.select(sa.func.min(ScheduledPostRow.scheduled_time)).where(
                ScheduledPostRow.status == PostState.QUEUED,
                ScheduledPostRow.scheduled_time < now,
                sa.or_(ScheduledPostRow.not_before.is_(None), ScheduledPostRow.not_before < now - OVERDUE),
            )
        )
    reasons = []
    if live == 0:
        reasons.append("No agent serves the line; start it with `reposter up`.")
    if due is not None and due < now - OVERDUE:
        reasons.append("A post has been due for more than ten minutes; see GET /api/posts for its reason.")
    response.status_code = 503 if reasons else 200
    return Ready(ready=not reasons, agents_live=live, oldest_due_post_at=due, reasons=reasons)


@router.get("/metrics", response_class=Response)
def metrics(app: Wired) -> Response:
    registry = CollectorRegistry()
    items = Gauge("reposter_stage_items", "Videos and posts at each stage of the line", ["stage"], registry=registry)
    age = Gauge("reposter_stage_oldest_seconds", "Age of the oldest item of a stage", ["stage"], registry=registry)
    now = utc_now()
    with app.database.transaction() as session:
        for stage in stages(session):
            items.labels(stage.key).set(stage.count)
            if stage.oldest_at:
                age.labels(stage.key).set((now - stage.oldest_at).total_seconds())
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
