"""What is to be posted, what became of it, and the rules of trying."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from reposter.kit.errors import AppError, Verdict
from reposter.vendors.tiktok.chunks import CHUNK_BYTES, WHOLE_BYTES_MAX
from reposter.vendors.tiktok.posting import PostingChoices, Route


@dataclass(frozen=True)
class PostOrder:
    """Everything that a post is made of; `account` is the handle, `consent_id` whose word it goes out on."""

    post_id: str
    account: str
    video_path: Path
    content_sha256: str
    size_bytes: int
    duration_seconds: float
    caption: str
    choices: PostingChoices
    route: Route
    consent_id: int | None = None


class StepState(StrEnum):
    """Where a post stands. `send` takes WAITING, `confirm` takes COMMITTING; the rest is settled."""

    WAITING = "WAITING"
    COMMITTING = "COMMITTING"
    PUBLISHED = "PUBLISHED"
    FAILED = "FAILED"
    NEEDS_HUMAN = "NEEDS_HUMAN"
    IN_INBOX = "IN_INBOX"


@dataclass(frozen=True)
class Step:
    """What to do next: call again after `wait_seconds`; None means that there is nothing to wait for.

    An `error` whose verdict is *needs a person* on a WAITING step holds the post: nothing is out, and calling again
    before the person has acted is harmless.
    """

    state: StepState
    wait_seconds: float | None
    reason: str = ""
    error: AppError | None = None
    post_ids: tuple[str, ...] = ()
    is_elsewhere: bool = False  # another worker moves this post; we know nothing new of it

    @property
    def is_finished(self) -> bool:
        return self.wait_seconds is None


@dataclass(frozen=True)
class Outcome:
    """A post's end, handed to `settle` in the transaction that writes it. `state` is never WAITING or COMMITTING.

    NEEDS_HUMAN and IN_INBOX may be followed by PUBLISHED or FAILED, when TikTok speaks up after all.
    """

    state: StepState
    post_id: str
    n: int
    reason: str = ""
    error: AppError | None = None
    post_ids: tuple[str, ...] = ()
    evidence: dict[str, Any] = field(default_factory=dict)  # JSON for the person who has to judge


@dataclass(frozen=True)
class Grounds:
    """What a commit rests on: the rows of the consent and of the right, valid at that moment."""

    consent_id: int | None = None
    rights_id: int | None = None


Settle = Callable[[Session, Outcome], None]
Guard = Callable[[Session], Grounds | None]
Point = Callable[[str], None]


def no_point(_name: str) -> None:
    """In production nothing happens between two lines."""


class AlreadyPosted(AppError):
    """This very file is live on the account, or on its way there, as another post."""

    code = "already_posted"


class VideoChanged(AppError):
    """The file is not the one that was ordered."""

    code = "video_changed"
    verdict = Verdict.NEEDS_PERSON


class ChoiceMissing(AppError):
    code = "posting_choice_missing"
    verdict = Verdict.NEEDS_PERSON


class LiveUnknown(AppError):
    """TikTok never said whether the post is live, and the account's list does not settle it."""

    code = "live_unknown"
    verdict = Verdict.NEEDS_PERSON


class TooManyTries(AppError):
    """Uploads broke off again and again; nothing is out, and nothing more is tried before a person has looked."""

    code = "too_many_tries"
    verdict = Verdict.NEEDS_PERSON


@dataclass(frozen=True)
class Rules:
    """The limits of trying and the pace of asking. Waits are seconds; polls are (how often, how far apart)."""

    attempts_max: int = 3
    abandoned_max: int = 5
    account_abandoned_max: int = 10  # in any 24 hours
    retry_waits: tuple[float, ...] = (60, 300, 900)
    hold_seconds: float = 900
    again_seconds: float = 10
    intent_patience_seconds: float = 20
    pull_patience_seconds: float = 90  # longer than the calls that tell TikTok an address may take
    pull_quiet_seconds: float = 900
    polls: tuple[tuple[int, float], ...] = ((3, 2), (6, 5), (8, 15), (30, 60))
    slow_poll_seconds: float = 600
    resend_after_seconds: float = 10
    stuck_after: timedelta = timedelta(hours=6)
    upload_life: timedelta = timedelta(hours=1)
    upload_margin: timedelta = timedelta(seconds=60)
    upload_surely_dead: timedelta = timedelta(seconds=300)
    whole_bytes_max: int = WHOLE_BYTES_MAX
    chunk_bytes: int = CHUNK_BYTES

    def retry_wait(self, tries: int) -> float:
        """Seconds before the next attempt after `tries` failed ones (1 or more)."""
        return self.retry_waits[min(max(tries, 1), len(self.retry_waits)) - 1]

    def poll_wait(self, age_seconds: float) -> float:
        """Seconds until the next look at a post that was sent `age_seconds` ago: quick at first, then calmer."""
        for times, seconds in self.polls:
            if age_seconds < times * seconds:
                return seconds
            age_seconds -= times * seconds
        return self.slow_poll_seconds


DEFAULT_RULES = Rules()
