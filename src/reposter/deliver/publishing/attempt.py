"""One try at posting a video: its states, the moves between them, and what is known of it. Pure.

A pull goes from INTENT straight to COMMITTING, before TikTok is told its address: the telling alone can post.

| state      | durable                                  | what may be true at TikTok                             |
|------------|------------------------------------------|--------------------------------------------------------|
| INTENT     | the row                                  | opened or not; nobody knows its upload address         |
| OPEN       | publish id and address, before byte 0    | some bytes there; cannot be posted                     |
| COMMITTING | commit time, before the last chunk       | posted, being processed, or the last chunk is missing  |
| PUBLISHED  | the verdict and post ids                 | live                                                   |
| FAILED     | the verdict and reason                   | not posted, and cannot be                              |
| ABANDONED  | the reason                               | cannot be posted: its last byte can no longer be sent  |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any


class AttemptState(StrEnum):
    INTENT = "INTENT"
    OPEN = "OPEN"
    COMMITTING = "COMMITTING"
    PUBLISHED = "PUBLISHED"
    FAILED = "FAILED"
    ABANDONED = "ABANDONED"


class Handover(StrEnum):
    """Why an attempt that TikTok has not settled is out of our hands for now."""

    NEEDS_HUMAN = "NEEDS_HUMAN"
    IN_INBOX = "IN_INBOX"


class Transfer(StrEnum):
    """Who moves the bytes: we send them, or TikTok fetches them from an address of ours."""

    FILE = "file"
    PULL = "pull"


CLOSED = frozenset({AttemptState.FAILED, AttemptState.ABANDONED})

MOVES: Mapping[AttemptState, frozenset[AttemptState]] = MappingProxyType(
    {
        AttemptState.INTENT: frozenset({AttemptState.OPEN, AttemptState.ABANDONED, AttemptState.FAILED}),
        AttemptState.OPEN: frozenset({AttemptState.COMMITTING, AttemptState.ABANDONED, AttemptState.FAILED}),
        AttemptState.COMMITTING: frozenset({AttemptState.PUBLISHED, AttemptState.FAILED, AttemptState.ABANDONED}),
        AttemptState.PUBLISHED: frozenset(),
        AttemptState.FAILED: frozenset({AttemptState.PUBLISHED}),  # a person's "not live" proved wrong by TikTok
        AttemptState.ABANDONED: frozenset(),
    }
)

PULL_MOVES: Mapping[AttemptState, frozenset[AttemptState]] = MappingProxyType(
    {
        **MOVES,
        AttemptState.INTENT: frozenset({AttemptState.COMMITTING, AttemptState.ABANDONED, AttemptState.FAILED}),
        AttemptState.OPEN: frozenset(),
    }
)


class IllegalMove(Exception):
    """A bug of ours: stop rather than write a false state."""


def require_move(was: AttemptState, to: AttemptState, transfer: Transfer = Transfer.FILE) -> None:
    moves = PULL_MOVES if transfer is Transfer.PULL else MOVES
    if to not in moves[was]:
        raise IllegalMove(f"{was} → {to}")


@dataclass(frozen=True)
class Attempt:
    """The journal's row as it was read; a move on it succeeds only if the row is still in `state`."""

    post_id: str
    n: int
    state: AttemptState
    transfer: Transfer
    account: str
    content_sha256: str
    size_bytes: int
    chunk_bytes: int
    acked_bytes: int
    created_at: datetime
    updated_at: datetime
    publish_id: str | None
    upload_url_sealed: str | None
    upload_expires_at: datetime | None
    pull_fetches: int
    revoked_at: datetime | None
    commit_at: datetime | None
    handover: Handover | None
    retry_at: datetime | None
    is_final: bool
    post_ids: tuple[str, ...]
    verdict: dict[str, Any] | None  # JSON evidence: who said it, and what
    reason: str

    @property
    def is_pull(self) -> bool:
        return self.transfer is Transfer.PULL

    @property
    def secret_place(self) -> str:
        """Where the sealed upload address lives, for the vault."""
        return f"attempts:{self.post_id}:{self.n}:upload_url"
