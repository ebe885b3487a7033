"""Accounts over HTTP: connected, paused, disconnected, and what TikTok tells us of them by itself."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from api_door import Door
from api_rows import ACCOUNT, put_account

from reposter.bootstrap import change_settings
from reposter.deliver.accounts.tables import AccountRow, ConnectionRow, WebhookRow
from reposter.kit.clock import utc_now
from reposter.kit.eventlog import EventRow, to_event
from reposter_sandbox.scenario import load_scenario
from reposter_sandbox.tiktok.webhooks import signature
from reposter_sandbox.world import World

SECRET = "the app's secret"
HOOK = "/api/webhooks/tiktok"
SECONDS_MAX = 20
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def app_door(door: Door) -> Door:
    """With a TikTok app that leads nowhere."""
    change_settings(door.app, {"tiktok": {"client_key": "ck", "client_secret": SECRET, "api_url": NOBODY}})
    return door


def message(event: str = "tiktok.ping", **more: object) -> bytes:
    told = {"client_key": "ck", "event": event, "create_time": 1_700_000_000, "user_openid": "o", "content": "{}"}
    return json.dumps(told | more).encode()


def send(door: Door, body: bytes, header: str | None = None, **headers: str) -> tuple[int, str]:
    signed = header if header is not None else signature(SECRET, int(time.time()), body)
    answer = door.http.post(HOOK, content=body, headers={"tiktok-signature": signed, **headers})
    return answer.status_code, answer.json().get("code", "")


def heeded(door: Door) -> int:
    with door.app.database.transaction() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(WebhookRow)) or 0


# Messages


def test_a_message_is_answered_at_once_again_and_whatever_it_is_about(app_door: Door) -> None:
    for event in ("tiktok.ping", "tiktok.ping", "post.publish.complete", "something.new", "authorization.removed"):
        assert send(app_door, message(event)) == (200, "")
    assert heeded(app_door) == 4


def test_a_forgery_is_refused_and_not_kept(app_door: Door) -> None:
    body, now = message(), int(time.time())
    assert send(app_door, body, "") == (401, "webhook_forged")
    assert send(app_door, body, signature("another", now, body)) == (401, "webhook_forged")
    assert send(app_door, body, signature(SECRET, now - 600, body)) == (401, "webhook_forged")
    assert send(app_door, body + b" ", signature(SECRET, now, body)) == (401, "webhook_forged")
    assert heeded(app_door) == 0


def test_two_signatures_are_none(app_door: Door) -> None:
    body = message()
    good = signature(SECRET, int(time.time()), body)
    headers = [("tiktok-signature", good), ("tiktok-signature", "t=1,s=" + "0" * 64)]
    assert app_door.http.post(HOOK, content=body, headers=headers).status_code == 401


def test_what_is_no_message_or_too_large_is_a_mistake(app_door: Door) -> None:
    assert send(app_door, b"not json") == (400, "webhook_unreadable")
    assert send(app_door, b"x" * 64_001) == (400, "webhook_unreadable")


def test_without_a_secret_of_ours_nobody_is_believed(door: Door) -> None:
    body = message()
    assert send(door, body, signature("", int(time.time()), body)) == (401, "webhook_forged")


def test_a_signed_message_comes_under_any_name_of_ours_and_nothing_else_does(app_door: Door) -> None:
    assert send(app_door, message(), host="reposter.example")[0] == 200
    for path in ("/api/accounts", HOOK + "/", HOOK + "/../accounts"):
        assert app_door.http.get(path, headers={"host": "reposter.example"}).status_code in (403, 404)


# Accounts


def test_an_account_says_how_long_it_stays_connected_and_what_was_not_permitted(door: Door) -> None:
    put_account(door.app)
    with door.app.database.transaction() as session:
        session.execute(sa.update(AccountRow).values(refresh_expires_at=utc_now() + timedelta(days=3)))
    [account] = door.http.get("/api/accounts").json()["items"]
    assert account["missing_scopes"] == ["video.upload", "video.list"]
    assert (account["connection"]["level"], round(account["connection"]["days_left"])) == ("soon", 3)


def test_an_account_is_paused_and_resumed(door: Door) -> None:
    put_account(door.app)
    paused = door.http.post(f"/api/accounts/{ACCOUNT}/pause", json={"reason": "Holiday."}).json()
    assert (paused["status"], paused["pause_reason"]) == ("paused", "Holiday.")
    assert door.http.post(f"/api/accounts/{ACCOUNT}/resume").json()["status"] == "connected"
    assert door.http.post(f"/api/accounts/{ACCOUNT}/pause").json()["pause_reason"] == "Paused by hand."
    for act in ("pause", "resume", "disconnect"):
        assert door.http.post(f"/api/accounts/@nobody/{act}").status_code in (404, 409), act


def test_an_account_is_disconnected_though_tiktok_is_away(app_door: Door) -> None:
    put_account(app_door.app)
    gone = app_door.http.post(f"/api/accounts/{ACCOUNT}/disconnect").json()
    assert gone["is_revoked"] is False
    assert (gone["account"]["status"], gone["account"]["connection"]["level"]) == ("reauth_needed", "dead")
    assert gone["account"]["pause_reason"].startswith("Disconnected by the dashboard.")


def test_the_redirect_address_is_the_browsers_or_the_one_that_was_set(app_door: Door) -> None:
    def asked_for() -> str:
        url = app_door.http.post("/api/accounts/connect").json()["authorize_url"]
        return parse_qs(urlsplit(url).query)["redirect_uri"][0]

    assert asked_for() == f"{app_door.url}/api/accounts/callback"
    change_settings(app_door.app, {"tiktok": {"redirect_uri": "https://reposter.example/api/accounts/callback"}})
    assert asked_for() == "https://reposter.example/api/accounts/callback"
    change_settings(app_door.app, {"tiktok": {"redirect_uri": "http://reposter.example/cb"}})
    refused = app_door.http.post("/api/accounts/connect")
    assert (refused.status_code, refused.json()["code"]) == (400, "redirect_refused")
    with app_door.app.database.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ConnectionRow)) == 2


# The pretend TikTok


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "world", scenario=load_scenario("happy-day"), speed=600.0) as world:
        yield world


def test_a_permission_that_was_taken_back_is_noticed_by_tiktoks_own_message(
    door: Door, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reposter.deliver.accounts.tokens.RECHECK_SECONDS", 0.0)
    app = {"client_key": world.client_key, "client_secret": world.client_secret}
    change_settings(door.app, {"tiktok": app | {"api_url": world.api_url, "auth_url": world.auth_url}})
    url = door.http.post("/api/accounts/connect").json()["authorize_url"]
    form = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    consent = door.http.post(world.auth_url, data={**form, "account": "myaltaccount", "decision": "allow"})
    back = consent.headers["location"]
    assert door.http.get(back).status_code == 200
    [account] = door.http.get("/api/accounts").json()["items"]
    assert (account["status"], account["missing_scopes"]) == ("connected", [])
    door.http.post(f"{world.control_url}/webhook", json={"url": f"{door.url}{HOOK}"})
    door.http.post(f"{world.control_url}/token", json={"account": "myaltaccount", "action": "withdraw"})
    give_up_at = time.monotonic() + SECONDS_MAX
    while door.http.get("/api/accounts").json()["items"][0]["status"] != "reauth_needed":
        assert time.monotonic() < give_up_at, door.http.get(f"{world.control_url}/webhook").text
        time.sleep(0.05)
    codes = [event["payload"]["code"] for event in events(door, "error.occurred")]
    assert codes == ["tiktok_auth_expired"]


def events(door: Door, kind: str) -> list[dict[str, dict[str, str]]]:
    with door.app.database.transaction() as session:
        rows = session.scalars(sa.select(EventRow).where(EventRow.type == kind).order_by(EventRow.seq))
        return [{"payload": to_event(row).payload} for row in rows]
