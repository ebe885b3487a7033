"""The real yt-dlp lists and downloads from the pretend site, certificates checked, nothing patched."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pretend_site import TECHGURU, Site

from reposter.acquire.discovery.errors import KindNotSupported
from reposter.acquire.discovery.filters import judge, parse_filters
from reposter.acquire.discovery.ytdlp import YtdlpReader
from reposter.acquire.sources.rules import parse_link, parse_source
from reposter.kit.clock import utc_now
from reposter.kit.errors import AppError, InvalidInput, VendorUnavailable
from reposter.kit.files import sha256_of
from reposter.vendors.ytdlp import client, errors
from reposter.vocabulary.source import SourceKind


def new_requests(site: Site, before: list[dict[str, Any]]) -> list[str]:
    return [request["endpoint"] for request in site.requests() if request["n"] > max(r["n"] for r in before)]


def test_the_version_that_runs_can_be_shown():
    assert client.version().count(".") >= 2


def test_an_account_is_listed_newest_first_with_all_facts_at_one_request_per_15(site):
    before, told = [*site.requests(), {"n": 0}], []
    videos = site.reader.list_videos(TECHGURU, limit=12, on_progress=told.append)
    assert new_requests(site, before) == ["site.user", "site.listing"]
    assert len(videos) == 12
    assert [video.uploaded_at for video in videos] == sorted((video.uploaded_at for video in videos), reverse=True)
    assert told and all(set(progress) == {"found"} for progress in told)
    video = site.clip
    assert video.author == "@techguru123"
    assert video.url == f"https://www.tiktok.com/@techguru123/video/{video.video_id}"
    assert video.hashtags and all(tag.startswith("#") for tag in video.hashtags)
    assert video.stats.views and video.stats.saves is not None and video.duration_seconds
    assert (video.quality, bool(video.thumbnail_url), bool(video.author_sec_uid)) == ("720p", True, True)


def test_the_usual_filters_leave_the_videos_that_are_wanted(site):
    filters = parse_filters({"minViews": 1, "maxAge": "7d", "videoQuality": "720p+"})
    judged = [judge(video, filters, utc_now()) for video in site.videos]
    assert {judgement.rule for judgement in judged} == {None, "max_age", "min_quality", "is_video"}


@pytest.mark.parametrize(
    ("name", "situation"), [("@quiet.garden", errors.SourcePrivate), ("@nobody.here", errors.SourceGone)]
)
def test_an_account_that_cannot_be_listed_says_why(site, name, situation):
    with pytest.raises(situation):
        site.reader.list_videos(parse_source("username", name), limit=5)


@pytest.mark.parametrize("kind", ["hashtag", "trending"])
def test_kinds_that_yt_dlp_cannot_list_are_refused_truthfully(kind):
    source = parse_source(kind, "US")
    assert SourceKind(kind) not in YtdlpReader().capability
    with pytest.raises(KindNotSupported, match="No engine that is switched on") as refused:
        YtdlpReader().list_videos(source, limit=5)
    assert "reposter fetch" in refused.value.hint


LISTING_FAULTS = [
    ("site.user", "rate-limited", {}, errors.RateLimited),
    ("site.user", "status-before", {"status": 403}, errors.AddressBlocked),
    ("site.listing", "empty", {}, errors.SiteChanged),
]


@pytest.mark.parametrize(("endpoint", "kind", "details", "situation"), LISTING_FAULTS)
def test_trouble_while_listing_is_told_apart(site, endpoint, kind, details, situation):
    site.fault(endpoint, kind, **details)
    with pytest.raises(situation):
        site.reader.list_videos(TECHGURU, limit=5)


def test_a_link_is_looked_up_short_or_long(site):
    long = site.reader.look_up(parse_link(site.clip.url))
    short = site.reader.look_up(parse_link(f"https://vm.tiktok.com/Z{site.clip.video_id}/"))
    assert long.video_id == short.video_id == site.clip.video_id
    assert long.hashtags == site.clip.hashtags


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "file:///etc/passwd"])
def test_no_link_reaches_anything_but_tiktok(site, url):
    before = site.requests()
    with pytest.raises(errors.LinkRefused):
        client.look_up(url, settings=site.settings)
    assert len(site.requests()) == len(before)


def test_a_video_comes_clean_whole_and_byte_for_byte(site, tmp_path):
    told: list[dict[str, Any]] = []
    file = client.download(site.clip.url, tmp_path, settings=site.settings, on_progress=told.append)
    drawn = {sha256_of(path) for path in (site.folder / "footage").glob("*-clean.mp4")}
    assert sha256_of(file.path) in drawn
    assert not file.is_watermarked and file.format_id.startswith("h264_720p")
    assert file.expected_bytes == file.path.stat().st_size == told[-1]["downloaded_bytes"]
    assert set(told[-1]) == {"downloaded_bytes", "total_bytes", "speed_bytes_per_second", "eta_seconds"}
    assert (file.info.video_id, file.info.hashtags) == (site.clip.video_id, site.clip.hashtags)


def test_fetching_twice_asks_the_file_server_once(site, tmp_path):
    first = site.fetch(tmp_path)
    before = site.requests()
    assert site.fetch(tmp_path) == first
    assert new_requests(site, before) == ["site.video"]


def test_a_page_served_as_mp4_is_refused_and_the_next_try_gets_the_video(site, tmp_path):
    site.fault("cdn", "html")
    with pytest.raises(AppError, match="web page") as refused:
        site.fetch(tmp_path)
    assert refused.value.code == "not_a_video"
    assert refused.value.context["attempts"][0]["service"] == "yt-dlp"
    assert site.fetch(tmp_path).info.video.codec == "h264"


def test_a_file_cut_once_is_continued_and_whole(site, tmp_path):
    site.fault("cdn", "cut", bytes=40_000)
    before = site.requests()
    original = site.fetch(tmp_path)
    assert original.path.stat().st_size > 40_000
    ranges = [r["range"] for r in site.requests() if r["n"] > before[-1]["n"] and r["endpoint"] == "cdn"]
    assert ranges[0] in ("", None)
    assert ranges[1].startswith("bytes=") and ranges[1] != "bytes=0-"


def test_a_file_cut_every_time_leaves_a_part_that_the_next_try_continues(site, tmp_path):
    site.fault("cdn", "cut", bytes=30_000, times=3)
    with pytest.raises(errors.DownloadCut):
        site.fetch(tmp_path)
    assert [path.suffix for path in tmp_path.rglob("*") if path.is_file()] == [".part"]
    original = site.fetch(tmp_path)
    assert sha256_of(original.path) == original.sha256
    assert site.requests()[-1]["range"].startswith("bytes=")


@pytest.mark.parametrize("status", [403, 429])
def test_a_refused_file_link_is_asked_for_anew_once(site, tmp_path, status):
    site.fault("cdn", "status-before", status=status)
    before = site.requests()
    assert site.fetch(tmp_path).sha256
    assert new_requests(site, before) == ["site.video", "cdn", "site.video", "cdn"]


@pytest.mark.parametrize(("status", "situation"), [(403, errors.FileRefused)])
def test_a_file_link_refused_twice_is_left_alone(site, tmp_path, status, situation):
    site.fault("cdn", "status-before", status=status, times=-1)
    before = site.requests()
    with pytest.raises(situation):
        site.fetch(tmp_path)
    assert new_requests(site, before).count("cdn") == 2


DOWNLOAD_FAULTS = [
    ("site.video", "status-before", {"status": 403}, errors.AddressBlocked),
    ("site.video", "rate-limited", {}, errors.RateLimited),
    ("site.video", "lost-request", {}, VendorUnavailable),
    ("cdn", "status-before", {"status": 503, "times": -1}, VendorUnavailable),
    ("cdn", "empty", {}, errors.DownloadCut),
]


@pytest.mark.parametrize(("endpoint", "kind", "details", "situation"), DOWNLOAD_FAULTS)
def test_trouble_while_downloading_is_told_apart(site, tmp_path, endpoint, kind, details, situation):
    site.fault(endpoint, kind, **details)
    with pytest.raises(situation):
        site.fetch(tmp_path)


@pytest.mark.parametrize(("code", "situation"), [(10222, errors.LoginNeeded), (10204, errors.VideoWithheld)])
def test_a_video_that_is_not_shown_says_why(site, tmp_path, code, situation):
    site.order("videos", {"video_id": site.clip.video_id, "status_code": code})
    try:
        with pytest.raises(situation):
            site.fetch(tmp_path)
    finally:
        site.order("videos", {"video_id": site.clip.video_id, "status_code": 0})


def test_a_photo_post_is_described_but_not_fetched(site, tmp_path):
    photos = next(video for video in site.videos if video.is_photo_post)
    assert site.reader.look_up(parse_link(photos.url)).is_photo_post
    with pytest.raises(errors.PhotoPost):
        site.fetch(tmp_path, photos.url)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_certificates_are_checked(site, tmp_path):
    with pytest.raises(VendorUnavailable, match="not trusted"):
        site.fetch(tmp_path, ca_file=None)


def test_a_dead_proxy_is_not_silently_gone_around(site, tmp_path):
    with pytest.raises(VendorUnavailable):
        site.fetch(tmp_path, proxy="http://127.0.0.1:9")


def test_cookies_are_read_and_the_file_is_left_as_it_was(site, tmp_path):
    cookies = tmp_path / "cookies.txt"
    text = "# Netscape HTTP Cookie File\n.tiktok.com\tTRUE\t/\tTRUE\t4102444800\tsessionid\tx\n"
    cookies.write_text(text, "utf-8")
    assert site.fetch(tmp_path / "into", cookies_file=cookies).sha256
    assert cookies.read_text("utf-8") == text
    with pytest.raises(InvalidInput, match="cookies"):
        site.fetch(tmp_path, cookies_file=tmp_path / "missing.txt")


def test_cancelling_ends_the_child_and_keeps_what_came(site, tmp_path):
    class Cancelled(Exception):
        pass

    def cancel(_progress: dict[str, Any]) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        client.download(
            site.clip.url, tmp_path, settings=replace(site.settings, rate_limit_bytes=100_000), on_progress=cancel
        )
    assert [path.suffix for path in tmp_path.iterdir()] == [".part"]
