"""The situations that fetching from TikTok can end in.

AppError
├── SourceGone         permanent     the account does not exist or is banned
├── SourcePrivate      needs person  the account is private
├── SourceEmpty        permanent     the account has posted nothing (a listing answers with no videos instead)
├── VideoGone          permanent     the post is deleted or taken down
├── VideoWithheld      retry later   TikTok does not show the post here, or not yet
├── LoginNeeded        needs person  only for accounts that are logged in
├── PhotoPost          permanent     pictures or a live broadcast, no video
├── NoCleanVersion     permanent     only a watermarked file is offered
├── LinkRefused        permanent     not a link that this engine may open
├── FileTooLarge       permanent     more bytes than the limit
├── RateLimited        retry later   too many requests
├── AddressBlocked     retry later   TikTok refuses this machine's address
├── Challenged         retry later   TikTok asks for a proof; reported, never worked around
├── SiteChanged        retry later   an answer that yt-dlp does not understand
├── DownloadCut        retry later   the connection broke; the rest is fetched next time
└── FileRefused        retry later   the link to the file was refused twice
"""

from __future__ import annotations

from typing import ClassVar

from reposter.kit.errors import AppError, Verdict

AN_HOUR_SECONDS = 3600.0
UPGRADE_HINT = "Upgrade yt-dlp (`pip install -U yt-dlp`); TikTok changes its pages about once a month."
COOKIES_HINT = "Give Reposter the cookies of an account that may see it (setting `cookies_file`)."


class YtdlpError(AppError):
    """Shared shape: each situation brings its own sentence and remedy."""

    code = "fetch_failed"
    verdict = Verdict.RETRY_LATER
    sentence: ClassVar[str] = "The video could not be fetched."
    remedy: ClassVar[str] = UPGRADE_HINT
    wait_seconds: ClassVar[float | None] = None  # how long to wait where the site does not say


class SourceGone(YtdlpError):
    code = "source_gone"
    verdict = Verdict.PERMANENT
    sentence = "TikTok knows no account of this name; it was renamed, deleted or banned."
    remedy = "Check the name; if the account was renamed, add it under its new name."


class SourcePrivate(YtdlpError):
    code = "source_private"
    verdict = Verdict.NEEDS_PERSON
    sentence = "The account is private, so its videos cannot be listed."
    remedy = COOKIES_HINT


class SourceEmpty(YtdlpError):
    code = "source_empty"
    verdict = Verdict.PERMANENT
    sentence = "The account has not posted any videos."
    remedy = "Nothing to do; new videos are found by the next scan."


class VideoGone(YtdlpError):
    code = "video_gone"
    verdict = Verdict.PERMANENT
    sentence = "The video no longer exists on TikTok; it was deleted or taken down."
    remedy = "Nothing to do; if you have the original file, import it."


class VideoWithheld(YtdlpError):
    code = "video_withheld"
    sentence = "TikTok does not show this video here: it is gone, under review or closed to this region."
    remedy = "It is tried again later. If it opens in your browser, fetch through a proxy in your region."
    wait_seconds = AN_HOUR_SECONDS


class LoginNeeded(YtdlpError):
    code = "login_needed"
    verdict = Verdict.NEEDS_PERSON
    sentence = "TikTok shows this only to accounts that are logged in."
    remedy = COOKIES_HINT


class PhotoPost(YtdlpError):
    code = "photo_post"
    verdict = Verdict.PERMANENT
    sentence = "The post has pictures or a broadcast but no video file."
    remedy = "Nothing to do; Reposter handles videos only."


class NoCleanVersion(YtdlpError):
    code = "no_clean_version"
    verdict = Verdict.PERMANENT
    sentence = "TikTok offers this video without a clean, playable file."
    remedy = "Import the original file, or switch another download service on."


class LinkRefused(YtdlpError):
    code = "link_refused"
    verdict = Verdict.PERMANENT
    sentence = "This link does not lead to a TikTok account or video."
    remedy = "Use a link such as https://www.tiktok.com/@name/video/7500000000000000000."


class FileTooLarge(YtdlpError):
    code = "file_too_large"
    verdict = Verdict.PERMANENT
    sentence = "The file is larger than the limit for downloads."
    remedy = "This version does not fetch files of this size."


class RateLimited(YtdlpError):
    code = "rate_limited"
    sentence = "TikTok asks for fewer requests."
    remedy = "Nothing to do; it is tried again later. If it happens often, scan less often."
    wait_seconds = 600.0


class AddressBlocked(YtdlpError):
    code = "address_blocked"
    sentence = "TikTok refuses requests from this machine's address."
    remedy = "Wait, scan less often, or fetch through another connection (setting `proxy`)."
    wait_seconds = AN_HOUR_SECONDS


class Challenged(YtdlpError):
    code = "challenged"
    sentence = "TikTok asks for a proof that a person is there. Reposter reports this and does not work around it."
    remedy = f"Wait and scan less often. {COOKIES_HINT}"
    wait_seconds = AN_HOUR_SECONDS


class SiteChanged(YtdlpError):
    code = "site_changed"
    sentence = "TikTok answered with something that yt-dlp does not understand; its pages have probably changed."
    wait_seconds = AN_HOUR_SECONDS


class DownloadCut(YtdlpError):
    code = "download_cut"
    sentence = "The connection broke before the file was complete."
    remedy = "Nothing to do; the next try goes on where this one ended."


class FileRefused(YtdlpError):
    code = "file_refused"
    sentence = "TikTok refused the link to the file twice, although it had just given it out."
    remedy = f"It is tried again later. If it stays so: {UPGRADE_HINT}"
    wait_seconds = 600.0
