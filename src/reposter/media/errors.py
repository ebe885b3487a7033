"""What can be wrong with a media file."""

from __future__ import annotations

from reposter.kit.errors import AppError


class UnreadableMedia(AppError):
    """Not a video, or a damaged one."""

    code = "unreadable_media"


class UnsupportedMedia(AppError):
    """A video, but of a kind that this version cannot work on."""

    code = "unsupported_media"
