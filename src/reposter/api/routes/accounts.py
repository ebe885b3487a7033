"""/api/accounts: who we post as, connecting, and the owner's standing choices."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from html import escape
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict

from reposter.api.idempotency import IdempotentRoute
from reposter.api.wiring import Wired
from reposter.bootstrap import connector_for
from reposter.deliver.accounts.account import Account
from reposter.deliver.accounts.connecting import begin_connect, finish_connect
from reposter.deliver.accounts.service import get_account, list_accounts, set_choices
from reposter.kit.clock import utc_now
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
    route: Literal[Route.DIRECT, Route.INBOX] | None = None


class AccountOut(BaseModel):
    handle: str
    display_name: str
    status: str
    route: Route
    choices: ChoicesOut
    scopes: list[str]
    access_expires_at: datetime
    refresh_expires_at: datetime | None
    pause_reason: str


class AccountList(BaseModel):
    items: list[AccountOut]


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
        f"<p>{escape(account.handle)} is connected. <a href='/'>Back to the dashboard</a></p>"
    )


@router.put("/{handle}/choices")
def choose(app: Wired, handle: Handle, body: ChoicesIn) -> AccountOut:
    """The owner's standing choices for every post of the account; posts that waited for them get their slots."""
    changes = body.model_dump(exclude_none=True, exclude={"route"})
    with app.database.transaction() as session:
        now = utc_now()
        before = get_account(session, handle)
        chosen = replace(before.choices, **changes)
        account = set_choices(session, handle, chosen, route=body.route or before.route, now=now)
        if chosen != before.choices or account.route != before.route:
            release_account(session, app.line, app.options(), handle, now=now)
    return _out(account)


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
        scopes=list(account.scopes),
        access_expires_at=account.access_expires_at,
        refresh_expires_at=account.refresh_expires_at,
        pause_reason=account.pause_reason,
    )
