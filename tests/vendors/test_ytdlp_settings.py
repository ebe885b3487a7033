"""How yt-dlp is set up, and what is told of a running download."""

from __future__ import annotations

from pathlib import Path

import pytest

from reposter.vendors.ytdlp.errors import DownloadCut, FileTooLarge
from reposter.vendors.ytdlp.options import (
    YtdlpSettings,
    child_environment,
    options_common,
    options_download,
    options_listing,
)
from reposter.vendors.ytdlp.progress import DownloadWatch


class HandClock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_only_tiktoks_own_extractors_may_open_a_link():
    expected = ["TikTok", "tiktok:user", "tiktok:collection", "vm.tiktok"]
    assert options_common(YtdlpSettings())["allowed_extractors"] == expected


def test_no_proxy_of_the_environment_is_used():
    assert options_common(YtdlpSettings())["proxy"] == ""
    assert options_common(YtdlpSettings(proxy="http://127.0.0.1:1"))["proxy"] == "http://127.0.0.1:1"


def test_a_certificate_authority_replaces_the_built_in_ones_for_all_three_libraries():
    settings = YtdlpSettings(ca_file=Path("/ca.pem"))
    names = {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"}
    assert {name for name, value in child_environment(settings).items() if value == "/ca.pem"} == names
    assert options_common(settings)["compat_opts"] == {"no-certifi"}
    assert not names & set(child_environment(YtdlpSettings()))


def test_nothing_of_ours_turns_certificate_checking_off():
    settings = YtdlpSettings(ca_file=Path("/ca.pem"))
    for options in (options_listing(settings, limit=5), options_download(settings, into=Path("/x"))):
        assert "nocheckcertificate" not in options


def test_settings_survive_the_way_to_the_child():
    settings = YtdlpSettings(proxy="http://p", ca_file=Path("/ca"), cookies_file=Path("/c"), sleep_seconds=(1, 2.5))
    assert YtdlpSettings.from_dict(settings.to_dict()) == settings


def test_progress_is_told_at_most_four_times_a_second_and_at_the_end():
    told, clock = [], HandClock()
    watch = DownloadWatch(10**9, 1, told.append, clock)
    for tick in range(100):  # five seconds
        clock.seconds = tick * 0.05
        watch({"status": "downloading", "downloaded_bytes": tick * 1000, "total_bytes": 100_000, "speed": 20_000.0})
    watch({"status": "finished", "downloaded_bytes": 100_000, "total_bytes": 100_000})
    assert 15 <= len(told) <= 22
    assert set(told[0]) == {"downloaded_bytes", "total_bytes", "speed_bytes_per_second", "eta_seconds"}
    assert told[-1]["downloaded_bytes"] == 100_000


def test_a_file_beyond_the_limit_is_stopped_declared_or_not():
    with pytest.raises(FileTooLarge, match="2,000"):
        DownloadWatch(1_000, 1, lambda _: None)({"downloaded_bytes": 1, "total_bytes": 2_000})
    with pytest.raises(FileTooLarge):
        DownloadWatch(1_000, 1, lambda _: None)({"downloaded_bytes": 1_001, "total_bytes": None})
    with pytest.raises(FileTooLarge):
        DownloadWatch(1_000, 1, lambda _: None).expect(1_001)


def test_a_download_that_crawls_for_a_minute_is_given_up():
    clock = HandClock()
    watch = DownloadWatch(10**9, 8_000, lambda _: None, clock)
    for seconds, done in ((0, 0), (59, 1_000), (60, 480_001), (119, 490_000)):
        clock.seconds = seconds
        watch({"downloaded_bytes": done})
    clock.seconds = 121
    with pytest.raises(DownloadCut, match="slower"):
        watch({"downloaded_bytes": 490_001})
