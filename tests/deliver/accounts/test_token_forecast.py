"""How long an account stays connected, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reposter.deliver.accounts.account import AccountStatus, to_account
from reposter.deliver.accounts.forecast import ForecastLevel, token_forecast
from reposter.deliver.accounts.tables import AccountRow

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def account(left, status=AccountStatus.CONNECTED):
    row = AccountRow(
        id="a",
        handle="@a",
        open_id="o",
        display_name="",
        status=status,
        route="direct",
        choices={},
        asks_first=False,
        choices_by="",
        scopes=[],
        access_expires_at=NOW,
        refresh_expires_at=None if left is None else NOW + left,
        pause_reason="",
        created_at=NOW,
        updated_at=NOW,
    )
    return to_account(row)


@pytest.mark.parametrize(
    ("left", "level", "days"),
    [
        (timedelta(days=180), ForecastLevel.OK, 180),
        (timedelta(days=7, seconds=1), ForecastLevel.OK, 7),
        (timedelta(days=7), ForecastLevel.SOON, 7),
        (timedelta(days=1, seconds=1), ForecastLevel.SOON, 1),
        (timedelta(days=1), ForecastLevel.URGENT, 1),
        (timedelta(hours=1), ForecastLevel.URGENT, 0),
        (timedelta(0), ForecastLevel.DEAD, 0),
        (-timedelta(days=3), ForecastLevel.DEAD, 0),
        (None, ForecastLevel.UNKNOWN, None),
    ],
)
def test_the_nearer_the_end_the_louder(left, level, days):
    forecast = token_forecast(account(left), NOW)
    assert forecast.level is level
    assert forecast.days_left == days if days is None else round(forecast.days_left) == days
    assert forecast.sentence


def test_a_disconnected_account_is_dead_whatever_its_token_says():
    forecast = token_forecast(account(timedelta(days=100), AccountStatus.REAUTH_NEEDED), NOW)
    assert forecast.level is ForecastLevel.DEAD
