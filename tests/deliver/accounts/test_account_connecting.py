"""Connecting, choosing, pausing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from reposter.deliver.accounts.account import AccountStatus
from reposter.deliver.accounts.connecting import ConnectionExpired, Connector, begin_connect, finish_connect
from reposter.deliver.accounts.service import get_account, list_accounts, pause, resume, set_choices
from reposter.deliver.accounts.tokens import TokenKeeper
from reposter.kit.crypto import Vault
from reposter.kit.database import Database, Table
from reposter.kit.errors import NotFound
from reposter.vendors.tiktok.auth import AppKeys, TikTokOAuth
from reposter.vendors.tiktok.client import TikTokClient
from reposter.vendors.tiktok.errors import ReauthNeeded
from reposter.vendors.tiktok.posting import PostingChoices, PrivacyLevel, Route

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Place:
    def __init__(self):
        self.now = START
        self.scope = "user.info.basic,user.info.profile,video.publish"
        self.open_id = "o1"
        self.exchanges = 0
        self.database = Database("sqlite://")
        Table.metadata.create_all(self.database.engine)
        self.http = httpx.Client(transport=httpx.MockTransport(self.answer))
        self.connector = Connector(
            self.database,
            Vault(bytes(32)),
            TikTokOAuth("http://tiktok.test", AppKeys("ck", "cs", "http://127.0.0.1:1/cb"), self.http),
            TikTokClient("http://tiktok.test", self.http),
            lambda: self.now,
        )

    def answer(self, request):
        ok = {"code": "ok"}
        if request.url.path == "/v2/user/info/":
            user = {"open_id": self.open_id, "display_name": "My Alt"}
            if "username" in request.url.params["fields"]:
                user["username"] = "myaltaccount"
            return httpx.Response(200, json={"data": {"user": user}, "error": ok})
        if request.url.path.endswith("creator_info/query/"):
            return httpx.Response(200, json={"data": {"creator_username": "fromcreator"}, "error": ok})
        self.exchanges += 1
        tokens = {"access_token": f"act.{self.exchanges}", "refresh_token": f"rft.{self.exchanges}"}
        grant = {"expires_in": 7200, "refresh_expires_in": 15_552_000, "open_id": self.open_id, "scope": self.scope}
        return httpx.Response(200, json=tokens | grant)

    def begin(self):
        with self.database.transaction() as session:
            url, state = begin_connect(session, self.connector)
        assert parse_qs(urlsplit(url).query)["state"] == [state]
        return state

    def connect(self):
        return finish_connect(self.connector, {"state": self.begin(), "code": "c"})


@pytest.fixture
def place():
    place = Place()
    yield place
    place.http.close()
    place.database.close()


def test_a_connected_account_has_a_handle_and_no_choice_made_for_it(place):
    account = place.connect()
    assert (account.handle, account.display_name, account.status) == (
        "@myaltaccount",
        "My Alt",
        AccountStatus.CONNECTED,
    )
    assert account.choices == PostingChoices() and account.choices.privacy_level is None
    with place.database.transaction() as session:
        assert [one.handle for one in list_accounts(session)] == ["@myaltaccount"]


def test_the_handle_comes_from_the_creator_when_the_profile_was_not_granted(place):
    place.scope = "user.info.basic,video.publish"
    assert place.connect().handle == "@fromcreator"


def test_a_callback_works_once_and_for_ten_minutes(place):
    state = place.begin()
    finish_connect(place.connector, {"state": state, "code": "c"})
    with pytest.raises(ConnectionExpired):
        finish_connect(place.connector, {"state": state, "code": "c"})
    state = place.begin()
    place.now += timedelta(minutes=11)
    with pytest.raises(ConnectionExpired):
        finish_connect(place.connector, {"state": state, "code": "c"})
    with pytest.raises(ConnectionExpired):
        finish_connect(place.connector, {"code": "c"})
    assert place.exchanges == 1


def test_a_refusal_on_tiktoks_page_is_told(place):
    with pytest.raises(ReauthNeeded):
        finish_connect(place.connector, {"state": place.begin(), "error": "access_denied"})


def test_connecting_again_keeps_the_choices_and_brings_living_tokens(place):
    place.connect()
    chosen = PostingChoices(privacy_level=PrivacyLevel.SELF_ONLY, allow_comment=True)
    with place.database.transaction() as session:
        set_choices(session, "@myaltaccount", chosen, route=Route.INBOX, now=place.now)
    account = place.connect()
    assert (account.choices, account.route) == (chosen, Route.INBOX)
    keeper = TokenKeeper(place.database, place.connector.vault, place.connector.oauth, lambda: place.now)
    assert keeper.fresh_token("@myaltaccount") == "act.2"


def test_the_same_handle_under_another_app_replaces_the_account(place):
    place.connect()
    place.open_id = "o2"
    assert place.connect().open_id == "o2"
    keeper = TokenKeeper(place.database, place.connector.vault, place.connector.oauth, lambda: place.now)
    assert keeper.fresh_token("@myaltaccount") == "act.2"


def test_a_pause_says_why_and_outlives_a_new_connection(place):
    place.connect()
    with place.database.transaction() as session:
        pause(session, "@myaltaccount", reason="Holiday.", now=place.now)
    assert place.connect().pause_reason == "Holiday."
    with place.database.transaction() as session:
        assert resume(session, "@myaltaccount", now=place.now).status is AccountStatus.CONNECTED
        with pytest.raises(NotFound):
            get_account(session, "@nobody")
