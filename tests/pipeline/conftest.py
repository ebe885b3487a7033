"""The line's own hands, on a prepared data folder, with twins where it would reach outside."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from builders import ShelfReader
from reposter.kit.eventlog import EventRow, to_event
from reposter.pipeline.tools import hand_over


@pytest.fixture
def reader():
    return ShelfReader()


@pytest.fixture
def agent(installation, reader):
    """Steps called now work on this installation; returns what they hold."""
    tools = installation.tools(reader=reader)
    hand_over(tools)
    return tools


@pytest.fixture
def told(installation):
    """Events of one type as they were told, oldest first."""

    def of(event_type):
        with installation.session() as session:
            rows = session.scalars(sa.select(EventRow).where(EventRow.type == event_type).order_by(EventRow.seq))
            return [to_event(row) for row in rows]

    return of
