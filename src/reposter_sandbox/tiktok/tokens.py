"""Issue, rotate, check and kill tokens; expiry is in real seconds, because clients count those."""

from __future__ import annotations

import time
from dataclasses import dataclass

from reposter_sandbox.identifiers import letters
from reposter_sandbox.store import Store
from reposter_sandbox.tiktok.accounts import Account, Accounts
from reposter_sandbox.tiktok.envelope import Refusal
from reposter_sandbox.tiktok.rulebook import Rulebook
from reposter_sandbox.wire.messages import Request


class GrantRefused(Exception):
    """The OAuth `error` string and its description."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error, self.description = error, description


@dataclass(frozen=True)
class Caller:
    account: Account
    scopes: frozenset[str]
    access_token: str

    def must_have(self, *scopes: str) -> None:
        """At least one of these scopes."""
        if not self.scopes.intersection(scopes):
            raise Refusal("scope_not_authorized", f"The user did not authorize the scope {scopes[0]}")


class Tokens:
    def __init__(self, store: Store, accounts: Accounts, rulebook: Rulebook) -> None:
        self._store, self._accounts, self._rulebook = store, accounts, rulebook

    def new_code(self, account: Account, scopes: list[str], redirect_uri: str, challenge: str) -> str:
        # The star and the mark are there on purpose: real codes hold them, percent-encoded in the callback.
        code = f"{letters(28)}*{letters(3)}!{letters(4)}.e1"
        self._store.insert(
            "codes",
            code=code,
            open_id=account.open_id,
            scopes=",".join(scopes),
            redirect_uri=redirect_uri,
            challenge=challenge,
            expires_real=time.time() + self._rulebook.rules.code_seconds,
        )
        return code

    def exchange_code(self, code: str, redirect_uri: str, challenge: str) -> dict[str, object]:
        """Spend a code; raises GrantRefused."""
        with self._store.transaction():
            row = self._store.row("SELECT * FROM codes WHERE code = ?", code)
            if row is None or row["is_used"] or row["expires_real"] < time.time():
                raise GrantRefused("invalid_grant", "Authorization code is invalid or expired.")
            if row["redirect_uri"] != redirect_uri:
                raise GrantRefused("invalid_request", "Redirect_uri is not matched with the uri in the code request.")
            if row["challenge"] != challenge:
                raise GrantRefused("invalid_request", "Code verifier or code challenge is invalid.")
            self._store.run("UPDATE codes SET is_used = 1 WHERE code = ?", code)
            return self._issue(row["open_id"], row["scopes"], self._rulebook.rules.refresh_token_seconds)

    def refresh(self, refresh_token: str) -> dict[str, object]:
        """Rotate strictly: the old refresh token is dead from this moment; raises GrantRefused.

        The access token issued with it lives on until its own expiry.
        """
        with self._store.transaction():
            row = self._store.row("SELECT * FROM tokens WHERE refresh_token = ?", refresh_token)
            now = time.time()
            if row is None or row["is_refreshed"] or row["is_withdrawn"] or row["refresh_expires_real"] < now:
                raise GrantRefused("invalid_grant", "Refresh token is invalid or expired.")
            self._store.run("UPDATE tokens SET is_refreshed = 1 WHERE refresh_token = ?", refresh_token)
            # The window runs from the first consent: rotation does not lengthen it.
            return self._issue(row["open_id"], row["scopes"], row["refresh_expires_real"] - now)

    def revoke(self, access_token: str) -> str:
        """The app gives the access back; returns the open id, raises GrantRefused."""
        row = self._store.row("SELECT open_id FROM tokens WHERE access_token = ?", access_token)
        if row is None:
            raise GrantRefused("invalid_request", "The token is invalid.")
        self.withdraw(row["open_id"])
        return str(row["open_id"])

    def withdraw(self, open_id: str) -> int:
        """Kill every token of an account."""
        return self._store.run("UPDATE tokens SET is_withdrawn = 1 WHERE open_id = ?", open_id)

    def expire_access(self, open_id: str) -> int:
        """Let the access tokens of an account run out now; its refresh tokens stay good."""
        return self._store.run("UPDATE tokens SET access_expires_real = 0 WHERE open_id = ?", open_id)

    def is_connected(self, open_id: str) -> bool:
        """Whether any token of the account could still be used or refreshed."""
        sql = "SELECT COUNT(*) FROM tokens WHERE open_id = ? AND is_withdrawn = 0 AND refresh_expires_real > ?"
        return bool(self._store.figure(sql, open_id, time.time()))

    def caller(self, request: Request) -> Caller:
        """Who is calling; raises Refusal."""
        scheme, _, token = request.header("Authorization").partition(" ")
        row = self._store.row("SELECT * FROM tokens WHERE access_token = ?", token.strip())
        if scheme.lower() != "bearer" or row is None or row["is_withdrawn"] or row["access_expires_real"] < time.time():
            raise Refusal("access_token_invalid", "The access token is invalid or not found in the request.")
        account = self._accounts.with_open_id(row["open_id"])
        return Caller(account, frozenset(row["scopes"].split(",")), row["access_token"])

    def _issue(self, open_id: str, scopes: str, refresh_seconds: float) -> dict[str, object]:
        access_seconds = self._rulebook.rules.access_token_seconds
        access, refresh = f"act.{letters(64)}", f"rft.{letters(64)}"
        self._store.insert(
            "tokens",
            access_token=access,
            refresh_token=refresh,
            open_id=open_id,
            scopes=scopes,
            access_expires_real=time.time() + access_seconds,
            refresh_expires_real=time.time() + refresh_seconds,
        )
        return {
            "access_token": access,
            "expires_in": int(access_seconds),
            "open_id": open_id,
            "refresh_token": refresh,
            "refresh_expires_in": int(refresh_seconds),
            "scope": scopes,
            "token_type": "Bearer",
        }
