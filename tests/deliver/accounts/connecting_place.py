"""A pretend sign-in that answers at once, and everything that connecting needs."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx

from reposter.deliver.accounts.connecting import Connector, begin_connect, finish_connect
from reposter.kit.crypto import Vault
from reposter.kit.database import Database, Table
from reposter.vendors.tiktok.auth import AppKeys, TikTokOAuth
from reposter.vendors.tiktok.client import TikTokClient

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Place:
    def __init__(self):
        self.now = START
        self.scope = "user.info.basic,user.info.profile,video.publish"
        self.open_id = "o1"
        self.username = "myaltaccount"
        self.gives_refresh_token = True
        self.exchanges = 0
        self.revoked = []
        self.is_down = False
        self.database = Database("sqlite://")
        Table.metadata.create_all(self.database.engine)
        self.http = httpx.Client(transport=httpx.MockTransport(self.answer))
        self.connector = self.connector_of("ck")

    def connector_of(self, client_key, redirect_uri="http://127.0.0.1:1/cb"):
        return Connector(
            self.database,
            Vault(bytes(32)),
            TikTokOAuth("http://tiktok.test", AppKeys(client_key, "cs", redirect_uri), self.http),
            TikTokClient("http://tiktok.test", self.http),
            lambda: self.now,
        )

    def answer(self, request):
        ok = {"code": "ok"}
        if request.url.path == "/v2/user/info/":
            user = {"open_id": self.open_id, "display_name": "My Alt"}
            if "username" in request.url.params["fields"]:
                user["username"] = self.username
            return httpx.Response(200, json={"data": {"user": user}, "error": ok})
        if request.url.path.endswith("creator_info/query/"):
            return httpx.Response(200, json={"data": {"creator_username": "fromcreator"}, "error": ok})
        if self.is_down:
            raise httpx.ConnectError("down")
        if request.url.path == "/v2/oauth/revoke/":
            self.revoked += parse_qs(request.content.decode())["token"]
            return httpx.Response(200, json={})
        self.exchanges += 1
        tokens = {"access_token": f"act.{self.exchanges}", "refresh_token": f"rft.{self.exchanges}"}
        if not self.gives_refresh_token:
            del tokens["refresh_token"]
        grant = {"expires_in": 7200, "refresh_expires_in": 15_552_000, "open_id": self.open_id, "scope": self.scope}
        return httpx.Response(200, json=tokens | grant)

    def begin(self):
        with self.database.transaction() as session:
            url, state = begin_connect(session, self.connector)
        assert parse_qs(urlsplit(url).query)["state"] == [state]
        return state

    def connect(self, open_id="o1", username="myaltaccount"):
        self.open_id, self.username = open_id, username
        return finish_connect(self.connector, {"state": self.begin(), "code": "c"})
