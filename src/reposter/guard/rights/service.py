"""Write down on what ground a source is used, and look it up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.guard.rights.tables import RightsRow
from reposter.kit.clock import to_iso
from reposter.kit.errors import InvalidInput
from reposter.vocabulary.rights import Basis


@dataclass(frozen=True)
class Right:
    """A ground, the number of the answer that gave it (None where nobody has answered), and until when it holds."""

    basis: Basis
    rights_id: int | None
    valid_to: datetime | None = None


NO_RIGHT = Right(Basis.UNKNOWN, None)


def declare_basis(
    session: Session,
    source_id: str,
    basis: Basis,
    *,
    now: datetime,
    evidence: str = "",
    valid_to: datetime | None = None,
) -> None:
    """Add an answer; the newest one counts, as long as it is valid.

    Raises:
        InvalidInput: it would have run out already.
    """
    if valid_to is not None and valid_to <= now:
        raise InvalidInput(
            f"A right until {to_iso(valid_to)} has run out already.", hint="Give a day that is still to come."
        )
    session.add(RightsRow(source_id=source_id, basis=basis, evidence=evidence, asserted_at=now, valid_to=valid_to))


def basis_of(session: Session, source_id: str | None, *, now: datetime) -> Basis:
    """The ground that counts at `now`; unknown where nobody has answered, or the answer has run out."""
    return right_of(session, source_id, now=now).basis


def right_of(session: Session, source_id: str | None, *, now: datetime) -> Right:
    """The ground that counts at `now`, with the answer that it rests on."""
    if source_id is None:
        return NO_RIGHT
    row = session.scalar(
        sa.select(RightsRow)
        .where(RightsRow.source_id == source_id)
        .order_by(RightsRow.asserted_at.desc(), RightsRow.id.desc())
        .limit(1)
    )
    if row is None or row.revoked_at is not None or (row.valid_to is not None and row.valid_to <= now):
        return NO_RIGHT
    return Right(Basis(row.basis), row.id, row.valid_to)
