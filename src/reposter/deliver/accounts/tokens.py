"""Living access tokens: renewed rarely, by one process at a time, and never so that an answer can get lost by us.

TikTok's refresh tokens are used once: issuing a new one kills the old. So the intent is written before the call and
the raw answer before it is read, and a refused refresh ends in "connect again" only when nobody else was faster.

"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.accounts.account import AccountStatus, place_of
from reposter.deliver.accounts.holders import has_ended, new_holder
from reposter.deliver.accounts.service import lost_connection
from reposter.deliver.accounts.tables import AccountRow
from reposter.kit.crypto import Vault
from reposter.kit.database import Database
from reposter.kit.errors import AppError, NotFound, VendorUnavailable
from reposter.vendors.tiktok.auth import TOKEN_DEADLINE_SECONDS, TikTokOAuth, TokenGrant, read_grant
from reposter.vendors.tiktok.errors import OutcomeUnknown, ReauthNeeded

MIN_LIFE_SECONDS = 600.0
RECHECK_SECONDS = 30.0
HOLD_SECONDS = TOKEN_DEADLINE_SECONDS + 15
WAIT_SECONDS_MAX = HOLD_SECONDS + 5
WAIT_STEP_SECONDS = 0.5
REFUSED = "TikTok has disconnected the account; nothing is lost, its posts wait."


@dataclass(frozen=True)
class TokenKeeper:
    """`wait` sleeps; tests give it a clock of their own.

    `on_lost` is told an account's handle and why, once, in the transaction that marks it as disconnected.
    """

    database: Database
    vault: Vault
    oauth: TikTokOAuth
    now: Callable[[], datetime]
    wait: Callable[[float], None] = time.sleep
    on_lost: Callable[[Session, str, str], None] = lambda _session, _handle, _reason: None

    def fresh_token(self, handle: str, *, min_life_seconds: float = MIN_LIFE_SECONDS, refused: str = "") -> str:
        """An access token that lives `min_life_seconds` more (or half its life, where TikTok grants less).

        `refused` is a token that TikTok has just turned down: it is renewed unless somebody has done so already.

        Raises:
            ReauthNeeded: the owner must connect the account again.
            VendorUnavailable: no answer, or another process is at it; try again later.
            NotFound: there is no such account.
        """
        for _ in range(int(WAIT_SECONDS_MAX / WAIT_STEP_SECONDS)):
            row = self._recovered(self._read(handle))
            if self._is_good(row, min_life_seconds, refused):
                return self._access_token(row)
            if row.status == AccountStatus.REAUTH_NEEDED:
                raise _reauth(handle)
            holder = new_holder()
            if self._take(row, holder):
                return self._renew(row, holder)
            self.wait(WAIT_STEP_SECONDS)
        raise VendorUnavailable(
            f"The token of {handle} is being renewed by another process, which does not finish.",
            hint="It is tried again by itself.",
        )

    def _is_good(self, row: AccountRow, min_life_seconds: float, refused: str) -> bool:
        if not row.access_token_sealed or (refused and self._access_token(row) == refused):
            return False
        granted_seconds = (row.access_expires_at - row.granted_at).total_seconds()
        needed = timedelta(seconds=min(min_life_seconds, granted_seconds / 2))
        return row.access_expires_at - self.now() > needed

    def _take(self, row: AccountRow, holder: str) -> bool:
        """Become the one who renews: only while the row holds the token that we saw, and nobody else is at it."""
        now = self.now()
        is_free = sa.or_(AccountRow.refresh_held_until.is_(None), AccountRow.refresh_held_until < now)
        if has_ended(row.refresh_holder):  # soon, in case TikTok shows grace to a token that was just used
            is_free = sa.or_(is_free, AccountRow.refresh_holder == row.refresh_holder)
        with self.database.transaction() as session:
            taken = session.execute(
                sa.update(AccountRow)
                .where(
                    AccountRow.id == row.id,
                    AccountRow.refresh_token_sealed == row.refresh_token_sealed,
                    is_free,
                )
                .values(
                    refresh_holder=holder,
                    refresh_held_until=now + timedelta(seconds=HOLD_SECONDS),
                    refresh_intent_hash=hashlib.sha256(self._refresh_token(row).encode()).hexdigest(),
                )
            )
        return taken.rowcount == 1  # type: ignore[attr-defined,no-any-return]  # an UPDATE answers with a CursorResult

    def _renew(self, row: AccountRow, holder: str) -> str:
        try:
            answer = self._ask(row, holder)
        except (OutcomeUnknown, VendorUnavailable) as error:
            self._hold_until(row, holder, None)
            raise VendorUnavailable(
                f"TikTok did not answer when the token of {row.handle} was to be renewed.",
                hint="It is tried again by itself.",
                retry_after_seconds=error.retry_after_seconds,
                **error.context,
            ) from error
        except ReauthNeeded as error:
            return self._refused(row, holder, error)
        except AppError:
            self._hold_until(row, holder, None)
            raise
        sealed = self.vault.seal(answer.decode(errors="replace"), place=place_of(row.open_id, "answer"))
        self._update(row, refresh_answer_sealed=sealed)
        return self._access_token(self._recovered(self._read(row.handle)))

    def _ask(self, row: AccountRow, holder: str) -> bytes:
        """Refused once may be a hiccup: ask a second time before an account is called dead."""
        refresh_token = self._refresh_token(row)
        try:
            return self.oauth.refresh_raw(refresh_token)
        except ReauthNeeded:
            self._hold_until(row, holder, self.now() + timedelta(seconds=RECHECK_SECONDS + HOLD_SECONDS))
            self.wait(RECHECK_SECONDS)
            return self.oauth.refresh_raw(refresh_token)

    def _refused(self, row: AccountRow, holder: str, error: ReauthNeeded) -> str:
        """Another process, or a new connection, may have stored a younger token meanwhile: then use that."""
        newest = self._read(row.handle)
        if newest.refresh_token_sealed != row.refresh_token_sealed:
            return self._access_token(newest)
        self._mark_lost(row)
        self._hold_until(row, holder, None)
        raise _reauth(row.handle, **error.context) from error

    def _mark_lost(self, row: AccountRow) -> None:
        with self.database.transaction() as session:
            marked = session.execute(
                sa.update(AccountRow)
                .where(
                    AccountRow.id == row.id,
                    AccountRow.refresh_token_sealed == row.refresh_token_sealed,
                    AccountRow.status != AccountStatus.REAUTH_NEEDED,
                )
                .values(**lost_connection(REFUSED), updated_at=self.now())
            )
            if marked.rowcount == 1:  # type: ignore[attr-defined]  # an UPDATE answers with a CursorResult
                self.on_lost(session, row.handle, REFUSED)

    def _recovered(self, row: AccountRow) -> AccountRow:
        """Read an answer that was stored, by us or by a process that died before it could."""
        if row.refresh_answer_sealed is None:
            return row
        try:
            grant = read_grant(self._unseal(row, "answer", row.refresh_answer_sealed).encode())
        except OutcomeUnknown as doubt:
            self._update(row, refresh_answer_sealed=None, refresh_holder=None, refresh_held_until=None)
            raise VendorUnavailable(
                f"TikTok's answer to the renewal of {row.handle} cannot be read.",
                hint="It is tried again by itself; if the old token is dead, you will be asked to connect again.",
            ) from doubt
        self._store(row, grant)
        return self._read(row.handle)

    def _store(self, row: AccountRow, grant: TokenGrant) -> None:
        """The new pair in one write. A missing refresh token leaves the old one, never nothing."""
        now = self.now()
        values = {
            "access_token_sealed": self.vault.seal(grant.access_token, place=place_of(row.open_id, "access")),
            "access_expires_at": now + timedelta(seconds=grant.expires_in),
            "granted_at": now,
            "refresh_answer_sealed": None,
            "refresh_intent_hash": None,
            "refresh_holder": None,
            "refresh_held_until": None,
            "updated_at": now,
        }
        if grant.refresh_token:
            place = place_of(row.open_id, "refresh")
            values["refresh_token_sealed"] = self.vault.seal(grant.refresh_token, place=place)
        if grant.refresh_expires_in is not None:
            values["refresh_expires_at"] = now + timedelta(seconds=grant.refresh_expires_in)
        if grant.scopes:
            values["scopes"] = list(grant.scopes)
        with self.database.transaction() as session:
            session.execute(
                sa.update(AccountRow)
                .where(AccountRow.id == row.id, AccountRow.refresh_answer_sealed == row.refresh_answer_sealed)
                .values(**values)
            )

    def _hold_until(self, row: AccountRow, holder: str, moment: datetime | None) -> None:
        """Keep the renewal to ourselves for longer; None lets go of it."""
        with self.database.transaction() as session:
            session.execute(
                sa.update(AccountRow)
                .where(AccountRow.id == row.id, AccountRow.refresh_holder == holder)
                .values(refresh_held_until=moment)
            )

    def _update(self, row: AccountRow, **values: object) -> None:
        """Only while the row still holds the refresh token that we read."""
        with self.database.transaction() as session:
            session.execute(
                sa.update(AccountRow)
                .where(AccountRow.id == row.id, AccountRow.refresh_token_sealed == row.refresh_token_sealed)
                .values(**values)
            )

    def _read(self, handle: str) -> AccountRow:
        with self.database.transaction() as session:
            row = session.scalars(sa.select(AccountRow).where(AccountRow.handle == handle)).one_or_none()
        if row is None:
            raise NotFound(
                f"No account {handle} is connected.", hint="Connect it with `reposter account connect`.", handle=handle
            )
        return row

    def _access_token(self, row: AccountRow) -> str:
        if not row.access_token_sealed:
            raise _reauth(row.handle)  # disconnected meanwhile
        return self._unseal(row, "access", row.access_token_sealed)

    def _refresh_token(self, row: AccountRow) -> str:
        return self._unseal(row, "refresh", row.refresh_token_sealed)

    def _unseal(self, row: AccountRow, secret: str, sealed: str) -> str:
        return self.vault.unseal(sealed, place=place_of(row.open_id, secret))


def _reauth(handle: str, **context: Any) -> ReauthNeeded:  # AppError's context
    return ReauthNeeded(
        f"TikTok no longer lets us act for {handle}; its posts wait, none has failed.",
        hint="Connect the account again; what is waiting goes on by itself.",
        handle=handle,
        **context,
    )
