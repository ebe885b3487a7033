"""What a person sees and says before a post: the offer of the account, what is still wrong, approval and rejection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from reposter.api.idempotency import IdempotentRoute
from reposter.api.routes.accounts import ChoicesOut, Handle
from reposter.api.wiring import Wired
from reposter.bootstrap import creator_reader
from reposter.deliver.accounts.account import Account
from reposter.deliver.accounts.service import get_account
from reposter.deliver.publishing.composer import Finding, Offer, consent_line, disclosure_prompt, findings
from reposter.deliver.publishing.consents import Consent
from reposter.deliver.scheduling.service import get_post
from reposter.deliver.scheduling.tables import PostState, ScheduledPostRow
from reposter.kit.clock import utc_now
from reposter.library.service import get_video
from reposter.pipeline.approving import (
    Approval,
    Decider,
    approve_post,
    consent_in_force,
    read_offer,
    reject_post,
)
from reposter.vendors.tiktok.posting import CAPTION_UNITS_MAX, PostingChoices, PrivacyLevel, Route, caption_units

router = APIRouter(prefix="/api", tags=["composer"], route_class=IdempotentRoute)
PostNumber = Annotated[int, Path(ge=1, le=2**53)]


class ToggleOut(BaseModel):
    """Greyed out with `reason` where it is not available."""

    available: bool
    reason: str


class OfferOut(BaseModel):
    """What TikTok offers the account now; nothing is selected. Where it could not be asked, `is_known` is false."""

    is_known: bool
    can_post_now: bool | None
    reason: str
    username: str
    nickname: str
    avatar_url: str
    privacy_levels: list[str]
    comment: ToggleOut
    duet: ToggleOut
    stitch: ToggleOut
    duration_seconds_max: int


class FindingOut(BaseModel):
    """`field` is the name of the choice that it is about, or `caption`, or `duration_seconds`."""

    code: str
    field: str
    sentence: str
    remedy: str


class LinkOut(BaseModel):
    """`words` of the line that lead to `url`."""

    words: str
    url: str


class ConsentLineOut(BaseModel):
    text: str
    links: list[LinkOut]


class ComposerOut(BaseModel):
    """`consent_line` must stand beside the button; `disclosure_prompt` beside the disclosure, where it is not empty."""

    account: str
    route: Route
    asks_first: bool
    offer: OfferOut
    choices: ChoicesOut
    findings: list[FindingOut]
    consent_line: ConsentLineOut | None
    disclosure_prompt: str


class ConsentOut(BaseModel):
    """`is_standing`: by the account's standing choices, not for this post."""

    given_by: str
    given_at: datetime
    is_standing: bool


class PostComposerOut(BaseModel):
    """`consent` is the one that fits the post as it is now; null until somebody has approved it."""

    post_id: int
    status: PostState
    caption: str
    caption_units: int
    caption_units_max: int
    duration_seconds: float | None
    consent: ConsentOut | None
    composer: ComposerOut


class ApprovedChoices(BaseModel):
    """All choices for one post; what is left out is off."""

    model_config = ConfigDict(extra="forbid")

    privacy_level: PrivacyLevel | None = None
    allow_comment: bool = False
    allow_duet: bool = False
    allow_stitch: bool = False
    is_aigc: bool = False
    discloses_commercial: bool = False
    brand_content: bool = False
    brand_organic: bool = False


class ApprovalIn(BaseModel):
    """What is left out stays: the account's standing choices, the caption."""

    model_config = ConfigDict(extra="forbid")

    choices: ApprovedChoices | None = None
    caption: str | None = Field(default=None, max_length=10_000)
    music_usage_confirmed: bool | None = None


class RejectionIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = Field(default="", max_length=500)


class Decided(BaseModel):
    id: int
    account: str
    status: PostState
    scheduled_time: datetime
    reason: str | None


@router.get("/accounts/{handle}/composer")
def compose_standing(app: Wired, handle: Handle) -> ComposerOut:
    """What the account may choose, asked from TikTok now, and what is wrong with its standing choices."""
    with app.database.transaction() as session:
        account = get_account(session, handle)
    offer = read_offer(creator_reader(app), handle, account.route)
    found = findings(account.choices, offer, route=account.route)
    return _composer(account, account.choices, offer, found)


@router.get("/posts/{post_id}/composer")
def compose_post(app: Wired, post_id: PostNumber) -> PostComposerOut:
    """The same for one post, with its caption, its length and whether somebody has agreed to it."""
    with app.database.transaction() as session:
        post = get_post(session, post_id)
        account, video = get_account(session, post.tiktok_account), get_video(session, post.video_id)
        consent = consent_in_force(session, post)
    offer = read_offer(creator_reader(app), account.handle, account.route)
    choices, seconds = consent.choices if consent else account.choices, video.rendition_seconds
    found = findings(choices, offer, route=account.route, caption=post.caption, duration_seconds=seconds)
    return PostComposerOut(
        post_id=post.id,
        status=PostState(post.status),
        caption=post.caption,
        caption_units=caption_units(post.caption),
        caption_units_max=CAPTION_UNITS_MAX,
        duration_seconds=seconds,
        consent=_consent(consent) if consent else None,
        composer=_composer(account, choices, offer, found),
    )


@router.post("/posts/{post_id}/approve")
def approve(app: Wired, post_id: PostNumber, body: ApprovalIn | None = None) -> Decided:
    """Let exactly this file with this caption out to this account; all that is wrong is told at once."""
    said = body or ApprovalIn()
    choices = PostingChoices(**said.choices.model_dump()) if said.choices else None
    with app.database.transaction() as session:
        handle = get_post(session, post_id).tiktok_account
    decider = Decider(read_offer(creator_reader(app), handle))
    approval = Approval(choices, said.caption, said.music_usage_confirmed)
    with app.database.transaction() as session:
        return _decided(
            approve_post(session, app.line, app.options(), post_id, approval, decider=decider, now=utc_now())
        )


@router.post("/posts/{post_id}/reject")
def reject(app: Wired, post_id: PostNumber, body: RejectionIn | None = None) -> Decided:
    """Take a post out of the queue, with the reason."""
    reason = body.reason if body else ""
    with app.database.transaction() as session:
        return _decided(reject_post(session, post_id, reason=reason, now=utc_now()))


def _composer(account: Account, choices: PostingChoices, offer: Offer, found: Sequence[Finding]) -> ComposerOut:
    line, plain = consent_line(choices, account.route), choices.to_json()
    links = [LinkOut(words=words, url=url) for words, url in line.links] if line else []
    return ComposerOut(
        account=account.handle,
        route=account.route,
        asks_first=account.asks_first,
        offer=OfferOut.model_validate(asdict(offer)),
        choices=ChoicesOut(**{name: plain[name] for name in ChoicesOut.model_fields}),
        findings=[FindingOut(**asdict(one)) for one in found],
        consent_line=ConsentLineOut(text=line.text, links=links) if line else None,
        disclosure_prompt=disclosure_prompt(choices),
    )


def _consent(consent: Consent) -> ConsentOut:
    return ConsentOut(given_by=consent.given_by, given_at=consent.given_at, is_standing=consent.is_standing)


def _decided(post: ScheduledPostRow) -> Decided:
    return Decided(
        id=post.id,
        account=post.tiktok_account,
        status=PostState(post.status),
        scheduled_time=post.scheduled_time,
        reason=post.error_message,
    )
