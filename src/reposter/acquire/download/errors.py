"""What can be wrong with a file that was fetched."""

from __future__ import annotations

from reposter.kit.errors import AppError, Verdict


class Truncated(AppError):
    """The file is not as long as was announced, in bytes or in seconds."""

    code = "download_truncated"
    verdict = Verdict.RETRY_LATER


class NotAVideo(AppError):
    """The server answered with something else than a video, or with a damaged one."""

    code = "not_a_video"
    verdict = Verdict.RETRY_LATER


class NoDownloader(AppError):
    code = "no_download_service"
    verdict = Verdict.NEEDS_PERSON
