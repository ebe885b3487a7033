"""Settings over HTTP: changed while it runs, refused as a whole, and secrets shown to nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from api_door import Door

from reposter.settings import SET_AT_START

SECRET = "hush-hush-4711"


def settings(door: Door) -> dict[str, Any]:
    return door.http.get("/api/settings").json()["settings"]


def test_a_change_is_in_force_at_once_and_leaves_the_rest(door: Door) -> None:
    before = settings(door)
    answer = door.http.put("/api/settings", json={"publishing": {"posts_per_hour": 2}})
    assert answer.status_code == 200
    after = settings(door)
    assert after["publishing"] == {**before["publishing"], "posts_per_hour": 2}
    assert {**after, "publishing": None} == {**before, "publishing": None}
    assert door.app.options().publishing.posts_per_hour == 2


def test_another_process_follows_within_seconds(open_door) -> None:
    one, other = open_door(), open_door()
    one.http.put("/api/settings", json={"publishing": {"paused": True}})
    other.app._read_at = 0.0  # instead of waiting for the two seconds that it trusts what it read
    assert settings(other)["publishing"]["paused"] is True


@pytest.mark.parametrize(
    "change",
    [
        {"publishing": {"posts_per_houre": 2}},
        {"publishign": {}},
        {"publishing": {"posts_per_hour": "many"}},
        {"publishing": {"posts_per_hour": None}},
        {"publishing": {"posts_per_hour": -1}},
        {"publishing": {"max_attempts": 0}},
        {"publishing": {"hurry": 0}},
        {"publishing": {"retry_delays_seconds": [-5]}},
        {"acquire": {"scan_depth": 0}},
        {"publishing": 3},
        {"publishing": {"posts_per_hour": 2}, "scheduling": {"frequency": "now and then"}},
        {"captions": {"template": "{nonsense}"}},
        {"metrics_ages_seconds": {"1h": "soon"}},
    ],
    ids=str,
)
def test_a_change_that_makes_no_sense_is_refused_as_a_whole(shared_door: Door, change: dict[str, Any]) -> None:
    before = settings(shared_door)
    answer = shared_door.http.put("/api/settings", json=change)
    assert (answer.status_code, answer.json()["code"]) == (400, "settings_invalid"), answer.text
    assert answer.json()["hint"]
    assert settings(shared_door) == before


@pytest.mark.parametrize("section", sorted(SET_AT_START))
def test_what_is_read_at_the_start_is_not_changed_while_it_runs(shared_door: Door, section: str) -> None:
    before = settings(shared_door)
    answer = shared_door.http.put("/api/settings", json={section: before[section]})
    assert (answer.status_code, answer.json()["code"]) == (400, "settings_invalid")
    assert section in answer.json()["detail"]
    assert section in shared_door.http.get("/api/settings").json()["setAtStart"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_json_cannot_hold_is_refused(shared_door: Door, number: str) -> None:
    body = '{"publishing": {"hurry": %s}}' % number  # noqa: UP031  # braces are JSON's here
    answer = shared_door.http.put("/api/settings", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert shared_door.http.get("/api/settings").status_code == 200


def test_a_secret_is_shown_to_nobody(door: Door) -> None:
    answer = door.http.put("/api/settings", json={"tiktok": {"client_key": "key", "client_secret": SECRET}})
    assert answer.status_code == 200
    assert door.app.settings().tiktok.client_secret.get_secret_value() == SECRET
    for text in (answer.text, door.http.get("/api/settings").text, door.http.get("/api/logs").text):
        assert SECRET not in text
    assert settings(door)["tiktok"]["client_secret"] == "**********"


def test_a_refused_secret_is_not_repeated(shared_door: Door) -> None:
    answer = shared_door.http.put("/api/settings", json={"tiktok": {"client_secret": [SECRET]}})
    assert answer.status_code == 400
    assert SECRET not in answer.text


def test_a_form_sent_back_unchanged_keeps_the_secret(door: Door) -> None:
    door.http.put("/api/settings", json={"tiktok": {"client_key": "key", "client_secret": SECRET}})
    shown = settings(door)["tiktok"]
    assert door.http.put("/api/settings", json={"tiktok": shown}).status_code == 200
    assert door.app.settings().tiktok.client_secret.get_secret_value() == SECRET


def test_a_secret_is_sealed_where_it_is_kept(door: Door) -> None:
    door.http.put("/api/settings", json={"tiktok": {"client_secret": SECRET}})
    kept: list[Path] = [path for path in door.app.layout.data_dir.rglob("*") if path.is_file()]
    assert not [path.name for path in kept if SECRET.encode() in path.read_bytes()]
