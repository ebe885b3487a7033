"""What TikTok is told when a post is opened, as its JSON. Pure."""

from __future__ import annotations

from typing import Any

from reposter.vendors.tiktok.chunks import ChunkPlan
from reposter.vendors.tiktok.posting import PostingChoices

Json = dict[str, Any]


def post_info(caption: str, choices: PostingChoices) -> Json:
    return {
        "title": caption,
        "privacy_level": choices.privacy_level,
        "disable_comment": not choices.allow_comment,
        "disable_duet": not choices.allow_duet,
        "disable_stitch": not choices.allow_stitch,
        "video_cover_timestamp_ms": choices.cover_ms,
        "brand_content_toggle": choices.brand_content,
        "brand_organic_toggle": choices.brand_organic,
        "is_aigc": choices.is_aigc,
    }


def file_upload(plan: ChunkPlan) -> Json:
    return {
        "source": "FILE_UPLOAD",
        "video_size": plan.size_bytes,
        "chunk_size": plan.chunk_bytes,
        "total_chunk_count": plan.count,
    }


def pull_from_url(video_url: str) -> Json:
    return {"source": "PULL_FROM_URL", "video_url": video_url}
