"""Connecting an account: to TikTok's consent page and back."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.accounts.account import Account, AccountStatus, place_of, to_account
from reposter.deliver.accounts.scopes import PROFILE_SCOPE, PUBLISH_SCOPE, SCOPES, scope_note
from reposter.deliver.accounts.tables import AccountRow, ConnectionRow
from reposter.kit.crypto import Vault
from reposter.kit.database import Database, serialise
from reposter.kit.errors import AppError, Conflict, Verdict
from reposter.vendors.tiktok.auth import TikTokOAuth, TokenGrant, new_verifier
from reposter.vendors.tiktok.client import TikTokClient
from reposter.vendors.tiktok.errors import error_for
from reposter.vendors.tiktok.posting import PostingChoices, Route
from reposter.vendors.tiktok.redirects import redirect_kind

CONNECTION_LIFE = timedelta(minutes=10)
STATE_BYTES = 24
DISPLAY_CHARACTERS_MAX = 200


class ConnectionExpired(AppError):
    """The return from TikTok's page is unknown, was used before, or took too long."""

    code = "connection_expired"
    verdict = Verdict.NEEDS_PERSON


class HandleTaken(Conflict):
    """Another TikTok account goes by a name now under which we know one already."""

    code = "handle_taken"
    verdict = Verdict.NEEDS_PERSON


@dataclass(frozen=True)
class Connector:
    """What connecting needs of the outside."""

    database: Database
    vault: Vault
    oauth: TikTokOAuth
    client: TikTokClient
    now: Callable[[], datetime]


def begin_connect(session: Session, connector: Connector, *, scopes: tuple[str, ...] = SCOPES) -> tuple[str, str]:
    """The address of TikTok's consent page, and the `state` to bind to the browser's session.

    Raises:
        RedirectRefused: TikTok would not send the browser back to the redirect address.
    """
    redirect_kind(connector.oauth.redirect_uri)
    state, verifier = secrets.token_urlsafe(STATE_BYTES), new_verifier()
    now = connector.now()
    session.execute(sa.delete(ConnectionRow).where(ConnectionRow.expires_at <= now))
    session.add(
        ConnectionRow(
            state=state,
            verifier_sealed=connector.vault.seal(verifier, place=verifier_place(state)),
            expires_at=now + CONNECTION_LIFE,
        )
    )
    return connector.oauth.authorize_url(state=state, verifier=verifier, scopes=scopes), state


def finish_connect(connector: Connector, callback: Mapping[str, str]) -> Account:
    """The account that came back from TikTok's page; one that was there before keeps its choices.

    The sign-in is used up first, in a transaction of its own, so that a callback can never be played twice.

    Raises:
        ConnectionExpired: unknown, used or too old.
        HandleTaken: another account has the name now; nothing was changed.
        ReauthNeeded, AppRefused, OutcomeUnknown: TikTok or its owner said no, or nothing.
    """
    verifier = _use_up(connector, callback.get("state", ""))
    if callback.get("error"):
        raise error_for(callback["error"], said=callback.get("error_description", ""))
    grant = connector.oauth.exchange_code(callback.get("code", ""), verifier=verifier)
    handle, display_name = _introduce(connector.client, grant)
    with connector.database.transaction() as session:
        return _store(session, connector, grant, handle, display_name)


def _use_up(connector: Connector, state: str) -> str:
    with connector.database.transaction() as session:
        row = session.get(ConnectionRow, state)
        used = session.execute(sa.delete(ConnectionRow).where(ConnectionRow.state == state))
        is_ours = used.rowcount == 1  # type: ignore[attr-defined]  # a DELETE answers with a CursorResult
    if row is None or not is_ours or row.expires_at <= connector.now():
        raise ConnectionExpired(
            "This sign-in is unknown, was used before, or took longer than ten minutes.",
            hint="Start connecting the account again.",
        )
    return connector.vault.unseal(row.verifier_sealed, place=verifier_place(state))


def _introduce(client: TikTokClient, grant: TokenGrant) -> tuple[str, str]:
    """Handle and display name, from whichever endpoint the granted scopes allow."""
    has_profile = PROFILE_SCOPE in grant.scopes
    user = client.user_info(grant.access_token, with_profile=has_profile)
    username = user.username
    if not username and PUBLISH_SCOPE in grant.scopes:
        username = client.creator_info(grant.access_token).username
    return f"@{username or grant.open_id}", user.display_name


def _store(session: Session, connector: Connector, grant: TokenGrant, handle: str, display_name: str) -> Account:
    serialise(session, "accounts")
    now = connector.now()
    row = _known(session, connector.oauth.client_key, grant.open_id, handle)
    if row is None:
        row = AccountRow(id=str(uuid.uuid4()), handle=handle, route=Route.DIRECT, choices=PostingChoices().to_json())
        row.created_at, row.refresh_token_sealed = now, ""
        session.add(row)
    if row.open_id != grant.open_id:
        row.refresh_token_sealed = ""  # of the app before, or none yet
    is_renamed = handle not in (row.handle, f"@{grant.open_id}")
    row.display_name = f"{display_name} (in TikTok {handle})"[:DISPLAY_CHARACTERS_MAX] if is_renamed else display_name
    row.open_id, row.client_key = grant.open_id, connector.oauth.client_key
    row.scopes, row.updated_at = list(grant.scopes), now
    if row.status != AccountStatus.PAUSED:
        is_paused = row.paused_reason is not None
        row.status = AccountStatus.PAUSED if is_paused else AccountStatus.CONNECTED
        row.pause_reason = row.paused_reason if row.paused_reason is not None else scope_note(row.scopes)
    _store_tokens(row, connector.vault, grant, now)
    session.flush()
    return to_account(row)


def _known(session: Session, client_key: str, open_id: str, handle: str) -> AccountRow | None:
    """The row of this account. Its open id counts; where the app was another one, its handle does.

    A handle, once known, stays what we call the account by, whatever TikTok calls it later: its posts speak of it.
    """
    rows = sa.select(AccountRow).with_for_update()  # a pause may come beside the connection
    row = session.scalars(rows.where(AccountRow.open_id == open_id)).one_or_none()
    if row is not None:
        return row
    namesake = session.scalars(rows.where(AccountRow.handle == handle)).one_or_none()
    if namesake is not None and namesake.client_key == client_key:
        raise HandleTaken(
            f"Another TikTok account goes by {handle} now; the one that we know by this name was left as it is.",
            hint="Change the new account's name in TikTok, then connect it again.",
            handle=handle,
        )
    return namesake


def _store_tokens(row: AccountRow, vault: Vault, grant: TokenGrant, now: datetime) -> None:
    """A missing refresh token leaves the one that is there."""
    row.refresh_holder = row.refresh_held_until = row.refresh_answer_sealed = row.refresh_intent_hash = None
    row.access_token_sealed = vault.seal(grant.access_token, place=place_of(grant.open_id, "access"))
    row.granted_at, row.access_expires_at = now, now + timedelta(seconds=grant.expires_in)
    if not grant.refresh_token and row.refresh_token_sealed:
        return
    row.refresh_token_sealed = vault.seal(grant.refresh_token, place=place_of(grant.open_id, "refresh"))
    row.refresh_expires_at = None
    if grant.refresh_expires_in is not None:
        row.refresh_expires_at = now + timedelta(seconds=grant.refresh_expires_in)


def verifier_place(state: str) -> str:
    return f"connections:{state}:verifier"
