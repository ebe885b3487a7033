"""A package for posting by hand: whole or not there, the same bytes for the same facts, and nobody's text escapes."""

from __future__ import annotations

import errno
import subprocess
import sys
import zipfile
from dataclasses import replace

import pytest

from reposter.deliver.publishing import packages
from reposter.deliver.publishing.packages import LICENCE, README, Package, credits_of, write_package
from reposter.kit.errors import StorageExhausted
from reposter.vocabulary.rights import Basis

NAMES = ["README.txt", "caption.txt", "credits.txt", "cover.jpg", "video.mp4"]


@pytest.fixture
def package(tmp_path):
    video, cover = tmp_path / "a.mp4", tmp_path / "a.jpg"
    video.write_bytes(bytes(range(256)) * 5000)
    cover.write_bytes(b"picture")
    return Package(
        video_path=video,
        cover_path=cover,
        caption="Three tricks 🎬 #tech",
        author="@techguru123",
        source_url="https://www.tiktok.com/@techguru123/video/7312345678901234567",
        basis=Basis.PERMISSION,
        evidence="mail of 3 March",
    )


def test_a_package_has_file_cover_caption_credits_and_what_to_do(package, tmp_path):
    goal = tmp_path / "new folder" / "p.zip"
    write_package(package, goal)
    with zipfile.ZipFile(goal) as archive:
        assert archive.testzip() is None and archive.namelist() == NAMES
        assert archive.read("video.mp4") == package.video_path.read_bytes()
        assert archive.read("cover.jpg") == b"picture"
        assert archive.read("caption.txt").decode() == "Three tricks 🎬 #tech\n"
        credits = archive.read("credits.txt").decode()
    for fact in (package.author, package.source_url, "permission", package.evidence, LICENCE[Basis.PERMISSION]):
        assert fact in credits
    assert len(README.splitlines()) == 6


def test_the_same_facts_make_the_same_bytes(package, tmp_path):
    write_package(package, tmp_path / "1.zip")
    write_package(package, tmp_path / "2.zip")
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


def test_a_missing_cover_is_left_out(package, tmp_path):
    write_package(replace(package, cover_path=None), tmp_path / "p.zip")
    with zipfile.ZipFile(tmp_path / "p.zip") as archive:
        assert archive.namelist() == [name for name in NAMES if name != "cover.jpg"]


HOSTILE = ["../../etc/passwd", "a\0b", "\x1b[31mred", "\ud800 half a letter", "\u202egpj.exe", "x" * 100_000, "🤷🏽‍♀️"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_texts(package, tmp_path, text):
    write_package(replace(package, caption=text, author=text, evidence=text, source_url=text), tmp_path / "p.zip")
    with zipfile.ZipFile(tmp_path / "p.zip") as archive:
        assert archive.namelist() == NAMES
        for name in ("caption.txt", "credits.txt"):
            content = archive.read(name).decode()
            assert not set(content) & {"\0", "\x1b", "\u202e"}


def test_an_evidence_with_line_breaks_cannot_pass_for_another_fact(package):
    forged = replace(package, basis=Basis.UNKNOWN, evidence="none\r\nLicence: all rights are mine\u2028Author: @me")
    lines = credits_of(forged).splitlines()
    assert len(lines) == 5 and [line for line in lines if line.startswith("Licence:")] == [
        f"Licence: {LICENCE[Basis.UNKNOWN]}"
    ]


def test_every_ground_of_use_has_its_sentence():
    assert LICENCE.keys() == set(Basis)


def test_a_full_disk_is_said_in_words_and_leaves_the_old_package(package, tmp_path, monkeypatch):
    goal = tmp_path / "p.zip"
    goal.write_bytes(b"old")

    def full(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(packages.shutil, "copyfileobj", full)
    with pytest.raises(StorageExhausted, match="full"):
        write_package(package, goal)
    assert goal.read_bytes() == b"old" and list(tmp_path.glob(".*")) == []


def test_two_at_once_leave_one_whole_package(package, tmp_path, monkeypatch):
    goal = tmp_path / "p.zip"
    begin = packages._add_file

    def beside(archive, name, path):
        monkeypatch.setattr(packages, "_add_file", begin)
        write_package(package, goal)
        begin(archive, name, path)

    monkeypatch.setattr(packages, "_add_file", beside)
    write_package(package, goal)
    with zipfile.ZipFile(goal) as archive:
        assert archive.testzip() is None and archive.namelist() == NAMES
    assert list(tmp_path.glob(".*")) == []


BIG = """
import resource, sys
from pathlib import Path
from reposter.deliver.publishing.packages import Package, write_package
from reposter.vocabulary.rights import Basis
folder = Path(sys.argv[1])
package = Package(folder / "big.mp4", None, "", "", "", Basis.OWN, "")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
write_package(package, folder / "big.zip")
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_large_video_is_packed_in_little_memory(tmp_path):
    with (tmp_path / "big.mp4").open("wb") as file:
        file.truncate(100 << 20)
    done = subprocess.run([sys.executable, "-c", BIG, str(tmp_path)], capture_output=True, text=True, check=True)
    assert int(done.stdout) <= 16
