"""What a person decides about how posts go out: standing choices, and yes or no to one post. One transaction each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from reposter.deliver.accounts.account import Account
from reposter.deliver.accounts.service import get_account, set_choices
from reposter.deliver.publishing.answers import rearm
from reposter.deliver.publishing.composer import OPEN_UNTIL_APPROVED, Finding, Offer, findings
from reposter.deliver.publishing.consents import Consent, consent_for, give_consent, withdraw
from reposter.deliver.scheduling.service import change_post, get_post
from reposter.deliver.scheduling.tables import PostState, ScheduledPostRow
from reposter.kit.database import serialise
from reposter.kit.errors import AppError, InvalidInput
from reposter.library.service import get_video
from reposter.pipeline.commands import NotReady, PostSettled, release_account, require_not_out
from reposter.pipeline.consenting import terms_of
from reposter.pipeline.engine import Line
from reposter.pipeline.options import LineOptions
from reposter.pipeline.plan_post import release
from reposter.pipeline.settle_post import post_key
from reposter.pipeline.telling import tell_queue
from reposter.vendors.tiktok.errors import AccountRefused, PostingCapReached
from reposter.vendors.tiktok.payloads import CreatorInfo
from reposter.vendors.tiktok.posting import PostingChoices, Route

CreatorReader = Callable[[str], CreatorInfo]
"""What TikTok offers the account of this handle now."""

UNDECIDED = (PostState.HELD, PostState.QUEUED)


class ChoicesUnfit(InvalidInput):
    """The choices cannot be used as they are; `context["findings"]` names each reason."""

    code = "choices_unfit"


@dataclass(frozen=True)
class Decider:
    """Who decides, and what TikTok offered them."""

    offer: Offer
    name: str = "owner"


@dataclass(frozen=True)
class StandingChoices:
    choices: PostingChoices
    route: Route
    asks_first: bool


@dataclass(frozen=True)
class Approval:
    """What is None stays: the account's standing choices, the post's caption."""

    choices: PostingChoices | None = None
    caption: str | None = None
    music_usage_confirmed: bool | None = None


def read_offer(read: CreatorReader, handle: str, route: Route = Route.DIRECT) -> Offer:
    """What the account may choose now; where TikTok cannot be asked, the offer says so and why."""
    if route is not Route.DIRECT:
        return Offer.unseen("By this route everything is chosen in the TikTok app.")
    try:
        return Offer.of(read(handle))
    except (PostingCapReached, AccountRefused) as refusal:
        return Offer.closed(refusal.message)
    except AppError as error:
        return Offer.unseen(f"This cannot be checked with TikTok now: {error.message}")


def choose_for_account(
    session: Session,
    line: Line,
    options: LineOptions,
    handle: str,
    change: Callable[[Account], StandingChoices],
    *,
    decider: Decider,
    now: datetime,
) -> tuple[Account, list[int]]:
    """Make the standing choices of an account; returns the posts that waited for them and got their slots.

    They are checked against the offer as far as it is known, and once more before each post.

    Raises:
        NotFound: there is no such account.
        ChoicesUnfit: with everything that is wrong.
    """
    serialise(session, f"choices:{handle}")
    before = get_account(session, handle)
    new = change(before)
    found = findings(new.choices, decider.offer, route=new.route)
    if new.asks_first:
        found = tuple(one for one in found if one.code not in OPEN_UNTIL_APPROVED)
    _require_none(found)
    account = set_choices(
        session, handle, new.choices, route=new.route, asks_first=new.asks_first, by=decider.name, now=now
    )
    if new == StandingChoices(before.choices, before.route, before.asks_first):
        return account, []
    return account, release_account(session, line, options, handle, now=now)


def approve_post(
    session: Session,
    line: Line,
    options: LineOptions,
    post_id: int,
    approval: Approval,
    *,
    decider: Decider,
    now: datetime,
) -> ScheduledPostRow:
    """Let exactly this file with this caption out to this account; a post that waited for it gets a slot.

    Approved twice, it is approved once.

    Raises:
        PostUnknown, PostSettled, NotReady: there is nothing to approve.
        ChoicesUnfit: with everything that is wrong.
    """
    post = _undecided(session, post_id)
    account, video = get_account(session, post.tiktok_account), get_video(session, post.video_id)
    if not video.rendition_sha256:
        raise NotReady(f"The video of post {post_id} has no finished file.", hint="Wait until it is processed.")
    if approval.caption is not None and approval.caption != post.caption:
        withdraw(session, str(post_id), now=now)
        change_post(session, post_id, now=now, caption=approval.caption)
    choices = approved_choices(approval, account)
    seconds = video.rendition_seconds
    found = findings(choices, decider.offer, route=account.route, caption=post.caption, duration_seconds=seconds)
    _require_none(found)
    give_consent(session, terms_of(session, post, account), choices, by=decider.name, now=now)
    if post.status == PostState.HELD:
        rearm(session, str(post_id))
        release(session, line, options.scheduling, post_id, now=now)
    return post


def reject_post(session: Session, post_id: int, *, reason: str, now: datetime) -> ScheduledPostRow:
    """Take a post out of the queue with the reason; what was agreed to before is taken back.

    Raises:
        PostUnknown, PostSettled: there is nothing to reject.
    """
    post = _undecided(session, post_id)
    require_not_out(session, post_id, reason="The post was rejected.", now=now)
    withdraw(session, str(post_id), now=now)
    change_post(
        session,
        post_id,
        now=now,
        status=PostState.CANCELLED,
        error_code="rejected",
        error_message=reason or "Rejected by hand.",
        remedy="Publish the video by hand if it is wanted after all.",
    )
    tell_queue(session, post)
    return post


def approved_choices(approval: Approval, account: Account) -> PostingChoices:
    choices = approval.choices or account.choices
    if approval.music_usage_confirmed is None:
        return choices
    return PostingChoices.from_json({**choices.to_json(), "music_usage_confirmed": approval.music_usage_confirmed})


def consent_in_force(session: Session, post: ScheduledPostRow) -> Consent | None:
    """The consent that fits the post as it is now."""
    account = get_account(session, post.tiktok_account)
    consent = consent_for(session, terms_of(session, post, account))
    is_outlived = consent is not None and consent.is_standing and consent.choices != account.choices
    return None if is_outlived or (consent and consent.is_standing and account.asks_first) else consent


def _undecided(session: Session, post_id: int) -> ScheduledPostRow:
    serialise(session, post_key(post_id))
    post = get_post(session, post_id)
    if post.status not in UNDECIDED:
        raise PostSettled(f"Post {post_id} is {post.status}; there is nothing to decide.", hint="See `reposter queue`.")
    return post


def _require_none(found: tuple[Finding, ...]) -> None:
    if found:
        raise ChoicesUnfit(
            " ".join(one.sentence for one in found),
            hint=" ".join(dict.fromkeys(one.remedy for one in found)),
            findings=[one.to_json() for one in found],
        )
