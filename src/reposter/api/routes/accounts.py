"""/api/accounts: who we post as, connecting, and the owner's standing choices."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from html import escape
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from reposter.api.idempotency import IdempotentRoute
from reposter.api.wiring import Wired
from reposter.bootstrap import connector_for, creator_reader
from reposter.deliver.accounts.account import Account
from reposter.deliver.accounts.connecting import begin_connect, finish_connect
from reposter.deliver.accounts.forecast import ForecastLevel, token_forecast
from reposter.deliver.accounts.scopes import missing_scopes
from reposter.deliver.accounts.service import list_accounts, pause
from reposter.kit.clock import utc_now
from reposter.pipeline.account_commands import disconnect_account, resume_account
from reposter.pipeline.approving import Decider, StandingChoices, choose_for_account, read_offer
from reposter.pipeline.commands import release_account
from reposter.vendors.tiktok.posting import PrivacyLevel, Route

router = APIRouter(prefix="/api/accounts", tags=["accounts"], route_class=IdempotentRoute)
CALLBACK = "/api/accounts/callback"
Handle = Annotated[str, Path(pattern=r"^@[A-Za-z0-9._-]{1,60}$")]


class ChoicesOut(BaseModel):
    """`privacy_level` has no default: posts wait until the owner has chosen one."""

    privacy_level: PrivacyLevel | None
    allow_comment: bool
    allow_duet: bool
    allow_stitch: bool
    is_aigc: bool
    brand_content: bool
    brand_organic: bool
    discloses_commercial: bool
    music_usage_confirmed: bool


class ChoicesIn(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    privacy_level: PrivacyLevel | None = None
    allow_comment: bool | None = None
    allow_duet: bool | None = None
    allow_stitch: bool | None = None
    is_aigc: bool | None = None
    brand_content: bool | None = None
    brand_organic: bool | None = None
    discloses_commercial: bool | None = Field(None, description="The switch over the two brand fields.")
    music_usage_confirmed: bool | None = Field(None, description="Agreement to TikTok's Music Usage Confirmation.")
    route: Route | None = None
    asks_first: bool | None = Field(None, description="Each post waits until a person has approved it.")


class ConnectionOut(BaseModel):
    """How long TikTok will let us act for the account; `days_left` is null where it named no end."""

    level: ForecastLevel
    days_left: float | None
    sentence: str


class AccountOut(BaseModel):
    handle: str
    display_name: str
    status: str
    route: Route
    choices: ChoicesOut
    asks_first: bool
    choices_by: str
    choices_at: datetime | None
    scopes: list[str]
    access_expires_at: datetime
    refresh_expires_at: datetime | None
    pause_reason: str
    missing_scopes: list[str] = Field(description="Permissions that the owner left out, which the line works with.")
    connection: ConnectionOut


class AccountList(BaseModel):
    items: list[AccountOut]


class DisconnectIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    force: bool = Field(False, description="Also while posts are on their way, which then cannot be confirmed.")


class PauseIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=1, max_length=300)] = "Paused by hand."


class DisconnectedOut(BaseModel):
    """`is_revoked`: TikTok has taken the app off the account. If not, do so in TikTok's settings."""

    account: AccountOut
    is_revoked: bool


class Connection(BaseModel):
    """Send the owner's browser to `authorize_url`; TikTok sends it back here within ten minutes."""

    authorize_url: str


@router.get("")
def list_all(app: Wired) -> AccountList:
    with app.database.transaction() as session:
        return AccountList(items=[_out(account) for account in list_accounts(session)])


@router.post("/connect")
def connect(app: Wired, request: Request) -> Connection:
    """Begin to connect an account."""
    with app.database.transaction() as session:
        url, _ = begin_connect(session, connector_for(app, _redirect_uri(request)))
    return Connection(authorize_url=url)


@router.get("/callback", response_class=HTMLResponse, include_in_schema=False)
def callback(app: Wired, request: Request) -> HTMLResponse:
    """Where TikTok's consent page sends the browser back to."""
    account = finish_connect(connector_for(app, _redirect_uri(request)), dict(request.query_params))
    with app.database.transaction() as session:
        release_account(session, app.line, app.options(), account.handle, now=utc_now())
    return HTMLResponse(
        "<!doctype html><meta charset=utf-8><title>Connected</title>"
        f"<p>{escape(account.handle)} ({escape(account.display_name)}) is connected. {escape(account.pause_reason)} "
        "<a href='/'>Back to the dashboard</a></p>"
    )


@router.put("/{handle}/choices")
def choose(app: Wired, handle: Handle, body: ChoicesIn) -> AccountOut:
    """The owner's standing choices for every post of the account; posts that waited for them get their slots.

    They are checked with TikTok where it can be asked, and again before each post. All that is wrong is told at once.
    """
    offer = read_offer(creator_reader(app), handle)  # before the transaction: it is a call
    with app.database.transaction() as session:
        account, _ = choose_for_account(
            session,
            app.line,
            app.options(),
            handle,
            lambda before: _chosen(before, body),
            decider=Decider(offer),
            now=utc_now(),
        )
    return _out(account)


@router.post("/{handle}/disconnect")
def disconnect(app: Wired, handle: Handle, body: DisconnectIn | None = None) -> DisconnectedOut:
    """Forget the account's tokens and ask TikTok to end them; its posts wait until it is connected again."""
    force = body is not None and body.force
    gone = disconnect_account(connector_for(app, ""), handle, by="the dashboard", force=force)
    return DisconnectedOut(account=_out(gone.account), is_revoked=gone.is_revoked)


@router.post("/{handle}/pause")
def pause_account(app: Wired, handle: Handle, body: PauseIn | None = None) -> AccountOut:
    """Send nothing more from the account; what is on its way is still looked after."""
    with app.database.transaction() as session:
        return _out(pause(session, handle, reason=(body or PauseIn()).reason, now=utc_now()))


@router.post("/{handle}/resume")
def resume_paused(app: Wired, handle: Handle) -> AccountOut:
    """Take back a pause; posts that waited for it get their slots."""
    with app.database.transaction() as session:
        return _out(resume_account(session, app.line, app.options(), handle, now=utc_now()))


def _chosen(before: Account, body: ChoicesIn) -> StandingChoices:
    changes = body.model_dump(exclude_none=True, exclude={"route", "asks_first"})
    asks_first = before.asks_first if body.asks_first is None else body.asks_first
    return StandingChoices(replace(before.choices, **changes), body.route or before.route, asks_first)


def _redirect_uri(request: Request) -> str:
    """The address that must be registered with TikTok, byte for byte."""
    return f"{request.url.scheme}://{request.url.netloc}{CALLBACK}"


def _out(account: Account) -> AccountOut:
    choices = account.choices.to_json()
    return AccountOut(
        handle=account.handle,
        display_name=account.display_name,
        status=account.status.value,
        route=account.route,
        choices=ChoicesOut(**{name: choices[name] for name in ChoicesOut.model_fields}),
        asks_first=account.asks_first,
        choices_by=account.choices_by,
        choices_at=account.choices_at,
        scopes=list(account.scopes),
        access_expires_at=account.access_expires_at,
        refresh_expires_at=account.refresh_expires_at,
        pause_reason=account.pause_reason,
        missing_scopes=list(missing_scopes(account.scopes)),
        connection=ConnectionOut(**asdict(token_forecast(account, utc_now()))),
    )
