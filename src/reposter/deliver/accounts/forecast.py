"""How long an account stays connected, as far as one can know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from reposter.deliver.accounts.account import Account, AccountStatus

SOON = timedelta(days=7)
URGENT = timedelta(days=1)


class ForecastLevel(StrEnum):
    OK = "ok"
    SOON = "soon"
    URGENT = "urgent"
    DEAD = "dead"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class TokenForecast:
    """`days_left` is None where TikTok named no end; `sentence` says it to a person."""

    level: ForecastLevel
    days_left: float | None
    sentence: str


def token_forecast(account: Account, now: datetime) -> TokenForecast:
    """When the refresh token ends, unless it is renewed before; an account in use is renewed by itself."""
    if account.status is AccountStatus.REAUTH_NEEDED:
        return TokenForecast(ForecastLevel.DEAD, 0.0, "Not connected any more: connect it again.")
    if account.refresh_expires_at is None:
        return TokenForecast(ForecastLevel.UNKNOWN, None, "TikTok did not say how long the connection lasts.")
    left = account.refresh_expires_at - now
    days_left = max(0.0, left / timedelta(days=1))
    if left <= timedelta(0):
        return TokenForecast(ForecastLevel.DEAD, 0.0, "The connection has run out: connect it again.")
    if left <= URGENT:
        return TokenForecast(ForecastLevel.URGENT, days_left, "The connection ends within a day: connect it again now.")
    if left <= SOON:
        sentence = f"The connection ends in {days_left:.0f} days unless it is renewed: connect it again."
        return TokenForecast(ForecastLevel.SOON, days_left, sentence)
    return TokenForecast(ForecastLevel.OK, days_left, f"Connected for {days_left:.0f} days, and renewed by itself.")
