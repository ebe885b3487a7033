"""A change of keys, for what the journal keeps sealed."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.publishing.moves import to_attempt
from reposter.deliver.publishing.tables import AttemptRow
from reposter.kit.crypto import Vault


def reseal_attempts(session: Session, old: Vault, new: Vault) -> None:
    """Every upload address that `old` opens, sealed by `new`."""
    for row in session.scalars(sa.select(AttemptRow).where(AttemptRow.upload_url_sealed.is_not(None))):
        if row.upload_url_sealed:
            row.upload_url_sealed = old.resealed(row.upload_url_sealed, new, place=to_attempt(row).secret_place)
