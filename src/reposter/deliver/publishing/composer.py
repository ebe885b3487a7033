"""What TikTok lets an account choose for a post, and what is wrong with a choice. Pure.

The rules are those of TikTok's Content Sharing Guidelines for posting apps; the texts in capitals are required words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from reposter.deliver.publishing.order import ChoiceMissing
from reposter.kit.errors import AppError
from reposter.vendors.tiktok.errors import ChoiceRefused
from reposter.vendors.tiktok.payloads import CreatorInfo
from reposter.vendors.tiktok.posting import CAPTION_UNITS_MAX, PostingChoices, PrivacyLevel, Route, caption_units

MUSIC_CONSENT = "By posting, you agree to TikTok's Music Usage Confirmation"
BRANDED_CONSENT = "By posting, you agree to TikTok's Branded Content Policy and Music Usage Confirmation."
OWN_BRAND_PROMPT = "Your photo/video will be labeled as 'Promotional content'"
BRANDED_PROMPT = "Your photo/video will be labeled as 'Paid partnership'"
INCOMPLETE_PROMPT = "You need to indicate if your content promotes yourself, a third party, or both."
BRANDED_PRIVATE = "Branded content visibility cannot be set to private."
MUSIC_URL = "https://www.tiktok.com/legal/page/global/music-usage-confirmation/en"
BRANDED_URL = "https://www.tiktok.com/legal/page/global/bc-policy/en"

TURNED_OFF = "The creator has turned this off in the TikTok app."
MISSING = frozenset({"privacy_missing", "disclosure_incomplete", "disclosure_missing", "music_not_confirmed"})
OPEN_UNTIL_APPROVED = frozenset({"privacy_missing", "music_not_confirmed"})
"""What may be left open where a person decides before each post."""


@dataclass(frozen=True)
class Toggle:
    """A switch that may be used, or is greyed out with the reason."""

    available: bool = True
    reason: str = ""


@dataclass(frozen=True)
class Offer:
    """What the composer shows. Nothing in it is selected.

    `is_known` is False where TikTok could not be asked; then `reason` says why, and nothing can be checked against it.
    `privacy_levels` may name levels that are new to us. `duration_seconds_max` is 0 where TikTok names none.
    """

    is_known: bool
    can_post_now: bool | None
    reason: str = ""
    username: str = ""
    nickname: str = ""
    avatar_url: str = ""
    privacy_levels: tuple[str, ...] = ()
    comment: Toggle = Toggle()
    duet: Toggle = Toggle()
    stitch: Toggle = Toggle()
    duration_seconds_max: int = 0

    @classmethod
    def of(cls, info: CreatorInfo) -> Offer:
        return cls(
            is_known=True,
            can_post_now=True,
            username=info.username,
            nickname=info.nickname,
            avatar_url=info.avatar_url,
            privacy_levels=info.privacy_levels,
            comment=_toggle(info.comment_disabled),
            duet=_toggle(info.duet_disabled),
            stitch=_toggle(info.stitch_disabled),
            duration_seconds_max=info.duration_seconds_max,
        )

    @classmethod
    def closed(cls, reason: str) -> Offer:
        """TikTok says that the account cannot post now."""
        return cls(is_known=True, can_post_now=False, reason=reason)

    @classmethod
    def unseen(cls, reason: str = "") -> Offer:
        """TikTok could not be asked."""
        return cls(is_known=False, can_post_now=None, reason=reason)


UNSEEN = Offer.unseen()


@dataclass(frozen=True)
class Finding:
    """Something that keeps a choice from being used; `field` is its name in `PostingChoices`, or `caption`."""

    code: str
    field: str
    sentence: str
    remedy: str

    def to_json(self) -> dict[str, Any]:  # plain JSON values
        return asdict(self)


@dataclass(frozen=True)
class ConsentLine:
    """The sentence beside the button; each of `links` is (words in the sentence, address)."""

    text: str
    links: tuple[tuple[str, str], ...]


def findings(
    choices: PostingChoices,
    offer: Offer,
    *,
    route: Route,
    caption: str | None = None,
    duration_seconds: float | None = None,
) -> tuple[Finding, ...]:
    """All that is wrong, in the order of the composer; empty when the post may be sent so.

    What is None, or not known of the account, is not checked. TikTok takes none of this on the other routes.
    """
    if route is not Route.DIRECT:
        return ()
    return (
        *_caption(caption),
        *_privacy(choices, offer),
        *_switches(choices, offer),
        *_disclosure(choices),
        *_length(offer, duration_seconds),
        *_music(choices),
    )


def complaint(found: Sequence[Finding], *, account: str) -> AppError:
    """One error for all that was found; `found` must not be empty."""
    kind = ChoiceMissing if all(one.code in MISSING for one in found) else ChoiceRefused
    return kind(
        f"{account}: " + " ".join(one.sentence for one in found),
        hint=" ".join(dict.fromkeys(one.remedy for one in found)),
        findings=[one.to_json() for one in found],
    )


def consent_line(choices: PostingChoices, route: Route) -> ConsentLine | None:
    """The sentence that TikTok requires beside the button; None where the post is finished in the TikTok app."""
    if route is not Route.DIRECT:
        return None
    music = ("Music Usage Confirmation", MUSIC_URL)
    if choices.discloses_commercial and choices.brand_content:
        return ConsentLine(BRANDED_CONSENT, (("Branded Content Policy", BRANDED_URL), music))
    return ConsentLine(MUSIC_CONSENT, (music,))


def disclosure_prompt(choices: PostingChoices) -> str:
    """What the disclosure will do, in TikTok's words; empty while it is off."""
    if not choices.discloses_commercial:
        return ""
    if choices.brand_content:
        return BRANDED_PROMPT
    return OWN_BRAND_PROMPT if choices.brand_organic else INCOMPLETE_PROMPT


def _toggle(is_disabled: bool) -> Toggle:
    return Toggle(False, TURNED_OFF) if is_disabled else Toggle()


def _caption(caption: str | None) -> Iterator[Finding]:
    units = caption_units(caption or "")
    if units > CAPTION_UNITS_MAX:
        yield Finding(
            "caption_too_long",
            "caption",
            f"The caption has {units:,} UTF-16 units; TikTok takes {CAPTION_UNITS_MAX:,}.",
            "Shorten the caption.",
        )


def _privacy(choices: PostingChoices, offer: Offer) -> Iterator[Finding]:
    level = choices.privacy_level
    if level is None:
        yield Finding(
            "privacy_missing",
            "privacy_level",
            "Nobody has chosen who may see the posts; TikTok allows no default.",
            "Choose the privacy.",
        )
    elif offer.privacy_levels and level not in offer.privacy_levels:
        yield Finding(
            "privacy_not_offered",
            "privacy_level",
            f"The account does not offer the privacy {level}.",
            f"Choose one of: {', '.join(offer.privacy_levels)}.",
        )


def _switches(choices: PostingChoices, offer: Offer) -> Iterator[Finding]:
    for name, is_chosen, toggle in (
        ("comment", choices.allow_comment, offer.comment),
        ("duet", choices.allow_duet, offer.duet),
        ("stitch", choices.allow_stitch, offer.stitch),
    ):
        if is_chosen and not toggle.available:
            yield Finding(
                f"{name}_disabled",
                f"allow_{name}",
                f"Allow {name} is chosen, but not available: {toggle.reason}",
                f"Switch {name} off here, or on in the TikTok app.",
            )


def _disclosure(choices: PostingChoices) -> Iterator[Finding]:
    is_branded = choices.brand_organic or choices.brand_content
    if choices.discloses_commercial and not is_branded:
        yield Finding("disclosure_incomplete", "discloses_commercial", INCOMPLETE_PROMPT, "Say whom it promotes.")
    if is_branded and not choices.discloses_commercial:
        yield Finding(
            "disclosure_missing",
            "discloses_commercial",
            "A brand is named, but the disclosure of commercial content is off.",
            "Switch the disclosure on, or take the brand back.",
        )
    if choices.brand_content and choices.privacy_level is PrivacyLevel.SELF_ONLY:
        yield Finding(
            "branded_private", "privacy_level", BRANDED_PRIVATE, "Choose another privacy, or take back the disclosure."
        )


def _length(offer: Offer, duration_seconds: float | None) -> Iterator[Finding]:
    if duration_seconds is not None and 0 < offer.duration_seconds_max < duration_seconds:
        yield Finding(
            "video_too_long",
            "duration_seconds",
            f"The account may post {offer.duration_seconds_max} s at most; this video has {duration_seconds:.0f} s.",
            "Shorten the video, or post it from an account that may post longer ones.",
        )


def _music(choices: PostingChoices) -> Iterator[Finding]:
    if not choices.music_usage_confirmed:
        yield Finding(
            "music_not_confirmed",
            "music_usage_confirmed",
            "Nobody has agreed to TikTok's Music Usage Confirmation for these posts.",
            "Read it and agree to it.",
        )
