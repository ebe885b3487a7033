"""An account as others see it, and where its secrets lie."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reposter.deliver.accounts.tables import AccountRow
from reposter.vendors.tiktok.posting import PostingChoices, Route

RENAMED = re.compile(r"\(in TikTok (@\S+)\)$")  # as connecting writes it into the display name


class AccountStatus(StrEnum):
    CONNECTED = "connected"
    REAUTH_NEEDED = "reauth_needed"
    PAUSED = "paused"


@dataclass(frozen=True)
class Account:
    """Without tokens. `pause_reason` says why the account stands still, for people; `paused_reason` is None where it
    is not paused, which it may also be while it is not connected.

    `choices` stand for every post, as `choices_by` made them at `choices_at`; with `asks_first` each post waits until a
    person has approved it.
    """

    id: str
    handle: str
    open_id: str
    display_name: str
    status: AccountStatus
    route: Route
    choices: PostingChoices
    asks_first: bool
    choices_by: str
    choices_at: datetime | None
    scopes: tuple[str, ...]
    access_expires_at: datetime
    refresh_expires_at: datetime | None
    pause_reason: str
    paused_reason: str | None
    created_at: datetime
    updated_at: datetime


def to_account(row: AccountRow) -> Account:
    paused_reason = row.paused_reason
    if paused_reason is None and row.status == AccountStatus.PAUSED:  # since before the column was
        paused_reason = row.pause_reason
    pause_reason = row.pause_reason
    if row.status == AccountStatus.REAUTH_NEEDED and paused_reason is not None:
        pause_reason = f"{pause_reason} It is paused, too, and stays so: {paused_reason}".strip()
    return Account(
        id=row.id,
        handle=row.handle,
        open_id=row.open_id,
        display_name=row.display_name,
        status=AccountStatus(row.status),
        route=Route(row.route),
        choices=PostingChoices.from_json(row.choices),
        asks_first=row.asks_first,
        choices_by=row.choices_by,
        choices_at=row.choices_at,
        scopes=tuple(row.scopes),
        access_expires_at=row.access_expires_at,
        refresh_expires_at=row.refresh_expires_at,
        pause_reason=pause_reason,
        paused_reason=paused_reason,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def names_of(account: Account) -> frozenset[str]:
    """The handles, in small letters, that its posts may be found under; none where TikTok never told us any."""
    ours = () if account.handle == f"@{account.open_id}" else (account.handle,)
    return frozenset(name.lower() for name in (*ours, *RENAMED.findall(account.display_name)))


def place_of(open_id: str, secret: str) -> str:
    """The vault's place of `access`, `refresh` or `answer`."""
    return f"accounts:{open_id}:{secret}"
