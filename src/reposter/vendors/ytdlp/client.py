"""Ask yt-dlp, in a child process with limits, for an account's videos or for one file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import reposter.vendors.ytdlp.errors  # noqa: F401  # what crosses the border is looked up among loaded classes
from reposter.kit.errors import AppError
from reposter.kit.files import disk_full_as_error
from reposter.kit.guarded_proxy import guarded_proxy
from reposter.kit.process import Json, Limits, OnProgress, run_child
from reposter.vendors.ytdlp.options import YtdlpSettings, child_environment
from reposter.vocabulary.found import FoundVideo

CHILD = "reposter.vendors.ytdlp.child"
LISTING_LIMITS = Limits(wall_seconds=600)
LOOK_UP_LIMITS = Limits(wall_seconds=120)
DOWNLOAD_LIMITS = Limits(wall_seconds=3600)
VERSION_LIMITS = Limits(wall_seconds=60)


@dataclass(frozen=True)
class DownloadedFile:
    """A file as it came, not yet looked into. `expected_bytes` is what the site announced, None where it did not."""

    path: Path
    info: FoundVideo
    format_id: str
    is_watermarked: bool
    expected_bytes: int | None
    height: int | None
    width: int | None


def list_videos(
    url: str,
    *,
    limit: int,
    settings: YtdlpSettings,
    limits: Limits = LISTING_LIMITS,
    on_progress: OnProgress | None = None,
) -> list[FoundVideo]:
    """The newest `limit` posts of an account or collection, newest first; one request per 15.

    Progress is `{"found": count}`.

    Raises:
        AppError: a situation of `errors.py`, `VendorUnavailable` or `ChildFailed`.
    """
    answer = _ask({"op": "list", "url": url, "limit": limit}, settings, limits, on_progress)
    return [FoundVideo.from_dict(video) for video in answer["videos"]]


def look_up(url: str, *, settings: YtdlpSettings, limits: Limits = LOOK_UP_LIMITS) -> FoundVideo:
    """What a single link leads to; short links are followed. Raises as `list_videos`."""
    return FoundVideo.from_dict(_ask({"op": "look_up", "url": url}, settings, limits, None)["video"])


def download(
    url: str,
    into: Path,
    *,
    settings: YtdlpSettings,
    limits: Limits = DOWNLOAD_LIMITS,
    on_progress: OnProgress | None = None,
) -> DownloadedFile:
    """Fetch the best clean file into the folder `into`; a `.part` that an earlier try left there is continued.

    Progress is `{"downloaded_bytes", "total_bytes", "speed_bytes_per_second", "eta_seconds"}`, at most four a second.
    An exception from `on_progress` cancels. The site may serve a page instead of a video: the caller must verify.

    Raises:
        AppError: a situation of `errors.py`, `VendorUnavailable`, `StorageExhausted` or `ChildFailed`.
    """
    with disk_full_as_error(into):
        into.mkdir(parents=True, exist_ok=True)
    answer = _ask({"op": "download", "url": url, "into": str(into)}, settings, limits, on_progress)
    return DownloadedFile(
        path=Path(answer["path"]),
        info=FoundVideo.from_dict(answer["video"]),
        format_id=answer["format_id"],
        is_watermarked=answer["format_id"].startswith("download"),
        expected_bytes=answer["expected_bytes"],
        height=answer["height"],
        width=answer["width"],
    )


def version() -> str:
    """The yt-dlp that runs; it is upgraded more often than we are, so people want to see it."""
    installed: str = run_child(CHILD, {"op": "version"}, limits=VERSION_LIMITS)["version"]
    return installed


def _ask(request: Json, settings: YtdlpSettings, limits: Limits, on_progress: OnProgress | None) -> Json:
    """The child's answer. Its only way out is a proxy of ours, unless the operator gave one of his own."""
    if settings.proxy:
        return _run(request, settings, limits, on_progress)
    with guarded_proxy(settings.addresses) as proxy:
        try:
            return _run(request, replace(settings, proxy=proxy.url), limits, on_progress)
        except AppError as error:
            if proxy.refused:
                raise proxy.refused[0] from error
            raise


def _run(request: Json, settings: YtdlpSettings, limits: Limits, on_progress: OnProgress | None) -> Json:
    return run_child(
        CHILD,
        request | {"settings": settings.to_dict()},
        limits=limits,
        on_progress=on_progress,
        env=child_environment(settings),
    )
