"""Whether a fetched file is the video that was announced."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from reposter.acquire.download.errors import NotAVideo, Truncated
from reposter.kit.errors import AppError, Verdict
from reposter.vocabulary.media import MediaInfo

Verify = Callable[[Path], MediaInfo]  # opens the file and decodes some of it; raises an AppError

DURATION_TOLERANCE_SECONDS = 1.0
DURATION_TOLERANCE_SHARE = 0.05
HEAD_BYTES = 512
AGAIN_HINT = "Nothing to do; it is fetched again, or by the next download service."


def verify_download(
    path: Path, *, expected_bytes: int | None, expected_duration: float | None, verify: Verify
) -> MediaInfo:
    """Check a file against what the site announced, then by decoding it; None skips a comparison.

    The duration may differ by one second or 5 %, whichever is more: sites round it.

    Raises:
        NotAVideo: a page or other text in a video's clothes, an empty file, or nothing that can be played.
        Truncated: fewer or more bytes or seconds than announced.
    """
    size_bytes = path.stat().st_size
    _refuse_pages(path)
    if expected_bytes is not None and size_bytes != expected_bytes:
        raise Truncated(
            f"The file has {size_bytes:,} bytes; {expected_bytes:,} were announced.",
            hint=AGAIN_HINT,
            size_bytes=size_bytes,
            expected_bytes=expected_bytes,
        )
    info = _opened(path, verify)
    _compare_duration(info.duration_seconds, expected_duration)
    return info


def _refuse_pages(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise NotAVideo("The server sent an empty file.", hint=AGAIN_HINT)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<body", b"<script")) or b"<html" in start:
        raise NotAVideo("The server sent a web page in place of the video.", hint=AGAIN_HINT)
    if start.startswith((b"{", b"[", b"<?xml")):
        raise NotAVideo("The server sent a message in place of the video.", hint=AGAIN_HINT)


def _opened(path: Path, verify: Verify) -> MediaInfo:
    try:
        return verify(path)
    except AppError as error:
        if error.verdict is not Verdict.PERMANENT:
            raise
        # A file that cannot be played is no verdict on the video: what was fetched may be damaged.
        raise NotAVideo(f"What came cannot be played. {error.message}", hint=AGAIN_HINT, reason=error.code) from error


def _compare_duration(seconds: float, expected: float | None) -> None:
    if expected is None:
        return
    if abs(seconds - expected) > max(DURATION_TOLERANCE_SECONDS, expected * DURATION_TOLERANCE_SHARE):
        raise Truncated(
            f"The video is {seconds:.1f} s long; {expected:.1f} s were announced.",
            hint=AGAIN_HINT,
            seconds=seconds,
            expected_seconds=expected,
        )
