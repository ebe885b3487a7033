"""An account as others see it, and where its secrets lie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reposter.deliver.accounts.tables import AccountRow
from reposter.vendors.tiktok.posting import PostingChoices, Route


class AccountStatus(StrEnum):
    CONNECTED = "connected"
    REAUTH_NEEDED = "reauth_needed"
    PAUSED = "paused"


@dataclass(frozen=True)
class Account:
    """Without tokens. `pause_reason` says why the account stands still, for people.

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
    created_at: datetime
    updated_at: datetime


def to_account(row: AccountRow) -> Account:
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
        pause_reason=row.pause_reason,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def place_of(open_id: str, secret: str) -> str:
    """The vault's place of `access`, `refresh` or `answer`."""
    return f"accounts:{open_id}:{secret}"
