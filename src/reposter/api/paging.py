"""Pages by key: the cursor is the last row's place, so that a page never shifts under new rows."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime

from reposter.kit.clock import parse_iso
from reposter.kit.errors import InvalidInput


def cursor_of(moment: datetime, row_id: int) -> str:
    return base64.urlsafe_b64encode(f"{moment.isoformat()}|{row_id}".encode()).decode()


def place_of(cursor: str | None) -> tuple[datetime, int] | None:
    """The place that a cursor names.

    Raises:
        InvalidInput: it is none of ours.
    """
    if cursor is None:
        return None
    try:
        moment, _, row_id = base64.urlsafe_b64decode(cursor.encode()).decode().rpartition("|")
        return parse_iso(moment), int(row_id)
    except (ValueError, binascii.Error, OverflowError) as error:
        raise InvalidInput(
            "The cursor `after` is not one that this server gave out.", hint="Leave it out to start at the first page."
        ) from error
