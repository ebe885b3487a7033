"""Single-use refresh tokens: one renewal at a time, nothing lost by us, and a dead account fails no post."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx
import pytest
import sqlalchemy as sa

from reposter.deliver.accounts.account import AccountStatus, place_of
from reposter.deliver.accounts.service import get_account, handles_to_keep_alive, pause
from reposter.deliver.accounts.tables import AccountRow
from reposter.deliver.accounts.tokens import HOLD_SECONDS, TokenKeeper
from reposter.kit.crypto import Vault
from reposter.kit.database import Database, Table
from reposter.kit.errors import VendorUnavailable
from reposter.vendors.tiktok.auth import AppKeys, TikTokOAuth
from reposter.vendors.tiktok.errors import ReauthNeeded

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HANDLE = "@myaltaccount"


class SignIn(httpx.BaseTransport):
    """Strict rotation: a refresh token works once. `fault` spoils the next answer."""

    def __init__(self, *, expires_in=7200):
        self.valid = "rft.0"
        self.calls = 0
        self.expires_in = expires_in
        self.fault = ""
        self.lock = threading.Lock()
        self.keep_refresh_token = False

    def handle_request(self, request):
        form = parse_qs(b"".join(request.stream).decode())
        with self.lock:
            self.calls += 1
            fault, self.fault = self.fault, ""
            if fault == "no_connection":
                raise httpx.ConnectError("refused")
            if fault == "lost_request":
                raise httpx.ReadTimeout("lost")
            if fault == "hiccup":
                return httpx.Response(200, json={"error": "invalid_grant"})
            if form["refresh_token"] != [self.valid]:
                return httpx.Response(400, json={"error": "invalid_grant", "error_description": "used", "log_id": "L"})
            if not self.keep_refresh_token:
                self.valid = f"rft.{self.calls}"
            answer = {"access_token": f"act.{self.calls}", "expires_in": self.expires_in, "open_id": "o1"}
            if not self.keep_refresh_token:
                answer |= {"refresh_token": self.valid, "refresh_expires_in": 15_552_000}
            if fault == "lost_response":
                raise httpx.ReadTimeout("lost")
            return httpx.Response(200, json=answer)


class Clock:
    def __init__(self):
        self.moment = START
        self.lock = threading.Lock()

    def __call__(self):
        return self.moment

    def wait(self, seconds):
        with self.lock:
            self.moment += timedelta(seconds=seconds)


class Place:
    def __init__(self, tmp_path, sign_in):
        self.sign_in = sign_in
        self.clock = Clock()
        self.vault = Vault(bytes(32))
        self.database = Database(f"sqlite:///{tmp_path}/accounts.sqlite")
        Table.metadata.create_all(self.database.engine)
        self.http = httpx.Client(transport=sign_in)
        oauth = TikTokOAuth("http://tiktok.test", AppKeys("ck", "cs", "http://127.0.0.1:1/cb"), self.http)
        self.keeper = TokenKeeper(self.database, self.vault, oauth, self.clock, self.clock.wait)
        with self.database.transaction() as session:
            session.add(
                AccountRow(
                    id="a1",
                    handle=HANDLE,
                    open_id="o1",
                    access_token_sealed=self.vault.seal("act.0", place=place_of("o1", "access")),
                    refresh_token_sealed=self.vault.seal("rft.0", place=place_of("o1", "refresh")),
                    granted_at=START,
                    access_expires_at=START + timedelta(seconds=sign_in.expires_in),
                    refresh_expires_at=START + timedelta(days=180),
                    scopes=["video.publish"],
                    status=AccountStatus.CONNECTED,
                    route="direct",
                    choices={},
                    created_at=START,
                    updated_at=START,
                )
            )

    def account(self):
        with self.database.transaction() as session:
            return get_account(session, HANDLE)

    def row(self):
        with self.database.transaction() as session:
            return session.scalars(sa.select(AccountRow)).one()

    def close(self):
        self.http.close()
        self.database.close()


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path, SignIn())
    yield place
    place.close()


def test_a_token_with_life_left_is_used_without_asking(place):
    assert place.keeper.fresh_token(HANDLE) == "act.0"
    assert place.sign_in.calls == 0


def test_an_old_token_is_renewed_once_and_the_new_pair_is_kept(place):
    place.clock.wait(7000)
    assert place.keeper.fresh_token(HANDLE) == "act.1"
    assert place.keeper.fresh_token(HANDLE) == "act.1"
    assert place.sign_in.calls == 1
    place.clock.wait(7200)
    assert place.keeper.fresh_token(HANDLE) == "act.2"
    assert place.account().access_expires_at == place.clock() + timedelta(seconds=7200)


def test_fifty_callers_make_one_refresh(place):
    place.clock.wait(7000)
    tokens = []
    callers = [threading.Thread(target=lambda: tokens.append(place.keeper.fresh_token(HANDLE))) for _ in range(50)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert place.sign_in.calls == 1
    assert tokens == ["act.1"] * 50


def test_a_refused_token_is_renewed_unless_somebody_did_so_already(place):
    assert place.keeper.fresh_token(HANDLE, refused="act.0") == "act.1"
    assert place.keeper.fresh_token(HANDLE, refused="act.0") == "act.1"
    assert place.sign_in.calls == 1


@pytest.mark.parametrize("expires_in", [60, 7200, 86_400])
def test_every_lifetime_that_tiktok_grants_works(tmp_path, expires_in):
    place = Place(tmp_path, SignIn(expires_in=expires_in))
    place.clock.wait(expires_in + 1)
    for _ in range(5):
        place.keeper.fresh_token(HANDLE)
    assert place.sign_in.calls == 1
    place.close()


@pytest.mark.parametrize("fault", ["no_connection", "lost_request"])
def test_a_refresh_that_did_not_arrive_disconnects_nobody(place, fault):
    place.clock.wait(7000)
    place.sign_in.fault = fault
    with pytest.raises(VendorUnavailable):
        place.keeper.fresh_token(HANDLE)
    assert place.account().status is AccountStatus.CONNECTED
    assert place.keeper.fresh_token(HANDLE).startswith("act.")


def test_one_refusal_may_be_a_hiccup(place):
    place.clock.wait(7000)
    place.sign_in.fault = "hiccup"
    assert place.keeper.fresh_token(HANDLE) == "act.2"
    assert place.account().status is AccountStatus.CONNECTED


def test_a_lost_answer_ends_in_connect_again(place):
    place.clock.wait(7000)
    place.sign_in.fault = "lost_response"
    with pytest.raises(VendorUnavailable):
        place.keeper.fresh_token(HANDLE)
    with pytest.raises(ReauthNeeded):
        place.keeper.fresh_token(HANDLE)
    calls = place.sign_in.calls
    assert place.account().status is AccountStatus.REAUTH_NEEDED
    with pytest.raises(ReauthNeeded):
        place.keeper.fresh_token(HANDLE)
    assert place.sign_in.calls == calls  # a dead token is not knocked at again


def test_a_dead_token_hides_a_pause_and_does_not_end_it(place):
    with place.database.transaction() as session:
        pause(session, HANDLE, reason="Holiday.", now=place.clock())
    place.clock.wait(7000)
    place.sign_in.fault = "lost_response"
    for error in (VendorUnavailable, ReauthNeeded):
        with pytest.raises(error):
            place.keeper.fresh_token(HANDLE)
    account = place.account()
    assert (account.status, account.paused_reason) == (AccountStatus.REAUTH_NEEDED, "Holiday.")


def test_a_missing_refresh_token_in_the_answer_leaves_the_stored_one(place):
    place.sign_in.keep_refresh_token = True
    place.clock.wait(7000)
    place.keeper.fresh_token(HANDLE)
    assert place.vault.unseal(place.row().refresh_token_sealed, place=place_of("o1", "refresh")) == "rft.0"


class Killed(BaseException):
    pass


def die_around(monkeypatch, place, method, *, after):
    """The process renews a token, and dies just before or just after it does `method`."""
    right = getattr(TokenKeeper, method)

    def killed(self, *args, **values):
        if after:
            right(self, *args, **values)
        raise Killed

    monkeypatch.setattr(TokenKeeper, method, killed)
    with pytest.raises(Killed):
        place.keeper.fresh_token(HANDLE)
    monkeypatch.undo()


@pytest.mark.parametrize("method", ["_ask", "_take", "_store", "_update"])
@pytest.mark.parametrize("after", [False, True])
def test_a_kill_around_the_renewal_costs_the_account_only_if_the_answer_was_lost(place, monkeypatch, method, after):
    place.clock.wait(7000)
    die_around(monkeypatch, place, method, after=after)
    answer_is_lost = (method, after) in {("_ask", True), ("_update", False)}
    if answer_is_lost:
        with pytest.raises(ReauthNeeded):
            place.keeper.fresh_token(HANDLE)
    else:
        assert place.keeper.fresh_token(HANDLE) == "act.1"
        assert place.account().status is AccountStatus.CONNECTED


def test_who_renews_too_long_is_taken_over_from(place):
    place.clock.wait(7000)
    row = place.row()
    assert place.keeper._take(row, "dead process")
    assert not place.keeper._take(row, "second")
    place.clock.wait(HOLD_SECONDS + 1)
    assert place.keeper.fresh_token(HANDLE) == "act.1"


def test_a_younger_token_of_somebody_else_is_used_after_a_refusal(place, monkeypatch):
    place.clock.wait(7000)

    def sibling_wins(_seconds):
        with place.database.transaction() as session:
            row = session.scalars(sa.select(AccountRow)).one()
            row.refresh_token_sealed = place.vault.seal("rft.new", place=place_of("o1", "refresh"))
            row.access_token_sealed = place.vault.seal("act.new", place=place_of("o1", "access"))

    place.sign_in.valid = "another"
    keeper = TokenKeeper(place.database, place.vault, place.keeper.oauth, place.clock, sibling_wins)
    assert keeper.fresh_token(HANDLE) == "act.new"
    assert place.account().status is AccountStatus.CONNECTED


def test_tokens_lie_sealed_in_the_database(place):
    row = place.row()
    assert "act." not in row.access_token_sealed and "rft." not in row.refresh_token_sealed


def test_an_unused_account_is_kept_alive_from_half_its_tokens_life(place):
    with place.database.transaction() as session:
        assert handles_to_keep_alive(session, START + timedelta(days=89)) == []
        assert handles_to_keep_alive(session, START + timedelta(days=91)) == [HANDLE]
