"""Renewals across processes and past kills, against TikTok's rotation: strict, or with a minute of grace."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import uuid
from datetime import timedelta

import httpx
import pytest
from test_account_tokens import HANDLE, Killed, Place, SignIn, die_around

from reposter.deliver.accounts.account import AccountStatus
from reposter.deliver.accounts.holders import has_ended, new_holder
from reposter.deliver.accounts.tokens import REFUSED, TokenKeeper
from reposter.kit.database import Database
from reposter.kit.errors import VendorUnavailable
from reposter.vendors.tiktok.errors import ReauthNeeded

GRACE = timedelta(seconds=60)
POINTS = [(method, after) for method in ("_ask", "_take", "_store", "_update") for after in (False, True)]


class GraceSignIn(SignIn):
    """A used refresh token is taken once more for a minute, as a courtesy to clients that lost the answer."""

    def __init__(self):
        super().__init__()
        self.clock = None
        self.ended_at = {}

    def handle_request(self, request):
        body = b"".join(request.stream)
        for token, moment in self.ended_at.items():
            if token.encode() in body and self.clock() <= moment + GRACE:
                self.valid = token
        before = self.valid
        try:
            return super().handle_request(httpx.Request("POST", request.url, content=body))
        finally:
            if self.valid != before:
                self.ended_at[before] = self.clock()


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path, SignIn())
    yield place
    place.close()


@pytest.fixture
def gracious(tmp_path):
    place = Place(tmp_path, GraceSignIn())
    place.sign_in.clock = place.clock
    yield place
    place.close()


def keeper_of(place, database, **more):
    return TokenKeeper(database, place.vault, place.keeper.oauth, place.clock, place.clock.wait, **more)


def as_if_ended(monkeypatch):
    """The process that held the renewal is no more: another one, with its number, comes next."""
    monkeypatch.setattr("reposter.deliver.accounts.holders._RUN", "another")


def test_two_processes_make_one_refresh(place):
    """The hold is in the file: each keeper has a database of its own, as each process has."""
    place.clock.wait(7000)
    databases = [Database(str(place.database.engine.url)) for _ in range(2)]
    tokens = []

    def call(database):
        tokens.append(keeper_of(place, database).fresh_token(HANDLE))

    callers = [threading.Thread(target=call, args=(database,)) for database in databases * 10]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    for database in databases:
        database.close()
    assert place.sign_in.calls == 1
    assert tokens == ["act.1"] * 20


def test_an_answer_that_a_dead_process_left_unread_is_read_by_another(place, monkeypatch):
    place.clock.wait(7000)

    def killed(*_args):
        raise Killed

    monkeypatch.setattr(TokenKeeper, "_store", killed)
    with pytest.raises(Killed):
        place.keeper.fresh_token(HANDLE)
    monkeypatch.undo()
    database = Database(str(place.database.engine.url))
    assert keeper_of(place, database).fresh_token(HANDLE) == "act.1"
    database.close()
    assert place.sign_in.calls == 1


@pytest.mark.parametrize(("method", "after"), POINTS)
def test_with_a_minute_of_grace_a_kill_anywhere_costs_nothing(gracious, monkeypatch, method, after):
    place = gracious
    place.clock.wait(7000)
    die_around(monkeypatch, place, method, after=after)
    as_if_ended(monkeypatch)
    assert place.keeper.fresh_token(HANDLE).startswith("act.")
    assert place.account().status is AccountStatus.CONNECTED


def test_with_a_minute_of_grace_a_lost_answer_costs_nothing(gracious):
    gracious.clock.wait(7000)
    gracious.sign_in.fault = "lost_response"
    with pytest.raises(VendorUnavailable):
        gracious.keeper.fresh_token(HANDLE)
    assert gracious.keeper.fresh_token(HANDLE).startswith("act.")
    assert gracious.account().status is AccountStatus.CONNECTED


def test_a_loss_is_told_once_and_in_the_transaction_that_marks_it(place):
    told = []

    def on_lost(session, handle, reason):
        told.append((handle, reason, session.in_transaction()))

    place.clock.wait(7000)
    place.sign_in.valid = "another"
    keeper = keeper_of(place, place.database, on_lost=on_lost)
    for _ in range(3):
        with pytest.raises(ReauthNeeded):
            keeper.fresh_token(HANDLE)
    assert told == [(HANDLE, REFUSED, True)]


def test_a_loss_that_cannot_be_told_is_not_marked_either(place):
    def on_lost(*_args):
        raise Killed

    place.clock.wait(7000)
    place.sign_in.valid = "another"
    with pytest.raises(Killed):
        keeper_of(place, place.database, on_lost=on_lost).fresh_token(HANDLE)
    assert place.account().status is AccountStatus.CONNECTED


@pytest.mark.parametrize("expires_in", [60, 7200, 86_400])
def test_a_day_of_use_needs_no_more_refreshes_than_half_lives(tmp_path, expires_in):
    place = Place(tmp_path, SignIn(expires_in=expires_in))
    for _ in range(10):
        place.clock.wait(expires_in / 4)
        assert place.keeper.fresh_token(HANDLE).startswith("act.")
    assert place.account().status is AccountStatus.CONNECTED
    assert place.sign_in.calls <= 5
    place.close()


def test_the_end_of_a_holder_is_seen_on_its_own_machine_alone():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    machine, _, run, rest = new_holder().split(":")
    assert len(new_holder()) <= 40
    assert has_ended(f"{machine}:{ended.pid}:{run}:{rest}")
    assert has_ended(f"{machine}:{os.getpid()}:an earlier run:{rest}")
    assert not has_ended(new_holder())
    assert not has_ended(f"{machine}:{os.getppid()}:{run}:{rest}")
    assert not has_ended(f"{machine}:1:{run}:{rest}")
    assert not has_ended(f"elsewhere:{ended.pid}:{run}:{rest}")
    assert not any(has_ended(text) for text in (None, "", "x", str(uuid.uuid4()), f"{machine}:-1:x:y"))
