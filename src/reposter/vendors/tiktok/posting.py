"""What can be chosen for a post on TikTok."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

CAPTION_UNITS_MAX = 2200
"""UTF-16 code units of a caption at most (Content Posting API, `post_info.title`)."""


class Route(StrEnum):
    """How a video reaches the account: posted for it, laid into its inbox, or handed to a person as a package."""

    DIRECT = "direct"
    INBOX = "inbox"
    EXPORT = "export"


class PrivacyLevel(StrEnum):
    PUBLIC_TO_EVERYONE = "PUBLIC_TO_EVERYONE"
    MUTUAL_FOLLOW_FRIENDS = "MUTUAL_FOLLOW_FRIENDS"
    FOLLOWER_OF_CREATOR = "FOLLOWER_OF_CREATOR"
    SELF_ONLY = "SELF_ONLY"


@dataclass(frozen=True)
class PostingChoices:
    """The creator's choices. Nothing is chosen for them: TikTok's guidelines allow no default privacy, and every
    permission and disclosure starts off.

    `discloses_commercial` is the switch over `brand_organic` (their own business) and `brand_content` (a paid
    partnership). `music_usage_confirmed` says that they agreed to TikTok's Music Usage Confirmation.
    """

    privacy_level: PrivacyLevel | None = None
    allow_comment: bool = False
    allow_duet: bool = False
    allow_stitch: bool = False
    is_aigc: bool = False
    brand_content: bool = False
    brand_organic: bool = False
    cover_ms: int = 0
    discloses_commercial: bool = False
    music_usage_confirmed: bool = False

    def to_json(self) -> dict[str, Any]:  # plain JSON values
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:  # JSON that came from to_json; unknown keys are ignored
        known = {key: value for key, value in data.items() if key in cls.__dataclass_fields__}
        if known.get("privacy_level") is not None:
            known["privacy_level"] = PrivacyLevel(known["privacy_level"])
        return cls(**known)


def caption_units(text: str) -> int:
    """Length as TikTok counts it: an emoji outside the basic plane is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
