"""Limits and shapes of a caption. Pure."""

from __future__ import annotations

CAPTION_UNITS_MAX = 2200
"""TikTok counts UTF-16 code units (Content Posting API, `post_info.title`); the older figure was 150."""


def utf16_units(text: str) -> int:
    """Length as TikTok counts it: an emoji outside the basic plane is two."""
    return len(text.encode("utf-16-le")) // 2


def shorten(text: str, units_max: int = CAPTION_UNITS_MAX) -> str:
    """Cut at a word so that the text with its ellipsis fits, never inside a character."""
    if utf16_units(text) <= units_max:
        return text
    kept = text.encode("utf-16-le")[: 2 * (units_max - 1)].decode("utf-16-le", "ignore")  # half a pair is left out
    head, space, _ = kept.rpartition(" ")
    return (head if space else kept).rstrip() + "…"
