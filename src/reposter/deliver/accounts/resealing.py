"""A change of keys, for what the accounts keep sealed."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.accounts.account import place_of
from reposter.deliver.accounts.connecting import verifier_place
from reposter.deliver.accounts.tables import AccountRow, ConnectionRow
from reposter.kit.crypto import Vault


def reseal_accounts(session: Session, old: Vault, new: Vault) -> None:
    """Everything that `old` opens, sealed by `new`."""
    for row in session.scalars(sa.select(AccountRow)):
        access, refresh, answer = (place_of(row.open_id, secret) for secret in ("access", "refresh", "answer"))
        if row.access_token_sealed:
            row.access_token_sealed = old.resealed(row.access_token_sealed, new, place=access)
        if row.refresh_token_sealed:
            row.refresh_token_sealed = old.resealed(row.refresh_token_sealed, new, place=refresh)
        if row.refresh_answer_sealed:
            row.refresh_answer_sealed = old.resealed(row.refresh_answer_sealed, new, place=answer)
    for sign_in in session.scalars(sa.select(ConnectionRow)):
        place = verifier_place(sign_in.state)
        sign_in.verifier_sealed = old.resealed(sign_in.verifier_sealed, new, place=place)
