"""What a post does that meets a limit: keep its turn, give up its slot, or go out on another account. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Move(StrEnum):
    WAIT = "wait"
    GIVE_UP_SLOT = "give_up_slot"
    DROP = "drop"
    TRANSFER = "transfer"
    ASK = "ask"


@dataclass(frozen=True)
class Meeting:
    """A post at a limit that admits it at `possible_at`. `skips`: slots that it gave up to limits before."""

    due: datetime
    possible_at: datetime
    skips: int = 0
    is_pinned: bool = False


@dataclass(frozen=True)
class Patience:
    """How long past its due time a post waits, and how many slots it gives up, before a person is asked."""

    delay_max: timedelta
    skips_max: int


@dataclass(frozen=True)
class Decision:
    """`at`: not before this moment. `account`: where a transferred post goes."""

    move: Move
    at: datetime
    account: str = ""


def delay(meeting: Meeting, patience: Patience) -> Decision:
    """Keep the turn: nothing is lost, nothing early, the order stays."""
    is_too_long = meeting.possible_at > meeting.due + patience.delay_max
    return Decision(Move.ASK if is_too_long else Move.WAIT, meeting.possible_at)


def skip(meeting: Meeting, patience: Patience) -> Decision:
    """Give up the slot, not the video; a minute that a person chose is not moved."""
    if meeting.is_pinned:
        return Decision(Move.DROP, meeting.possible_at)
    is_too_often = meeting.skips >= patience.skips_max
    return Decision(Move.ASK if is_too_often else Move.GIVE_UP_SLOT, meeting.possible_at)


def transfer(meeting: Meeting, patience: Patience, eligible: Sequence[str]) -> Decision:
    """Go out on the first account that may take it, else keep the turn."""
    if not eligible:
        return delay(meeting, patience)
    return Decision(Move.TRANSFER, meeting.due, eligible[0])


def grid_moment(due: datetime, interval: timedelta, *, after: datetime) -> datetime:
    """The first of `due`, `due + interval`, `due + 2 × interval` … that is not before `after`."""
    return due + interval * max(-((due - after) // interval), 0)
