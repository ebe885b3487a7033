"""What TikTok's answers say, as values of ours. Reading is tolerant: ids may be numbers or texts, fields may lack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

YEAR_9999_SECONDS = 253_000_000_000

Json = dict[str, Any]  # a decoded JSON object of TikTok's; every reader below checks what it takes


class PublishPhase(StrEnum):
    """Where a post stands; a status that we do not know means that it is still on its way."""

    UPLOADING = "PROCESSING_UPLOAD"
    DOWNLOADING = "PROCESSING_DOWNLOAD"
    IN_INBOX = "SEND_TO_USER_INBOX"
    COMPLETE = "PUBLISH_COMPLETE"
    FAILED = "FAILED"
    PENDING = "PENDING"


@dataclass(frozen=True)
class CreatorInfo:
    username: str
    nickname: str
    avatar_url: str
    privacy_levels: tuple[str, ...]
    comment_disabled: bool
    duet_disabled: bool
    stitch_disabled: bool
    duration_seconds_max: int
    log_id: str

    @classmethod
    def read(cls, data: Json, log_id: str) -> CreatorInfo:
        return cls(
            username=_text(data, "creator_username"),
            nickname=_text(data, "creator_nickname"),
            avatar_url=_text(data, "creator_avatar_url"),
            privacy_levels=tuple(str(level) for level in _list(data, "privacy_level_options")),
            comment_disabled=data.get("comment_disabled") is True,
            duet_disabled=data.get("duet_disabled") is True,
            stitch_disabled=data.get("stitch_disabled") is True,
            duration_seconds_max=_number(data, "max_video_post_duration_sec") or 0,
            log_id=log_id,
        )


@dataclass(frozen=True)
class UploadSession:
    """An accepted init: where the bytes go, for one hour."""

    publish_id: str
    upload_url: str
    log_id: str


@dataclass(frozen=True)
class PullSession:
    """An accepted init of a video that TikTok fetches by itself."""

    publish_id: str
    log_id: str


@dataclass(frozen=True)
class ChunkReceipt:
    """`received_bytes` is what TikTok says it has, None where it does not say."""

    is_complete: bool
    received_bytes: int | None
    log_id: str


@dataclass(frozen=True)
class PublishStatus:
    phase: PublishPhase
    said: str
    fail_reason: str
    uploaded_bytes: int | None
    post_ids: tuple[str, ...]
    log_id: str

    @classmethod
    def read(cls, data: Json, log_id: str) -> PublishStatus:
        said = _text(data, "status")
        known = set(PublishPhase) - {PublishPhase.PENDING}
        return cls(
            phase=PublishPhase(said) if said in known else PublishPhase.PENDING,
            said=said,
            fail_reason=_text(data, "fail_reason"),
            uploaded_bytes=_number(data, "uploaded_bytes"),
            post_ids=_ids(data.get("publicaly_available_post_id")),  # TikTok's spelling
            log_id=log_id,
        )


@dataclass(frozen=True)
class ListedVideo:
    """A public video of the account with its counts at the moment of reading."""

    video_id: str
    created_at: datetime
    description: str
    duration_seconds: float
    share_url: str
    views: int
    likes: int
    comments: int
    shares: int

    @classmethod
    def read(cls, data: Json) -> ListedVideo:
        return cls(
            video_id=_text(data, "id"),
            created_at=_moment(data, "create_time"),
            description=_text(data, "video_description") or _text(data, "title"),
            duration_seconds=float(_number(data, "duration") or 0),
            share_url=_text(data, "share_url"),
            views=_number(data, "view_count") or 0,
            likes=_number(data, "like_count") or 0,
            comments=_number(data, "comment_count") or 0,
            shares=_number(data, "share_count") or 0,
        )


@dataclass(frozen=True)
class VideoPage:
    """Newest first; `cursor` (ms) asks for what is older."""

    videos: tuple[ListedVideo, ...]
    cursor: int
    has_more: bool
    log_id: str

    @classmethod
    def read(cls, data: Json, log_id: str) -> VideoPage:
        return cls(
            videos=tuple(ListedVideo.read(video) for video in _list(data, "videos") if isinstance(video, dict)),
            cursor=_number(data, "cursor") or 0,
            has_more=data.get("has_more") is True,
            log_id=log_id,
        )


@dataclass(frozen=True)
class UserInfo:
    """`username` is empty unless the scope user.info.profile was granted."""

    open_id: str
    display_name: str
    username: str
    avatar_url: str
    log_id: str

    @classmethod
    def read(cls, data: Json, log_id: str) -> UserInfo:
        user = data.get("user")
        user = user if isinstance(user, dict) else {}
        return cls(
            open_id=_text(user, "open_id"),
            display_name=_text(user, "display_name"),
            username=_text(user, "username"),
            avatar_url=_text(user, "avatar_url"),
            log_id=log_id,
        )


def _ids(value: object) -> tuple[str, ...]:
    """19-digit ids as texts, whether they came as numbers, texts, a list or alone; each once."""
    values = value if isinstance(value, list) else [value]
    texts = (str(item) for item in values if isinstance(item, int | str) and not isinstance(item, bool))
    return tuple(dict.fromkeys(text for text in texts if text not in ("", "0")))


def _text(data: Json, key: str) -> str:
    value = data.get(key)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _number(data: Json, key: str) -> int | None:
    value = data.get(key)
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return int(value) if isinstance(value, int | float) and abs(value) < 2**63 else None


def _moment(data: Json, key: str) -> datetime:
    """Seconds since 1970; nonsense reads as 1970, which matches nothing."""
    seconds = _number(data, key) or 0
    return datetime.fromtimestamp(seconds if 0 <= seconds < YEAR_9999_SECONDS else 0, UTC)


def _list(data: Json, key: str) -> list[object]:
    value = data.get(key)
    return value if isinstance(value, list) else []
