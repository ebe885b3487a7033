"""A page elsewhere reaches loopback through the visitor's browser: who may ask, and from where."""

from __future__ import annotations

import socket

import pytest
from api_door import Door
from api_rows import put_video
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

ROUTES = ("/api/settings", "/healthz", "/", "/assets/none.js", "/api/nothing", "/metrics", "/api/openapi.json")
FOREIGN_HOSTS = (
    "evil.example",
    "evil.example:80",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "localhost:80@evil.example",
    "127.0.0.2",
    "[::2]",
    "2130706433",
    "",
)
FOREIGN_ORIGINS = (
    "https://evil.example",
    "null",
    "http://127.0.0.1.evil.example",
    "http://localhost",
    "http://127.0.0.1:1",
    "file://",
)


@pytest.mark.parametrize("path", ROUTES)
def test_no_address_is_answered_under_a_name_that_is_not_ours(shared_door: Door, path: str) -> None:
    for host in FOREIGN_HOSTS:
        answer = shared_door.http.get(path, headers={"host": host})
        assert answer.status_code == 403, host
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "refused"
        assert answer.json()["hint"]


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LocalHost", "[::1]"])
def test_the_names_of_loopback_are_ours_with_and_without_a_port(shared_door: Door, name: str) -> None:
    for host in (name, f"{name}:8484", f"{name}:80"):
        assert shared_door.http.get("/api/settings", headers={"host": host}).status_code == 200, host


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_another_sites_page_changes_nothing(door: Door, origin: str) -> None:
    video_id = put_video(door.app, 1)
    for method, path, body in (
        ("POST", "/api/sources", {"value": "@name"}),
        ("PUT", f"/api/videos/{video_id}", {"caption": "theirs"}),
        ("PUT", "/api/settings", {"publishing": {"paused": True}}),
        ("POST", "/api/accounts/connect", None),
    ):
        answer = door.http.request(method, path, json=body, headers={"origin": origin})
        assert (answer.status_code, answer.json()["code"]) == (403, "refused"), path
    assert door.http.get("/api/sources").json()["items"] == []
    assert door.http.get(f"/api/videos/{video_id}").json()["caption"] is None
    assert door.http.get("/api/settings").json()["settings"]["publishing"]["paused"] is False


def test_the_dashboards_own_page_may_change_things(door: Door) -> None:
    answer = door.http.post("/api/sources", json={"value": "@name"}, headers={"origin": door.url})
    assert answer.status_code == 201


def test_a_command_line_without_an_origin_may_change_things(door: Door) -> None:
    assert door.http.post("/api/sources", json={"value": "@name"}).status_code == 201


def test_nobody_else_may_read_an_answer(shared_door: Door) -> None:
    answer = shared_door.http.get("/api/settings", headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers
    asked = shared_door.http.options(
        "/api/settings", headers={"origin": "https://evil.example", "access-control-request-method": "PUT"}
    )
    assert "access-control-allow-origin" not in asked.headers


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_another_sites_page_cannot_listen(shared_door: Door, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(shared_door.stream, origin=origin, proxy=None)
    assert refused.value.response.status_code == 403


def test_the_stream_is_not_given_under_a_foreign_name(shared_door: Door) -> None:
    with pytest.raises(InvalidStatus) as refused:
        to_us = socket.create_connection(("127.0.0.1", shared_door.port))  # as a name does that was bound anew
        connect(shared_door.stream.replace("127.0.0.1", "evil.example"), sock=to_us, proxy=None)
    assert refused.value.response.status_code == 403


def test_the_dashboards_own_page_may_listen(shared_door: Door) -> None:
    with connect(shared_door.stream, origin=shared_door.url, proxy=None) as stream:
        assert '"hello"' in stream.recv(timeout=10)
