"""What is fetched is checked, the next service steps in, and every failure is on record."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reposter.acquire.download.errors import NoDownloader, NotAVideo, Truncated
from reposter.acquire.download.ports import Download, Downloader, OnProgress
from reposter.acquire.download.service import Attempt, fetch_original
from reposter.acquire.download.verify import verify_download
from reposter.kit.errors import AppError, ChildFailed, StorageExhausted, VendorUnavailable, Verdict
from reposter.vocabulary.media import MediaInfo, VideoInfo

URL = "https://www.tiktok.com/@creator.one/video/7500000000000000001"
MP4 = b"\x00\x00\x00\x18ftypmp42" + b"x" * 1_000


class Unreadable(AppError):
    code = "unreadable_in_test"


class Gone(AppError):
    code = "gone_in_test"


class PersonNeeded(AppError):
    code = "person_needed_in_test"
    verdict = Verdict.NEEDS_PERSON


def verify(path: Path) -> MediaInfo:
    """Twin of the media bench: what begins like an mp4 is 45 seconds of video."""
    if b"ftyp" not in path.read_bytes()[:16]:
        raise Unreadable("It has no video in it.")
    return MediaInfo("mp4", 45.0, path.stat().st_size, VideoInfo("h264", 720, 1280, 30.0, 1350, "yuv420p"), None)


@dataclass
class FixedDownloader:
    """Twin of a download service: leaves `body` or fails."""

    name: str
    body: bytes = MP4
    error: AppError | None = None
    announced: int | None = len(MP4)
    is_watermarked: bool = False
    calls: list[Path] = field(default_factory=list)

    def fetch(self, url: str, into: Path, on_progress: OnProgress | None = None) -> Download:
        self.calls.append(into)
        if self.error:
            raise self.error
        into.mkdir(parents=True, exist_ok=True)
        path = into / "video.mp4"
        path.write_bytes(self.body)
        if on_progress:
            on_progress({"downloaded_bytes": len(self.body)})
        return Download(path, "h264_720p", self.is_watermarked, self.announced, 45.0)


def fetch(tmp_path: Path, *downloaders: Downloader, on_progress: OnProgress | None = None):
    return fetch_original(URL, downloaders=downloaders, into=tmp_path, verify=verify, on_progress=on_progress)


def test_the_first_service_that_delivers_ends_the_search(tmp_path):
    second = FixedDownloader("second")
    original = fetch(tmp_path, FixedDownloader("first", is_watermarked=True), second)
    assert (original.service, original.format_id, original.is_watermarked) == ("first", "h264_720p", True)
    assert original.sha256 == hashlib.sha256(MP4).hexdigest()
    assert original.path.read_bytes() == MP4
    assert (original.attempts, second.calls) == ((), [])


def test_the_next_service_steps_in_and_the_failure_is_on_record(tmp_path):
    original = fetch(
        tmp_path, FixedDownloader("first", error=VendorUnavailable("It is down.")), FixedDownloader("second")
    )
    assert original.service == "second"
    assert original.attempts == (Attempt("first", "vendor_unavailable", "It is down."),)


@pytest.mark.parametrize(
    "page", [b"<!DOCTYPE html><p>Hello", b"\n\n <html>", b"\xef\xbb\xbf<HTML><body>", b"<!-- x --><html>"]
)
def test_a_page_served_as_mp4_is_refused_and_deleted_and_the_next_service_steps_in(tmp_path, page):
    original = fetch(tmp_path, FixedDownloader("first", body=page, announced=None), FixedDownloader("second"))
    assert original.attempts[0].code == "not_a_video"
    assert "web page" in original.attempts[0].sentence
    assert not (tmp_path / "first" / "video.mp4").exists()


def test_a_page_is_called_a_page_even_when_its_length_is_wrong_too(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"<html>login</html>")
    with pytest.raises(NotAVideo, match="web page"):
        verify_download(tmp_path / "a.mp4", expected_bytes=10**6, expected_duration=None, verify=verify)


@pytest.mark.parametrize(("body", "words"), [(b"", "empty"), (b'{"code":-1}', "message"), (b"\x00" * 50, "played")])
def test_whatever_else_is_no_video_is_refused(tmp_path, body, words):
    (tmp_path / "a.mp4").write_bytes(body)
    with pytest.raises(NotAVideo, match=words) as refused:
        verify_download(tmp_path / "a.mp4", expected_bytes=None, expected_duration=None, verify=verify)
    assert refused.value.verdict is Verdict.RETRY_LATER


def test_a_file_of_another_size_than_announced_is_truncated(tmp_path):
    (tmp_path / "a.mp4").write_bytes(MP4)
    for announced in (len(MP4) + 1, len(MP4) - 1):
        with pytest.raises(Truncated, match="were announced"):
            verify_download(tmp_path / "a.mp4", expected_bytes=announced, expected_duration=None, verify=verify)


@pytest.mark.parametrize(
    ("announced", "is_whole"),
    [(None, True), (45.9, True), (44, True), (47, True), (48, False), (42, False), (30, False)],
)
def test_the_duration_may_differ_by_a_second_or_five_percent(tmp_path, announced, is_whole):
    (tmp_path / "a.mp4").write_bytes(MP4)

    def check() -> MediaInfo:
        return verify_download(tmp_path / "a.mp4", expected_bytes=None, expected_duration=announced, verify=verify)

    if is_whole:
        assert check().duration_seconds == 45
    else:
        with pytest.raises(Truncated, match=r"45\.0 s long"):
            check()


def test_a_check_that_could_not_be_made_does_not_condemn_the_file(tmp_path):
    def overloaded(_path: Path) -> MediaInfo:
        raise ChildFailed("media.child took longer than 60 s.")

    (tmp_path / "a.mp4").write_bytes(MP4)
    with pytest.raises(ChildFailed):
        verify_download(tmp_path / "a.mp4", expected_bytes=None, expected_duration=None, verify=overloaded)


def test_when_all_fail_the_error_that_leaves_hope_is_raised_with_all_attempts(tmp_path):
    gone, person, down = Gone("Gone."), PersonNeeded("Log in."), VendorUnavailable("Down.")
    services = [FixedDownloader(str(n), error=error) for n, error in enumerate((gone, person, down))]
    with pytest.raises(VendorUnavailable) as failed:
        fetch(tmp_path, *services)
    assert [attempt["code"] for attempt in failed.value.context["attempts"]] == [gone.code, person.code, down.code]
    with pytest.raises(PersonNeeded):
        fetch(tmp_path, *services[:2])


def test_a_full_disk_is_not_answered_by_trying_the_next_service(tmp_path):
    second = FixedDownloader("second")
    with pytest.raises(StorageExhausted):
        fetch(tmp_path, FixedDownloader("first", error=StorageExhausted("Full.")), second)
    assert not second.calls


def test_every_service_has_its_own_folder(tmp_path):
    first, second = FixedDownloader("first", error=Gone("Gone.")), FixedDownloader("second")
    fetch(tmp_path, first, second)
    assert [first.calls, second.calls] == [[tmp_path / "first"], [tmp_path / "second"]]


def test_cancelling_goes_through_and_tries_nothing_else(tmp_path):
    class Cancelled(Exception):
        pass

    def cancel(_progress: dict) -> None:
        raise Cancelled

    second = FixedDownloader("second")
    with pytest.raises(Cancelled):
        fetch(tmp_path, FixedDownloader("first"), second, on_progress=cancel)
    assert not second.calls


def test_no_service_at_all_needs_a_person(tmp_path):
    with pytest.raises(NoDownloader):
        fetch(tmp_path)
