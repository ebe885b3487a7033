"""`reposter account …`: who we post as."""

from __future__ import annotations

import sys
import webbrowser
from dataclasses import replace
from typing import Annotated

import httpx
import typer
from rich.table import Table

from reposter.cli.console import fail, messages, print_json, results
from reposter.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir, opened
from reposter.kit.clock import to_iso, utc_now
from reposter.kit.errors import InvalidInput, VendorUnavailable


def connect(
    server: Annotated[str, typer.Option(help="Address of the running dashboard.")] = "http://127.0.0.1:8484",
) -> None:
    """Connect a TikTok account.

    Opens TikTok's consent page; `reposter up` must be running.
    """
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
    from reposter.deliver.accounts.service import list_accounts

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
                }
                for account in accounts
            ]
        )
        return
    table = Table("account", "status", "route", "privacy", "why it stands still")
    for account in accounts:
        privacy = account.choices.privacy_level or "not chosen: posts wait"
        table.add_row(account.handle, account.status.value, account.route.value, privacy, account.pause_reason)
    results.print(table if accounts else "No account yet. Connect one: reposter account connect")


def choices(
    handle: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The handle, such as @myaltaccount.")],
    privacy: Annotated[str, typer.Option(help="Who may see its posts, for example PUBLIC_TO_EVERYONE or SELF_ONLY.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Choose how an account posts.

    Posts that waited for it get their slots.
    """
    from reposter.deliver.accounts.service import get_account, set_choices
    from reposter.pipeline.commands import release_account
    from reposter.vendors.tiktok.posting import PrivacyLevel

    with opened(data_dir) as app, app.database.transaction() as session:
        if privacy not in list(PrivacyLevel):
            raise InvalidInput(f"There is no privacy {privacy!r}.", hint=f"Choose one of: {', '.join(PrivacyLevel)}.")
        now, account = utc_now(), get_account(session, handle)
        chosen = replace(account.choices, privacy_level=PrivacyLevel(privacy))
        set_choices(session, handle, chosen, route=account.route, now=now)
        released = release_account(session, app.line, app.options(), handle, now=now)
    messages.print(f"{handle} posts as {privacy}. {len(released)} posts that waited got their slots.", markup=False)
