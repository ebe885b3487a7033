"""Know the pretend users who can log in and post."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from reposter_sandbox.scenario import Account as AccountPlan
from reposter_sandbox.store import Loose, Store

PUBLIC, FRIENDS, FOLLOWERS, SELF = (
    "PUBLIC_TO_EVERYONE",
    "MUTUAL_FOLLOW_FRIENDS",
    "FOLLOWER_OF_CREATOR",
    "SELF_ONLY",
)
CHANGEABLE = frozenset({"is_private", "is_banned", "comment_disabled", "duration_max_seconds"})


@dataclass(frozen=True)
class Account:
    username: str
    open_id: str
    union_id: str
    nickname: str
    bio: str
    is_private: bool
    is_banned: bool
    comment_disabled: bool
    duration_max_seconds: int
    followers: int

    @property
    def privacy_options(self) -> list[str]:
        return [FOLLOWERS if self.is_private else PUBLIC, FRIENDS, SELF]


class UnknownAccount(Exception):
    """Nobody of that name can log in here."""


class Accounts:
    def __init__(self, store: Store, plans: list[AccountPlan]) -> None:
        self._store = store
        with store.transaction():
            for plan in plans:
                if store.row("SELECT 1 FROM accounts WHERE username = ?", plan.username) is None:
                    self._open(plan)

    def all(self) -> list[Account]:
        return [_account(row) for row in self._store.rows("SELECT * FROM accounts ORDER BY rowid")]

    def named(self, username: str) -> Account:
        """Raises UnknownAccount."""
        row = self._store.row("SELECT * FROM accounts WHERE username = ?", username.removeprefix("@"))
        if row is None:
            raise UnknownAccount(f"There is no account @{username.removeprefix('@')}.")
        return _account(row)

    def with_open_id(self, open_id: str) -> Account:
        row = self._store.row("SELECT * FROM accounts WHERE open_id = ?", open_id)
        assert row is not None  # open ids come from our own rows
        return _account(row)

    def change(self, username: str, changes: dict[str, int]) -> None:
        """Raises UnknownAccount, or KeyError for a trait that cannot be changed."""
        self.named(username)
        for trait, value in changes.items():
            if trait not in CHANGEABLE:
                raise KeyError(trait)
            self._store.run(
                f"UPDATE accounts SET {trait} = ? WHERE username = ?", int(value), username.removeprefix("@")
            )

    def _open(self, plan: AccountPlan) -> None:
        self._store.insert(
            "accounts",
            username=plan.username,
            open_id="-000" + str(uuid.uuid4()),
            union_id=str(uuid.uuid4()),
            nickname=plan.nickname,
            bio=plan.bio,
            is_private=plan.is_private,
            duration_max_seconds=plan.duration_max_seconds,
            followers=plan.followers,
        )


def _account(row: Loose) -> Account:
    traits = {name: row[name] for name in Account.__dataclass_fields__}
    for flag in ("is_private", "is_banned", "comment_disabled"):
        traits[flag] = bool(traits[flag])
    return Account(**traits)
