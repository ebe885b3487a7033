"""Disconnecting an account: TikTok is told if it can be, and we forget its tokens in any case."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from reposter.deliver.accounts.account import Account, place_of
from reposter.deliver.accounts.connecting import Connector
from reposter.deliver.accounts.service import get_account, lost_connection
from reposter.deliver.accounts.tables import AccountRow
from reposter.kit.errors import AppError


@dataclass(frozen=True)
class Disconnected:
    """`is_revoked`: TikTok took the app off the account's list; else its owner should do so in TikTok's settings."""

    account: Account
    is_revoked: bool


def disconnect(connector: Connector, handle: str, *, by: str) -> Disconnected:
    """Forget the account's tokens, after asking TikTok to kill them. Its posts wait until it is connected again.

    Raises:
        NotFound: there is no such account.
    """
    with connector.database.transaction() as session:
        row = session.get(AccountRow, get_account(session, handle).id)
    assert row is not None, "it was there a line above"
    is_revoked = _revoke(connector, row)
    with connector.database.transaction() as session:
        session.execute(
            sa.update(AccountRow)
            .where(AccountRow.id == row.id)
            .values(
                access_token_sealed="",
                refresh_token_sealed="",
                refresh_answer_sealed=None,
                refresh_intent_hash=None,
                refresh_holder=None,
                refresh_held_until=None,
                access_expires_at=connector.now(),
                refresh_expires_at=None,
                **lost_connection(f"Disconnected by {by}. Connect the account again; its posts wait."),
                updated_at=connector.now(),
            )
        )
        return Disconnected(get_account(session, handle), is_revoked)


def _revoke(connector: Connector, row: AccountRow) -> bool:
    if not row.access_token_sealed:
        return False
    try:
        token = connector.vault.unseal(row.access_token_sealed, place=place_of(row.open_id, "access"))
        connector.oauth.revoke(token)
    except AppError:
        return False
    return True
