"""Fetch a video by the first service that delivers it whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reposter.acquire.download.errors import NoDownloader
from reposter.acquire.download.ports import Download, Downloader, OnProgress
from reposter.acquire.download.verify import Verify, verify_download
from reposter.kit.errors import AppError, StorageExhausted, Verdict
from reposter.kit.files import sha256_of
from reposter.vocabulary.media import MediaInfo


@dataclass(frozen=True)
class Attempt:
    """One service that did not deliver, and why."""

    service: str
    code: str
    sentence: str


@dataclass(frozen=True)
class Original:
    """A verified file, with the attempts that failed before it."""

    path: Path
    sha256: str
    info: MediaInfo
    service: str
    format_id: str
    is_watermarked: bool
    attempts: tuple[Attempt, ...] = ()


def fetch_original(
    url: str,
    *,
    downloaders: Sequence[Downloader],
    into: Path,
    verify: Verify,
    on_progress: OnProgress | None = None,
) -> Original:
    """Fetch `url` into a folder below `into`, trying the services in their order until one delivers a whole video.

    A file that fails verification is deleted, so that no later try mistakes it for a finished one. Every service has
    its own folder: one must not continue another's unfinished file.

    Raises:
        NoDownloader: no service is switched on.
        AppError: the most telling error of those that were tried, with all attempts in its context.
    """
    errors: list[tuple[Attempt, AppError]] = []
    for downloader in downloaders:
        try:
            download, info = _fetch_and_verify(url, downloader, into, verify, on_progress)
        except StorageExhausted:
            raise  # the next service would meet the same full disk
        except AppError as error:
            errors.append((Attempt(downloader.name, error.code, error.message), error))
            continue
        return Original(
            path=download.path,
            sha256=sha256_of(download.path),
            info=info,
            service=downloader.name,
            format_id=download.format_id,
            is_watermarked=download.is_watermarked,
            attempts=tuple(attempt for attempt, _ in errors),
        )
    raise _most_telling(errors)


def _fetch_and_verify(
    url: str, downloader: Downloader, into: Path, verify: Verify, on_progress: OnProgress | None
) -> tuple[Download, MediaInfo]:
    download = downloader.fetch(url, into / downloader.name, on_progress)
    try:
        info = verify_download(
            download.path,
            expected_bytes=download.expected_bytes,
            expected_duration=download.expected_duration_seconds,
            verify=verify,
        )
    except AppError:
        download.path.unlink(missing_ok=True)
        raise
    return download, info


def _most_telling(errors: list[tuple[Attempt, AppError]]) -> AppError:
    """A hope that remains beats a person's work, which beats a final no; among equals the first service's error."""
    if not errors:
        return NoDownloader(
            "No download service is switched on.",
            hint="This version downloads with yt-dlp; `reposter doctor` says what is wrong with it.",
        )
    order = (Verdict.RETRY_LATER, Verdict.OUTCOME_UNKNOWN, Verdict.NEEDS_PERSON, Verdict.PERMANENT)
    error = min((error for _, error in errors), key=lambda error: order.index(error.verdict))
    attempts: list[dict[str, Any]] = [asdict(attempt) for attempt, _ in errors]  # JSON
    error.context["attempts"] = attempts
    return error
