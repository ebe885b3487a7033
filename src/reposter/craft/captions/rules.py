"""Limits and shapes of a caption. Pure."""

from __future__ import annotations

from reposter.vendors.tiktok.posting import CAPTION_UNITS_MAX, caption_units


def shorten(text: str, units_max: int = CAPTION_UNITS_MAX) -> str:
    """Cut at a word so that the text with its ellipsis fits, never inside a character."""
    if caption_units(text) <= units_max:
        return text
    kept = text.encode("utf-16-le")[: 2 * (units_max - 1)].decode("utf-16-le", "ignore")  # half a pair is left out
    head, space, _ = kept.rpartition(" ")
    return (head if space else kept).rstrip() + "…"
