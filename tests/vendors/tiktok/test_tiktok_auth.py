"""TikTok's own dialect of OAuth."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from reposter.vendors.tiktok.auth import AppKeys, TikTokOAuth, challenge_of, read_grant
from reposter.vendors.tiktok.errors import AppRefused, OutcomeUnknown, ReauthNeeded

KEYS = AppKeys("ck", "cs", "http://127.0.0.1:8000/api/accounts/callback")
GRANT = {
    "access_token": "act.1",
    "expires_in": 7200,
    "open_id": "o1",
    "refresh_token": "rft.1",
    "refresh_expires_in": 15_552_000,
    "scope": "user.info.basic,video.publish",
    "token_type": "Bearer",
}


@pytest.fixture
def oauth():
    seen = []
    opened = []

    def make(answer):
        http = httpx.Client(transport=httpx.MockTransport(lambda request: seen.append(request) or answer))
        opened.append(http)
        return TikTokOAuth("https://open.tiktokapis.com", KEYS, http), seen

    yield make
    for http in opened:
        http.close()


def test_the_challenge_is_hex_as_tiktok_documents_it():
    assert challenge_of("a" * 43) == "66d34fba71f8f450f7e45598853e53bfc23bbd129027cbb131a2f4ffd7878cd0"


def test_the_consent_page_gets_client_key_and_comma_scopes(oauth):
    client, _ = oauth(httpx.Response(200))
    query = parse_qs(urlsplit(client.authorize_url(state="s", verifier="v" * 43, scopes=("a", "b"))).query)
    assert query["client_key"] == ["ck"] and query["scope"] == ["a,b"] and query["state"] == ["s"]
    assert query["code_challenge_method"] == ["S256"] and len(query["code_challenge"][0]) == 64


def test_the_code_is_sent_decoded(oauth):
    client, seen = oauth(httpx.Response(200, json=GRANT))
    grant = client.exchange_code("abc%2A1%21", verifier="v" * 43)
    form = parse_qs(seen[0].content.decode())
    assert form["code"] == ["abc*1!"] and form["code_verifier"] == ["v" * 43]
    assert (grant.open_id, grant.expires_in, grant.scopes) == ("o1", 7200, ("user.info.basic", "video.publish"))


@pytest.mark.parametrize("http", [200, 400, 401])
def test_an_error_counts_whatever_its_status(oauth, http):
    client, _ = oauth(httpx.Response(http, json={"error": "invalid_grant", "error_description": "x", "log_id": "L"}))
    with pytest.raises(ReauthNeeded) as caught:
        client.refresh_raw("rft.1")
    assert caught.value.context["log_id"] == "L"


def test_an_error_in_the_envelope_of_the_api_is_understood_too(oauth):
    client, _ = oauth(httpx.Response(200, json={"error": {"code": "invalid_client", "log_id": "L"}}))
    with pytest.raises(AppRefused):
        client.refresh_raw("rft.1")


@pytest.mark.parametrize("answer", [httpx.Response(500, json={"error": "server_error"}), httpx.Response(302)])
def test_a_refresh_without_an_answer_is_unknown(oauth, answer):
    client, _ = oauth(answer)
    with pytest.raises(OutcomeUnknown):
        client.refresh_raw("rft.1")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"<html>", b'{"access_token":""}'])
def test_a_grant_without_tokens_is_no_grant(body):
    with pytest.raises(OutcomeUnknown):
        read_grant(body)
