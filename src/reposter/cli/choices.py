"""`reposter account choices`: how an account posts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reposter.cli.console import messages
from reposter.cli.options import DEFAULT_DATA_DIR, DataDir, opened
from reposter.kit.clock import utc_now
from reposter.vendors.tiktok.posting import PrivacyLevel, Route

if TYPE_CHECKING:
    from reposter.deliver.accounts.account import Account
    from reposter.pipeline.approving import StandingChoices


class Disclosure(StrEnum):
    """Whom the posts promote."""

    OWN = "own"
    PAID = "paid"
    BOTH = "both"
    NONE = "none"


Handle = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The handle, such as @myaltaccount.")]
Privacy = Annotated[PrivacyLevel | None, typer.Option(help="Who may see its posts; it has no default.")]
Comments = Annotated[bool | None, typer.Option("--comments/--no-comments", help="Allow comments.")]
Duet = Annotated[bool | None, typer.Option("--duet/--no-duet", help="Allow duets.")]
Stitch = Annotated[bool | None, typer.Option("--stitch/--no-stitch", help="Allow stitches.")]
Generated = Annotated[bool | None, typer.Option("--ai-generated/--not-ai-generated", help="The videos are made by AI.")]
Disclosed = Annotated[Disclosure | None, typer.Option(help="Your own brand, whoever pays you, both, or nobody.")]
MusicUsage = Annotated[
    bool | None,
    typer.Option("--agree-music-usage/--no-music-usage", help="You agree to TikTok's Music Usage Confirmation."),
]
AsksFirst = Annotated[
    bool | None, typer.Option("--ask-first/--not-first", help="Each post waits until you have approved it.")
]
ByRoute = Annotated[
    Route | None, typer.Option(help="Posted for you, laid into the account's inbox, or handed to you as a package.")
]


def choices(
    handle: Handle,
    privacy: Privacy = None,
    comments: Comments = None,
    duet: Duet = None,
    stitch: Stitch = None,
    ai_generated: Generated = None,
    disclose: Disclosed = None,
    agree_music_usage: MusicUsage = None,
    ask_first: AsksFirst = None,
    route: ByRoute = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Choose how an account posts.

    What is left out stays as it is. Posts that waited for it get their slots.
    """
    from reposter.bootstrap import creator_reader
    from reposter.pipeline.approving import Decider, choose_for_account, read_offer

    chosen: dict[str, Any] = {  # fields of PostingChoices
        "privacy_level": privacy,
        "allow_comment": comments,
        "allow_duet": duet,
        "allow_stitch": stitch,
        "is_aigc": ai_generated,
        "music_usage_confirmed": agree_music_usage,
        **_disclosed(disclose),
    }
    change = _change(chosen, route, ask_first)
    with opened(data_dir) as app:
        decider = Decider(read_offer(creator_reader(app), handle))
        with app.database.transaction() as session:
            account, released = choose_for_account(
                session, app.line, app.options(), handle, change, decider=decider, now=utc_now()
            )
    if not decider.offer.is_known:
        messages.print(f"{decider.offer.reason} It is checked again before each post.", markup=False)
    seen_by = account.choices.privacy_level or "nobody has chosen whom for"
    how = f"{account.route} ({seen_by})" if account.route is Route.DIRECT else str(account.route)
    asked = ", each post after your approval" if account.asks_first else ""
    messages.print(f"{handle} posts by {how}{asked}. {len(released)} posts that waited try again.", markup=False)


def _disclosed(disclose: Disclosure | None) -> dict[str, bool]:
    if disclose is None:
        return {}
    return {
        "discloses_commercial": disclose is not Disclosure.NONE,
        "brand_organic": disclose in (Disclosure.OWN, Disclosure.BOTH),
        "brand_content": disclose in (Disclosure.PAID, Disclosure.BOTH),
    }


def _change(
    chosen: dict[str, Any],  # fields of PostingChoices
    route: Route | None,
    ask_first: bool | None,
) -> Callable[[Account], StandingChoices]:
    """What is None stays as it is."""
    from reposter.pipeline.approving import StandingChoices

    said = {name: value for name, value in chosen.items() if value is not None}

    def change(before: Account) -> StandingChoices:
        asks_first = before.asks_first if ask_first is None else ask_first
        return StandingChoices(replace(before.choices, **said), route or before.route, asks_first)

    return change
