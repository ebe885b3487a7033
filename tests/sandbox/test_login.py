"""Consent, codes, tokens: as the platform's documents describe them."""

from __future__ import annotations

import base64
import hashlib

from .client import SCOPES, VERIFIER, callback


def test_the_consent_page_names_accounts_and_scopes(make_world, make_client):
    client = make_client(make_world())
    query = {
        "client_key": client.world.client_key,
        "response_type": "code",
        "scope": SCOPES,
        "redirect_uri": "http://127.0.0.1:9999/oauth",
        "state": "x",
        "code_challenge": hashlib.sha256(VERIFIER.encode()).hexdigest(),
        "code_challenge_method": "S256",
    }
    page = client.http.get(client.world.auth_url, params=query)
    assert page.status_code == 200
    for wanted in ("@myaltaccount", "@secondaccount", "video.publish", "Allow", "Cancel"):
        assert wanted in page.text


def test_allow_sends_a_code_with_star_and_mark_back_percent_encoded(make_world, make_client):
    answer = make_client(make_world()).consent()
    assert "%2A" in answer.headers["location"]
    assert "%21" in answer.headers["location"]
    query = callback(answer)
    assert query["state"] == "s1"
    assert query["scopes"] == SCOPES


def test_cancel_comes_back_as_access_denied(make_world, make_client):
    query = callback(make_client(make_world()).consent(decision="cancel"))
    assert query["error"] == "access_denied"
    assert query["state"] == "s1"


def test_the_user_may_grant_less_than_was_asked(make_world, make_client):
    answer = make_client(make_world()).consent(**{"grant_video.list": "on"})
    assert callback(answer)["scopes"] == "video.list"


def test_only_the_hex_challenge_is_understood(make_world, make_client):
    rfc = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    answer = make_client(make_world()).consent(code_challenge=rfc)
    assert answer.status_code == 400
    assert "code_challenge" in answer.text


def test_a_foreign_redirect_is_refused(make_world, make_client):
    answer = make_client(make_world()).consent(redirect_uri="https://elsewhere.example/callback")
    assert answer.status_code == 400
    assert "redirect_uri" in answer.text


def test_a_code_buys_tokens_once(make_world, make_client):
    client = make_client(make_world())
    code = callback(client.consent())["code"]
    token = client.exchange(code).json()
    assert token["access_token"].startswith("act.")
    assert token["refresh_token"].startswith("rft.")
    assert (token["expires_in"], token["refresh_expires_in"]) == (7_200, 15_552_000)
    again = client.exchange(code)
    assert again.status_code == 200
    assert again.json()["error"] == "invalid_grant"


def test_a_wrong_verifier_or_secret_buys_nothing(make_world, make_client):
    client = make_client(make_world())
    code = callback(client.consent())["code"]
    assert client.exchange(code, code_verifier="w" * 64).json()["error"] == "invalid_request"
    assert client.exchange(code, client_secret="wrong").json()["error"] == "invalid_client"
    assert "access_token" in client.exchange(code).json()


def test_a_refresh_rotates_and_kills_the_old_refresh_token(client):
    fresh = client.refresh()
    assert fresh["refresh_token"] != client.token["refresh_token"]
    assert client.refresh()["error"] == "invalid_grant"
    assert "access_token" in client.refresh(fresh["refresh_token"])


def test_an_expired_access_token_answers_401_and_can_be_refreshed(client):
    client.control("token", {"account": "myaltaccount", "action": "expire"})
    answer = client.api("/v2/user/info/?fields=open_id", method="GET")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "access_token_invalid")
    client.token = client.refresh()
    assert client.api("/v2/user/info/?fields=open_id", method="GET").status_code == 200


def test_a_withdrawn_consent_kills_everything(client):
    client.control("token", {"account": "@myaltaccount", "action": "withdraw"})
    assert client.api("/v2/user/info/?fields=open_id", method="GET").status_code == 401
    assert client.refresh()["error"] == "invalid_grant"


def test_revoking_ends_the_connection(client):
    body = {
        "client_key": client.world.client_key,
        "client_secret": client.world.client_secret,
        "token": client.token["access_token"],
    }
    assert client.http.post(f"{client.world.api_url}/v2/oauth/revoke/", data=body).json() == {}
    assert client.refresh()["error"] == "invalid_grant"


def test_fields_outside_the_granted_scopes_are_refused(make_world, make_client):
    client = make_client(make_world()).connect(scope="user.info.basic")
    answer = client.api("/v2/user/info/?fields=open_id,follower_count", method="GET")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "scope_permission_missed")
    assert client.init(1000).json()["error"]["code"] == "scope_not_authorized"
