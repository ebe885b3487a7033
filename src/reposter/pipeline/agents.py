"""Agents: processes that serve queues, beat their heart into the database and say what they are doing."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from reposter.kit.clock import utc_now
from reposter.kit.database import Database, Table
from reposter.kit.supervisor import how_it_ended
from reposter.pipeline.queues import ROLES, Queue
from reposter.pipeline.telling import tell
from reposter.vocabulary.events import AgentStatusChanged, ErrorOccurred

BEAT_SECONDS = 10.0
LEASE = timedelta(seconds=45)
"""Without a beat for so long an agent counts as gone; shorter ones were seen to catch agents still starting."""

WEB = "web"
"""Beats beside the agents, but serves no queue."""


class AgentRow(Table):
    __tablename__ = "agents"

    agent_id: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    role: Mapped[str] = mapped_column(sa.String(20))
    host: Mapped[str] = mapped_column(sa.String(120))
    pid: Mapped[int]
    status: Mapped[str] = mapped_column(sa.String(20))
    current_task: Mapped[str | None] = mapped_column(sa.Text)
    progress: Mapped[float | None]
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    restarts: Mapped[int] = mapped_column(default=0)


def executor_id_of(agent_id: str) -> str:
    """Unique among live processes and the same after a restart: `scraper-1@host`."""
    return f"{agent_id}@{socket.gethostname()}"


def role_of(agent_id: str) -> str:
    """`scraper-1` is a scraper, `web` is the web."""
    return agent_id.partition("-")[0]


def queues_of(agent_id: str) -> tuple[Queue, ...]:
    return ROLES[role_of(agent_id)]


def introduce(database: Database, agent_id: str, *, restarts: int) -> None:
    """Say that this process is here; after an end that nobody asked for, say that too."""
    last_exit = os.environ.get("REPOSTER_LAST_EXIT")
    with database.transaction() as session:
        register_agent(session, agent_id, role=role_of(agent_id), restarts=restarts, now=utc_now())
        if last_exit is not None:
            event = ErrorOccurred(
                code="agent_crash",
                message=f"{agent_id} {how_it_ended(int(last_exit))} and was started again.",
                hint="Its work goes on where it was. If this keeps happening, look at its log.",
                verdict="retry_later",
                where="agents",
                agentId=agent_id,
            )
            tell(session, event, level="warning")


def keep_beating(database: Database, agent_id: str) -> None:
    with database.transaction() as session:
        beat(session, agent_id, now=utc_now())


def leave(database: Database, agent_id: str) -> None:
    """Say that this process has ended as it was told to."""
    with database.transaction() as session:
        sign_off(session, agent_id)


def register_agent(session: Session, agent_id: str, *, role: str, restarts: int, now: datetime) -> None:
    """An agent says that it is here."""
    row = session.get(AgentRow, agent_id) or AgentRow(agent_id=agent_id)
    row.role, row.host, row.pid = role, socket.gethostname(), os.getpid()
    row.status, row.current_task, row.progress = "idle", None, None
    row.started_at = row.beat_at = now
    row.restarts = restarts
    session.add(row)
    tell(session, AgentStatusChanged(agent_id, "idle"))


def beat(session: Session, agent_id: str, *, now: datetime) -> None:
    session.execute(sa.update(AgentRow).where(AgentRow.agent_id == agent_id).values(beat_at=now))


def set_task(session: Session, agent_id: str, task: str | None, progress: float | None) -> None:
    """What the agent does now; None when it rests."""
    status = "idle" if task is None else "active"
    session.execute(
        sa.update(AgentRow)
        .where(AgentRow.agent_id == agent_id)
        .values(status=status, current_task=task, progress=progress)
    )
    tell(session, AgentStatusChanged(agent_id, status, task, progress), level="debug")  # type: ignore[arg-type]  # one of two literals


def sign_off(session: Session, agent_id: str) -> None:
    session.execute(
        sa.update(AgentRow)
        .where(AgentRow.agent_id == agent_id)
        .values(status="stopped", current_task=None, progress=None)
    )
    tell(session, AgentStatusChanged(agent_id, "stopped"))


def live_executors(session: Session, *, now: datetime) -> set[str]:
    """Executors whose heart has beaten within the lease."""
    rows = session.execute(sa.select(AgentRow.agent_id, AgentRow.host).where(AgentRow.beat_at > now - LEASE))
    return {f"{agent_id}@{host}" for agent_id, host in rows}


def list_agents(session: Session) -> Sequence[AgentRow]:
    return session.scalars(sa.select(AgentRow).order_by(AgentRow.agent_id)).all()
