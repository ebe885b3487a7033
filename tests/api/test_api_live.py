"""The live stream: what happens is told once, in order, to everyone who listens, whatever breaks meanwhile."""

from __future__ import annotations

import json
import socket as sockets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from api_door import Door
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from reposter.kit.eventlog import last_seq, record
from reposter.vocabulary.events import AgentStatusChanged, QueueUpdated, payload_of

WAIT_SECONDS = 8


@contextmanager
def listening(door: Door, query: str = "", **options: Any) -> Iterator[ClientConnection]:
    with connect(door.stream + query, **{"proxy": None, "compression": None, "max_queue": None, **options}) as socket:
        hello = heard(socket)
        assert hello["type"] == "hello"
        yield socket


def heard(socket: ClientConnection) -> dict[str, Any]:
    return json.loads(socket.recv(timeout=WAIT_SECONDS))


def tell(door: Door, *numbers: int, padding: str = "") -> None:
    with door.app.database.transaction() as session:
        for number in numbers:
            event = QueueUpdated(number, f"video{number}", "@me", "queued", "2026-03-01T12:00:00Z", padding)
            record(session, event.TYPE, payload_of(event))


def told_so_far(door: Door) -> int:
    with door.app.database.transaction() as session:
        return last_seq(session)


def numbers_heard(socket: ClientConnection, count: int) -> list[int]:
    return [heard(socket)["payload"]["scheduledPostId"] for _ in range(count)]


def test_the_first_message_says_where_the_stream_stands(door: Door) -> None:
    start = told_so_far(door)
    tell(door, 1, 2)
    with connect(door.stream, proxy=None) as socket:
        assert heard(socket) == {"type": "hello", "seq": start + 2}
    with connect(f"{door.stream}?after=1", proxy=None) as socket:
        assert heard(socket) == {"type": "hello", "seq": 1}


def test_an_event_is_told_live_in_its_envelope(door: Door) -> None:
    with listening(door) as socket:
        tell(door, 1)
        message = heard(socket)
    assert set(message) == {"seq", "type", "at", "payload"}
    assert message["type"] == "queue.updated"
    assert message["payload"]["videoId"] == "video1"
    assert message["at"].endswith("Z")


def test_what_was_before_is_told_only_when_asked_for(door: Door) -> None:
    start = told_so_far(door)
    tell(door, 1, 2, 3)
    with listening(door) as socket:
        tell(door, 4)
        assert numbers_heard(socket, 1) == [4]
    with listening(door, f"?after={start + 1}") as socket:
        tell(door, 5)
        assert numbers_heard(socket, 4) == [2, 3, 4, 5]
    with listening(door, f"?after={start}") as socket:
        assert numbers_heard(socket, 5) == [1, 2, 3, 4, 5]


def test_a_reader_who_comes_back_again_and_again_misses_nothing_and_hears_nothing_twice(door: Door) -> None:
    told, got, seq = 0, [], told_so_far(door)
    for burst in (1, 7, 3, 20, 2):
        tell(door, *range(told, told + burst))  # while nobody listens
        told += burst
        with listening(door, f"?after={seq}") as socket:
            tell(door, *range(told, told + burst))
            told += burst
            while len(got) < told - burst // 2:  # leave in the middle
                message = heard(socket)
                seq = message["seq"]
                got.append(message["payload"]["scheduledPostId"])
    with listening(door, f"?after={seq}") as socket:
        got += numbers_heard(socket, told - len(got))
    assert got == list(range(told))


def test_everyone_who_listens_hears_the_same(open_door) -> None:
    one, other = open_door(), open_door()
    with listening(one) as first, listening(one) as second, listening(other) as third:
        tell(other, *range(50))
        assert numbers_heard(first, 50) == numbers_heard(second, 50) == numbers_heard(third, 50) == list(range(50))


def test_the_dashboards_state_update_comes_beside_the_agents_event(door: Door) -> None:
    event = AgentStatusChanged("scraper-1", "active", "Scraping @techguru123", 0.5)
    with listening(door) as socket:
        with door.app.database.transaction() as session:
            record(session, event.TYPE, payload_of(event))
        told, update = heard(socket), heard(socket)
    assert told["type"] == "agent.status.changed"
    assert update == {"type": "AGENT_STATUS_UPDATE", "payload": told["payload"]}
    assert update["payload"] == {
        "agentId": "scraper-1", "status": "active", "currentTask": "Scraping @techguru123", "progress": 0.5,
    }  # fmt: skip


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 25])
def test_a_place_that_cannot_be_is_refused(door: Door, after: str) -> None:
    with (
        pytest.raises((InvalidStatus, ConnectionClosed)),
        connect(f"{door.stream}?after={after}", proxy=None) as socket,
    ):
        socket.recv(timeout=WAIT_SECONDS)
    with listening(door) as socket:
        tell(door, 1)
        assert numbers_heard(socket, 1) == [1]


def test_a_place_that_this_database_never_reached_counts_as_its_end(door: Door) -> None:
    tell(door, 1)
    last = told_so_far(door)
    with connect(f"{door.stream}?after={last + 1000}", proxy=None) as socket:  # a tab of before a restore
        assert heard(socket) == {"type": "hello", "seq": last}
        tell(door, 2)
        assert numbers_heard(socket, 1) == [2]


def test_garbage_from_the_other_side_does_not_hurt(door: Door) -> None:
    with listening(door) as noisy, listening(door) as quiet:
        for frame in ("", "{", "null", '{"type": "hello"}', b"", b"\x00\xff" * 500, "x" * 100_000):
            noisy.send(frame)
        tell(door, 1)
        assert numbers_heard(noisy, 1) == numbers_heard(quiet, 1) == [1]


def test_bytes_that_are_no_frames_end_only_their_own_connection(door: Door) -> None:
    with listening(door) as quiet:
        with sockets.create_connection(("127.0.0.1", door.port)) as raw:
            raw.sendall(
                f"GET /api/events HTTP/1.1\r\nHost: {door.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
            )
            assert raw.recv(100).startswith(b"HTTP/1.1 101")
            raw.sendall(b"\xff" * 1000)
        tell(door, 1)
        assert numbers_heard(quiet, 1) == [1]


def test_a_listener_who_does_not_read_is_dropped_and_loses_nothing(door: Door) -> None:
    padding, count = "x" * 20_000, 3000
    with listening(door) as quick, listening(door, max_queue=1, max_size=None) as slow:
        for first in range(0, count, 250):
            tell(door, *range(first, first + 250), padding=padding)
            assert numbers_heard(quick, 250) == list(range(first, first + 250))
        got, seq = [], told_so_far(door) - count
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                message = heard(slow)
                seq = message["seq"]
                got.append(message["payload"]["scheduledPostId"])
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1013
    assert len(got) < count
    with listening(door, f"?after={seq}") as socket:
        got += numbers_heard(socket, count - len(got))
    assert got == list(range(count)), "an event was lost or told twice"


def test_a_long_absence_is_made_up_for_completely(door: Door) -> None:
    count, seq = 6000, told_so_far(door)
    for first in range(0, count, 1000):
        tell(door, *range(first, first + 1000))
    got, connections = [], 0
    while len(got) < count:
        connections += 1
        assert connections < 10
        with listening(door, f"?after={seq}") as socket:
            try:
                while len(got) < count:
                    message = heard(socket)
                    seq = message["seq"]
                    got.append(message["payload"]["scheduledPostId"])
            except ConnectionClosed as closed:
                assert closed.rcvd is not None and closed.rcvd.code == 1013
    assert got == list(range(count))


def test_a_database_that_fails_for_a_while_does_not_end_the_stream(door: Door) -> None:
    with listening(door) as socket:
        tell(door, 1)
        assert numbers_heard(socket, 1) == [1]
        rename(door, "events", "away")
        with pytest.raises(TimeoutError):
            socket.recv(timeout=1)  # some looks fail meanwhile
        rename(door, "away", "events")
        tell(door, 2)
        assert numbers_heard(socket, 1) == [2]


def rename(door: Door, old: str, new: str) -> None:
    with door.app.database.transaction() as session:
        session.execute(sa.text(f"ALTER TABLE {old} RENAME TO {new}"))
