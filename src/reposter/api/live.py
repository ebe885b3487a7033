"""The WebSocket: events are rows; one reader tails them while anybody listens and hands each row to all."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from typing import Annotated, Any

import sqlalchemy as sa
import structlog
from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect
from starlette.concurrency import run_in_threadpool

from reposter.bootstrap import App
from reposter.kit.clock import to_iso
from reposter.kit.errors import AppError
from reposter.kit.eventlog import Event, last_seq, read_after
from reposter.vocabulary.events import AgentStatusChanged

POLL_SECONDS = 0.3
QUEUE_MAX = 1000
REPLAY_MAX = 5000
OVERLAP = 100
"""Told again after a rest, for a listener that came between two looks; each drops what it has seen."""
TRY_AGAIN = 1013

log = structlog.get_logger()
router = APIRouter()


class Tail:
    """Follows the event log for all connections of this process."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._listeners: set[asyncio.Queue[Event | None]] = set()
        self._wake = asyncio.Event()

    @contextlib.contextmanager
    def subscribe(self) -> Iterator[asyncio.Queue[Event | None]]:
        """Events from now on; None says that the listener was too slow and has lost some."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue(QUEUE_MAX)
        self._listeners.add(queue)
        self._wake.set()
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    async def follow(self) -> None:
        """Run for the life of the server; rests while nobody listens."""
        seq = await run_in_threadpool(self._last)
        while True:
            try:
                seq = await self._look(seq)
            except (AppError, sa.exc.DBAPIError) as error:
                # The stream outlives a database that is away for a while; it goes on at the same place.
                log.warning("live.database_away", error=str(error))
            await asyncio.sleep(POLL_SECONDS)

    async def _look(self, seq: int) -> int:
        if not self._listeners:
            self._wake.clear()
            await self._wake.wait()
            seq = max(0, await run_in_threadpool(self._last) - OVERLAP)
        for event in await run_in_threadpool(self.read, seq):
            seq = event.seq
            self._hand_out(event)
        return seq

    def read(self, seq: int) -> list[Event]:
        with self._app.database.transaction() as session:
            return list(read_after(session, seq))

    def last(self) -> int:
        return self._last()

    def _last(self) -> int:
        with self._app.database.transaction() as session:
            return last_seq(session)

    def _hand_out(self, event: Event) -> None:
        for queue in list(self._listeners):
            try:
                queue.put_nowait(event)
            except asyncio.QueueFull:
                self._listeners.discard(queue)
                while not queue.empty():  # a hole would be jumped over by who comes back with the last seq heard
                    queue.get_nowait()
                queue.put_nowait(None)


@router.websocket("/api/events")
async def events(socket: WebSocket, after: Annotated[int | None, Query(ge=0, le=2**53)] = None) -> None:
    """`?after=SEQ` replays what came after it; without it the stream begins now.

    Closed with 1013 where the listener is too slow, or has much to make up for: connect again with the last seq.
    """
    tail: Tail = socket.app.state.tail
    await socket.accept()
    with tail.subscribe() as queue:
        last = await run_in_threadpool(tail.last)
        seq = last if after is None else min(after, last)  # a tab may outlive the database that it knew
        pump = asyncio.create_task(_pump(socket, tail, queue, seq))
        try:
            while True:
                await socket.receive()  # nothing is expected; this notices the other side leaving
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            pump.cancel()
            with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await pump


async def _pump(socket: WebSocket, tail: Tail, queue: asyncio.Queue[Event | None], seq: int) -> None:
    try:
        await _tell(socket, tail, queue, seq)
    except (AppError, sa.exc.DBAPIError) as error:
        log.warning("live.database_away", error=str(error))
        await socket.close(TRY_AGAIN, "the database is away; connect again with the last seq")


async def _tell(socket: WebSocket, tail: Tail, queue: asyncio.Queue[Event | None], seq: int) -> None:
    await socket.send_text(json.dumps({"type": "hello", "seq": seq}))
    replayed = 0
    while batch := await run_in_threadpool(tail.read, seq):
        for event in batch:
            seq = await _send(socket, event)
        replayed += len(batch)
        if replayed >= REPLAY_MAX:
            await socket.close(TRY_AGAIN, "there is more; connect again with the last seq")
            return
    while True:
        told = await queue.get()
        if told is None:
            await socket.close(TRY_AGAIN, "too slow; connect again with the last seq")
            return
        if told.seq > seq:
            seq = await _send(socket, told)


async def _send(socket: WebSocket, event: Event) -> int:
    message = {"seq": event.seq, "type": event.type, "at": to_iso(event.at), "payload": event.payload}
    await socket.send_text(json.dumps(message))
    if event.type == AgentStatusChanged.TYPE:
        await socket.send_text(json.dumps(_state_message(event.payload)))
    return event.seq


def _state_message(payload: dict[str, Any]) -> dict[str, Any]:
    """The dashboard's state update of the specification, derived from the event."""
    return {"type": "AGENT_STATUS_UPDATE", "payload": payload}
