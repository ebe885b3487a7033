"""What can be chosen for a post on TikTok."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self


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
    permission and disclosure starts off."""

    privacy_level: PrivacyLevel | None = None
    allow_comment: bool = False
    allow_duet: bool = False
    allow_stitch: bool = False
    is_aigc: bool = False
    brand_content: bool = False
    brand_organic: bool = False
    cover_ms: int = 0

    def to_json(self) -> dict[str, Any]:  # plain JSON values
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:  # JSON that came from to_json; unknown keys are ignored
        known = {key: value for key, value in data.items() if key in cls.__dataclass_fields__}
        if known.get("privacy_level") is not None:
            known["privacy_level"] = PrivacyLevel(known["privacy_level"])
        return cls(**known)
