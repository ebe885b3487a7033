"""From yt-dlp's dictionaries to our words; pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from reposter.vocabulary.found import FoundVideo, VideoStats

Info = dict[str, Any]  # yt-dlp's info dict and TikTok's item, both untyped

UNPLAYABLE_CODECS = ("h266", "bytevc2", "vvc")  # ByteDance's own codec; no player knows it


def found_video(info: Info, *, found_at: datetime) -> FoundVideo:
    """One listing entry or one extracted video; the keys `tags`, `is_photo_post`, `width` and `height` are our own."""
    video_id = str(info["id"])
    author = info.get("uploader")
    description = info.get("description") or ""
    return FoundVideo(
        video_id=video_id,
        url=f"https://www.tiktok.com/@{author or '_'}/video/{video_id}",
        title=info.get("title") or "",
        description=description,
        author=f"@{author or info.get('uploader_id') or 'unknown'}",
        author_id=info.get("uploader_id"),
        author_sec_uid=info.get("channel_id"),
        stats=VideoStats(
            views=info.get("view_count"),
            likes=info.get("like_count"),
            comments=info.get("comment_count"),
            shares=info.get("repost_count"),
            saves=info.get("save_count"),
        ),
        hashtags=tuple(f"#{tag}" for tag in info.get("tags") or ()),
        duration_seconds=info.get("duration"),
        quality=quality_of(info.get("width"), info.get("height")),
        uploaded_at=_uploaded_at(info.get("timestamp"), video_id),
        found_at=found_at,
        thumbnail_url=_thumbnail_url(info.get("thumbnails") or []),
        is_photo_post=bool(info.get("is_photo_post")),
    )


def facts_of_item(item: Info) -> Info:
    """What yt-dlp leaves out of TikTok's `itemStruct`: hashtags, picture size and whether it is a photo post."""
    width, height = _best_picture_size(item.get("video") or {})
    return {
        "tags": _hashtags(item),
        "is_photo_post": bool((item.get("imagePost") or {}).get("images")),
        "width": width,
        "height": height,
    }


def quality_of(width: int | None, height: int | None) -> str | None:
    return f"{min(width, height)}p" if width and height else None


def _hashtags(item: Info) -> list[str]:
    named = [challenge.get("title") for challenge in item.get("challenges") or []]
    written = [extra.get("hashtagName") for extra in item.get("textExtra") or []]
    return list(dict.fromkeys(tag for tag in named or written if tag))


def _best_picture_size(video: Info) -> tuple[int | None, int | None]:
    """The size that a download would have: the best H.264, else the best playable, else what the player shows."""
    sizes: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
    for rate in video.get("bitrateInfo") or []:
        codec, address = str(rate.get("CodecType") or "").lower(), rate.get("PlayAddr") or {}
        width, height = _int(address.get("Width")), _int(address.get("Height"))
        if width and height and not codec.startswith(UNPLAYABLE_CODECS):
            sizes[codec.startswith("h264")].append((width, height))
    best = max(sizes[True] or sizes[False], key=min, default=None)
    return best or (_int(video.get("width")), _int(video.get("height")))


def _uploaded_at(timestamp: float | None, video_id: str) -> datetime:
    """TikTok's ids begin with the second of upload; that serves where the page leaves it out."""
    if timestamp is None:
        timestamp = int(video_id) >> 32 if video_id.isdecimal() else 0
    return datetime.fromtimestamp(timestamp, UTC)


def _thumbnail_url(thumbnails: list[Info]) -> str | None:
    by_id = {str(thumbnail.get("id", "")).split("-")[0]: thumbnail.get("url") for thumbnail in thumbnails}
    return by_id.get("cover") or by_id.get("originCover") or next(iter(by_id.values()), None)


def _int(value: object) -> int | None:
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()) else None
