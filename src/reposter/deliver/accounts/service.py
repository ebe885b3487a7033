"""The accounts that we post as: list them, choose for them, pause them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.accounts.account import Account, AccountStatus, to_account
from reposter.deliver.accounts.scopes import scope_note
from reposter.deliver.accounts.tables import AccountRow
from reposter.kit.errors import NotFound
from reposter.vendors.tiktok.posting import PostingChoices, Route


def list_accounts(session: Session) -> Sequence[Account]:
    return [to_account(row) for row in session.scalars(sa.select(AccountRow).order_by(AccountRow.handle))]


def get_account(session: Session, handle: str) -> Account:
    """Raises:
    NotFound: no such account is connected.
    """
    return to_account(_row(session, handle))


def set_choices(
    session: Session,
    handle: str,
    choices: PostingChoices,
    *,
    route: Route,
    now: datetime,
    asks_first: bool = False,
    by: str = "owner",
) -> Account:
    """The standing choices for every post of the account, with the name of the person who made them."""
    row = _row(session, handle)
    row.choices, row.route, row.asks_first = choices.to_json(), route, asks_first
    row.choices_by, row.choices_at, row.updated_at = by, now, now
    return to_account(row)


def pause(session: Session, handle: str, *, reason: str, now: datetime) -> Account:
    """Nothing more is sent from the account; what is on its way is still looked after."""
    is_lost = AccountRow.status == AccountStatus.REAUTH_NEEDED  # a person must connect it first
    return _write(
        session,
        handle,
        paused_reason=reason,
        status=sa.case((is_lost, AccountRow.status), else_=AccountStatus.PAUSED.value),
        pause_reason=sa.case((is_lost, AccountRow.pause_reason), else_=reason),
        updated_at=now,
    )


def resume(session: Session, handle: str, *, now: datetime) -> Account:
    """Take back a pause. An account that TikTok has disconnected stays so until it is connected again."""
    is_paused = AccountRow.status == AccountStatus.PAUSED
    note = scope_note(_row(session, handle).scopes)
    return _write(
        session,
        handle,
        paused_reason=None,
        status=sa.case((is_paused, AccountStatus.CONNECTED.value), else_=AccountRow.status),
        pause_reason=sa.case((is_paused, note), else_=AccountRow.pause_reason),
        updated_at=now,
    )


def lost_connection(reason: str) -> dict[str, Any]:
    """What to write where an account has lost its connection; a pause outlives that. The values are SQL's."""
    earlier = sa.case((AccountRow.status == AccountStatus.PAUSED, AccountRow.pause_reason))  # before the column was
    return {
        "status": AccountStatus.REAUTH_NEEDED,
        "pause_reason": reason,
        "paused_reason": sa.func.coalesce(AccountRow.paused_reason, earlier),
    }


def handles_to_keep_alive(session: Session, now: datetime) -> Sequence[str]:
    """Accounts whose refresh token is past half its life: use it before it dies unused."""
    rows = session.scalars(
        sa.select(AccountRow).where(
            AccountRow.refresh_expires_at.is_not(None), AccountRow.status != AccountStatus.REAUTH_NEEDED
        )
    )
    return [
        row.handle
        for row in rows
        if row.refresh_expires_at and now >= row.granted_at + (row.refresh_expires_at - row.granted_at) / 2
    ]


def _write(session: Session, handle: str, **values: Any) -> Account:  # columns, or SQL for them
    """In one statement, as the connection may be lost or found beside it."""
    row = _row(session, handle)
    session.execute(sa.update(AccountRow).where(AccountRow.id == row.id).values(**values))
    session.refresh(row)
    return to_account(row)


def _row(session: Session, handle: str) -> AccountRow:
    row = session.scalars(sa.select(AccountRow).where(AccountRow.handle == handle)).one_or_none()
    if row is None:
        raise NotFound(
            f"No account {handle} is connected.", hint="Connect it with `reposter account connect`.", handle=handle
        )
    return row
