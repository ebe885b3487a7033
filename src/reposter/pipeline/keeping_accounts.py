"""Keeping accounts connected: tokens are used before they die of old age, and a loss is told once."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from reposter.deliver.accounts.service import handles_to_keep_alive
from reposter.deliver.accounts.webhooks import forget_webhooks
from reposter.kit.errors import AppError, Verdict
from reposter.pipeline.steps import stopping, working
from reposter.pipeline.telling import tell_error
from reposter.pipeline.tools import Tools

log = structlog.get_logger()


class TikTokAuthExpired(AppError):
    """TikTok has disconnected an account; its posts wait, none has failed."""

    code = "tiktok_auth_expired"
    verdict = Verdict.NEEDS_PERSON


def keep_accounts(tools: Tools, *, now: datetime) -> int:
    """Renew the tokens that are past half their life; how many were. What fails now is tried at the next round."""
    renewed = 0
    try:
        with tools.database.transaction() as session:
            forget_webhooks(session, now=now)
            handles = handles_to_keep_alive(session, now)
        for handle in handles:
            renewed += _keep(tools, handle)
    except (AppError, sa.exc.DBAPIError) as error:
        log.warning("accounts.round_failed", error=str(error))
    return renewed


def tell_account_lost(session: Session, handle: str, reason: str) -> None:
    """What the keeper of tokens tells in the transaction that marks an account as disconnected."""
    error = TikTokAuthExpired(
        f"{handle}: {reason}",
        hint="Connect the account again (Accounts in the dashboard, or `reposter account connect`): "
        "what is waiting goes on by itself.",
        handle=handle,
    )
    tell_error(session, error, where="accounts")


def _keep(tools: Tools, handle: str) -> bool:
    if stopping.is_set():
        return False
    try:
        with working(f"Renewing the tokens of {handle}", step="accounts"):  # so that an ending waits for the answer
            tools.keep_connected(handle)
    except AppError as error:
        log.warning("account.not_renewed", account=handle, code=error.code)
        return False
    return True
