"""The child process that runs yt-dlp; the only file that imports it. Operations: list, look_up, download, version."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yt_dlp
from yt_dlp.extractor.tiktok import TikTokCollectionIE as StockCollection
from yt_dlp.extractor.tiktok import TikTokIE as StockVideo
from yt_dlp.extractor.tiktok import TikTokUserIE as StockUser
from yt_dlp.networking.exceptions import HTTPError

from reposter.kit.clock import utc_now
from reposter.kit.errors import AppError, InvalidInput
from reposter.kit.process import Json, OnProgress, serve
from reposter.vendors.ytdlp.errors import NoCleanVersion, PhotoPost, SiteChanged, SourceEmpty, YtdlpError
from reposter.vendors.ytdlp.failures import Failure, Stage, classify
from reposter.vendors.ytdlp.mapping import Info, facts_of_item, found_video
from reposter.vendors.ytdlp.options import YtdlpSettings, options_download, options_listing
from reposter.vendors.ytdlp.progress import DownloadWatch, Throttle

# The file's link lives on a cookie and a clock; yt-dlp does not ask for a new one when it is refused.
STATUSES_WORTH_A_FRESH_LINK = (401, 403, 404, 410, 429)
FRESH_LINK_WAIT_SECONDS_MAX = 30.0


def handle(request: Json, on_progress: OnProgress) -> Json:
    operations: dict[str, Callable[[Json, OnProgress], Json]] = {
        "list": _list,
        "look_up": _look_up,
        "download": _download,
        "version": lambda _request, _progress: {"version": yt_dlp.version.__version__},
    }
    return operations[request["op"]](request, on_progress)


def _list(request: Json, on_progress: OnProgress) -> Json:
    settings, limit = YtdlpSettings.from_dict(request["settings"]), int(request["limit"])
    throttle = Throttle()
    with _Fetcher(settings, options_listing(settings, limit=limit)) as fetcher:
        fetcher.when_seen = lambda count: on_progress({"found": count}) if throttle.is_due() else None
        try:
            listing = fetcher.extract(request["url"], Stage.LISTING)
        except SourceEmpty:
            return {"videos": []}
        entries = [entry for entry in listing.get("entries") or () if entry][:limit]
        if not entries and fetcher.promised_videos:
            raise SiteChanged(
                f"TikTok says that the account has {fetcher.promised_videos} videos but lists none of them.",
                hint=SiteChanged.remedy,
                retry_after_seconds=SiteChanged.wait_seconds,
            )
        return {"videos": [found_video(entry, found_at=utc_now()).to_dict() for entry in entries]}


def _look_up(request: Json, _on_progress: OnProgress) -> Json:
    settings = YtdlpSettings.from_dict(request["settings"])
    with _Fetcher(settings, options_listing(settings, limit=1)) as fetcher:
        info = fetcher.extract(request["url"], Stage.PAGE)
        return {"video": found_video(info, found_at=utc_now()).to_dict()}


def _download(request: Json, on_progress: OnProgress) -> Json:
    settings = YtdlpSettings.from_dict(request["settings"])
    try:
        return _download_once(request, settings, on_progress)
    except YtdlpError as error:
        wait = error.context.get("asked_wait_seconds") or settings.retry_wait_seconds
        if not _wants_fresh_link(error) or wait > FRESH_LINK_WAIT_SECONDS_MAX:
            raise
        time.sleep(wait)
    return _download_once(request, settings, on_progress)


def _wants_fresh_link(error: AppError) -> bool:
    refused = error.context.get("http_status") in STATUSES_WORTH_A_FRESH_LINK
    return refused and error.context.get("stage") == Stage.FILE


def _download_once(request: Json, settings: YtdlpSettings, on_progress: OnProgress) -> Json:
    watch = DownloadWatch(settings.file_bytes_max, settings.slowest_bytes, on_progress)
    with _Fetcher(settings, options_download(settings, into=Path(request["into"]))) as fetcher:
        fetcher.ydl.add_progress_hook(watch)
        info = fetcher.extract(request["url"], Stage.PAGE)
        if info.get("is_photo_post") or info.get("vcodec") == "none":
            raise PhotoPost(PhotoPost.sentence, hint=PhotoPost.remedy, video_id=info.get("id"))
        video = found_video(info, found_at=utc_now())  # before the file's own size replaces the post's
        watch.expect(info.get("filesize"))
        done = fetcher.fetch_file(info)
        path = next((item.get("filepath") for item in done.get("requested_downloads") or ()), None)
        if not path:
            raise NoCleanVersion(NoCleanVersion.sentence, hint=NoCleanVersion.remedy, video_id=info.get("id"))
        return {
            "path": path,
            "video": video.to_dict(),
            "format_id": done["format_id"],
            "expected_bytes": done.get("filesize") or watch.total_bytes,
            "width": done.get("width"),
            "height": done.get("height"),
        }


class _Fetcher:
    """One yt-dlp for one job, with our extractors in it; every failure leaves it as one of our situations."""

    def __init__(self, settings: YtdlpSettings, options: dict[str, Any]) -> None:
        self.when_seen: Callable[[int], None] = lambda _count: None
        self.promised_videos = 0
        self.site_code: int | None = None
        self._refusal: HTTPError | None = None
        self._seen = 0
        self._is_photo_post = False
        self.ydl = _RememberingYdl(options | {"cookiefile": _cookies(settings), "logger": _Quiet()}, self.refused)
        for extractor in (TikTokIE(), TikTokUserIE(), TikTokCollectionIE()):
            extractor.fetcher = self
            self.ydl.add_info_extractor(extractor)

    def __enter__(self) -> _Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self.ydl.close()

    def extract(self, url: str, stage: Stage) -> Info:
        return self._guarded(stage, lambda: self.ydl.extract_info(url, download=False))

    def fetch_file(self, info: Info) -> Info:
        self.site_code = self._refusal = None
        return self._guarded(Stage.FILE, lambda: self.ydl.process_ie_result(info, download=True))

    def refused(self, refusal: HTTPError) -> None:
        """The first refusal tells; the embedded page that yt-dlp asks for next is missing for many healthy accounts."""
        if self._refusal is None and "/embed/" not in refusal.response.url:
            self._refusal = refusal

    def saw_item(self, facts: Info) -> None:
        self._seen += 1
        self._is_photo_post = facts["is_photo_post"]
        self.when_seen(self._seen)

    def _guarded(self, stage: Stage, work: Callable[[], Info]) -> Info:
        try:
            return work()
        except yt_dlp.utils.YoutubeDLError as error:
            if self._is_photo_post and stage is not Stage.LISTING:
                raise PhotoPost(PhotoPost.sentence, hint=PhotoPost.remedy) from error  # without music it has no format
            raise classify(self._describe(error, stage)) from error

    def _describe(self, error: BaseException, stage: Stage) -> Failure:
        chain = list(_chain(error))
        refusal = next((link for link in chain if isinstance(link, HTTPError)), self._refusal)
        return Failure(
            stage=stage,
            kinds=frozenset(kind.__name__ for link in chain for kind in type(link).__mro__),
            text=str(error),
            http_status=refusal.status if refusal else None,
            site_code=self.site_code,
            errno=next((link.errno for link in chain if isinstance(link, OSError)), None),
            retry_after=refusal.response.headers.get("Retry-After") if refusal else None,
        )


class _RememberingYdl(yt_dlp.YoutubeDL):  # type: ignore[misc]  # yt-dlp has no types
    """Passes every refusal on: the account page is fetched "not fatally", so its status is lost otherwise."""

    def __init__(self, options: dict[str, Any], refused: Callable[[HTTPError], None]) -> None:
        self._refused = refused
        super().__init__(options)

    def urlopen(self, req: Any) -> Any:  # yt-dlp's request and response
        try:
            return super().urlopen(req)
        except HTTPError as refusal:
            self._refused(refusal)
            raise


class _Facts:
    """Mixed into the stock extractors: adds what they leave out and notes the site's own code for a failure."""

    fetcher: _Fetcher

    def _parse_aweme_video_web(self, aweme_detail: Info, *args: Any, **kwargs: Any) -> Info:  # yt-dlp's signature
        stock = super()._parse_aweme_video_web(aweme_detail, *args, **kwargs)  # type: ignore[misc]  # of the other base
        facts = facts_of_item(aweme_detail)
        self.fetcher.saw_item(facts)
        return {**stock, **facts}

    def _get_universal_data(self, webpage: str, display_id: str) -> Info:
        data: Info = super()._get_universal_data(webpage, display_id)  # type: ignore[misc]  # of the other base
        for scope in ("webapp.user-detail", "webapp.video-detail"):
            detail = data.get(scope) or {}
            self.fetcher.site_code = detail.get("statusCode") or self.fetcher.site_code
            stats = (detail.get("userInfo") or {}).get("stats") or {}
            self.fetcher.promised_videos = int(stats.get("videoCount") or 0) or self.fetcher.promised_videos
        return data


# yt-dlp derives an extractor's key from its class name, so these must be called as the stock ones are.
class TikTokIE(_Facts, StockVideo):  # type: ignore[misc]  # yt-dlp has no types
    pass


class TikTokUserIE(_Facts, StockUser):  # type: ignore[misc]  # yt-dlp has no types
    pass


class TikTokCollectionIE(_Facts, StockCollection):  # type: ignore[misc]  # yt-dlp has no types
    pass


class _Quiet:
    """Everything that yt-dlp says goes to standard error, where the parent keeps the last lines."""

    def debug(self, message: str) -> None:
        pass

    info = debug

    def warning(self, message: str) -> None:
        sys.stderr.write(f"{message}\n")

    error = warning


def _cookies(settings: YtdlpSettings) -> io.StringIO | None:
    """The cookies as text in memory: given a path, yt-dlp would write the operator's file anew at the end."""
    if not settings.cookies_file:
        return None
    try:
        return io.StringIO(settings.cookies_file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            "The cookies file cannot be read.",
            hint="Export cookies in Netscape format and give the file's full path in the setting `cookies_file`.",
        ) from error


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and everything that it wraps in yt-dlp's several ways."""
    todo: list[BaseException | None] = [error]
    seen: list[BaseException] = []
    while todo:
        link = todo.pop(0)
        if not isinstance(link, BaseException) or any(link is known for known in seen):
            continue
        seen.append(link)
        yield link
        wrapped = getattr(link, "exc_info", None) or (None, None, None)
        todo += [wrapped[1], getattr(link, "cause", None), link.__cause__]


if __name__ == "__main__":
    serve(handle)
