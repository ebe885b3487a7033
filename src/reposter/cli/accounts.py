"""`reposter account …`: who we post as."""

from __future__ import annotations

import sys
import webbrowser
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from reposter.cli.console import fail, messages, print_json, results
from reposter.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir, opened
from reposter.kit.clock import to_iso, utc_now
from reposter.kit.errors import VendorUnavailable

Handle = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The handle, such as @myaltaccount.")]


def connect(
    server: Annotated[str, typer.Option(help="Address of the running dashboard.")] = "http://127.0.0.1:8484",
) -> None:
    """Connect a TikTok account.

    Opens TikTok's consent page; `reposter up` must be running.
    """
    import httpx

    try:
        answer = httpx.post(f"{server}/api/accounts/connect", timeout=15, trust_env=False)
    except httpx.HTTPError as error:
        fail(VendorUnavailable(f"No dashboard answers at {server}.", hint=f"Start `reposter up` first. ({error})"))
    if answer.is_error:
        fail(VendorUnavailable(answer.json().get("detail", "refused"), hint=answer.json().get("hint", "")))
    address = answer.json()["authorize_url"]
    messages.print(f"Open this page and allow the app to post:\n{address}", markup=False)
    if sys.stdout.isatty():
        webbrowser.open(address)


def list_all(data_dir: DataDir = DEFAULT_DATA_DIR, as_json: AsJson = False) -> None:
    """Show the connected accounts and how they post."""
    from reposter.deliver.accounts.forecast import token_forecast
    from reposter.deliver.accounts.scopes import missing_scopes
    from reposter.deliver.accounts.service import list_accounts

    now = utc_now()
    with opened(data_dir) as app, app.database.transaction() as session:
        accounts = list_accounts(session)
    if as_json:
        print_json(
            [
                {
                    "handle": account.handle,
                    "status": account.status.value,
                    "route": account.route.value,
                    "choices": account.choices.to_json(),
                    "accessExpiresAt": to_iso(account.access_expires_at),
                    "connection": asdict(token_forecast(account, now)),
                    "missingScopes": missing_scopes(account.scopes),
                }
                for account in accounts
            ]
        )
        return
    table = Table("account", "status", "route", "privacy", "connection", "what is amiss")
    for account in accounts:
        privacy = account.choices.privacy_level or "not chosen: posts wait"
        connection = token_forecast(account, now).sentence
        table.add_row(
            account.handle, account.status.value, account.route.value, privacy, connection, account.pause_reason
        )
    results.print(table if accounts else "No account yet. Connect one: reposter account connect")


def disconnect(
    handle: Handle,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    force: Annotated[bool, typer.Option("--force", help="Also while posts are on their way.")] = False,
) -> None:
    """Forget an account's tokens.

    TikTok is asked to end them too. Its posts wait until the account is connected again.
    """
    from reposter.bootstrap import connector_for
    from reposter.pipeline.account_commands import disconnect_account

    with opened(data_dir) as app:
        gone = disconnect_account(connector_for(app, ""), handle, by="the command line", force=force)
    messages.print(f"{handle} is disconnected; its tokens are gone and its posts wait.", markup=False)
    if not gone.is_revoked:
        messages.print("TikTok could not be told: remove the app in TikTok's settings, under security.", markup=False)


def pause(
    handle: Handle,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    reason: Annotated[str, typer.Option(help="Shown wherever the account stands still.")] = "Paused by hand.",
) -> None:
    """Send nothing more from an account.

    What is on its way is still looked after.
    """
    from reposter.deliver.accounts import service

    with opened(data_dir) as app, app.database.transaction() as session:
        account = service.pause(session, handle, reason=reason, now=utc_now())
    messages.print(f"{handle} is {account.status.value}. {account.pause_reason}", markup=False)


def resume(handle: Handle, data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Take back the pause of an account.

    Posts that waited for it get their slots.
    """
    from reposter.pipeline.account_commands import resume_account

    with opened(data_dir) as app, app.database.transaction() as session:
        account = resume_account(session, app.line, app.options(), handle, now=utc_now())
    messages.print(f"{handle} is {account.status.value}. {account.pause_reason}", markup=False)
