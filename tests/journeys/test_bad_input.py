"""What a person may get wrong at the command line: one sentence, one hint, an exit code, and nothing changed."""

from __future__ import annotations

import os
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from showing import processes_on

REPOSTER = (sys.executable, "-m", "reposter")
SECONDS_MAX = 60
FULL_AT_BYTES = 16_384

Run = subprocess.CompletedProcess[str]


def run(*words: object, file_bytes_max: int | None = None, **environment: str) -> Run:
    """`reposter WORDS…`; with `file_bytes_max` no file of it grows longer, as on a disk that fills up."""
    confine = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes_max,) * 2)) if file_bytes_max else None
    return subprocess.run(
        [*REPOSTER, *(str(word) for word in words)],
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        env={**os.environ, **environment},
        preexec_fn=confine,  # only setrlimit runs there
    )


def assert_refused(done: Run, said: str, hint: str) -> None:
    assert done.returncode != 0
    assert done.stdout == ""
    assert "Traceback" not in done.stderr, done.stderr
    lines = done.stderr.splitlines()
    assert [line.split(":")[0].strip() for line in lines] == ["Error", "hint"], done.stderr
    assert said in lines[0], lines[0]
    assert hint in lines[1], lines[1]


@pytest.fixture(scope="module")
def used_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one source in it."""
    folder = tmp_path_factory.mktemp("used") / "data"
    assert run("source", "add", "@techguru123", "--rights", "own", "--data-dir", folder).returncode == 0
    return folder


@pytest.fixture
def data_dir(used_folder: Path, tmp_path: Path) -> Path:
    return shutil.copytree(used_folder, tmp_path / "data")


def rows(data_dir: Path) -> list[str]:
    """Everything the product knows, as SQL."""
    connection = sqlite3.connect(data_dir / "storage" / "database.sqlite")
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return [line for line in connection.iterdump() if line.startswith("INSERT")]
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        (["not a name!"], "not a name!", "@techguru123"),
        (["https://www.youtube.com/@techguru123"], "youtube.com", "@techguru123"),
        (["@other", "--cron", "0 0 30 2 *"], "0 0 30 2 *", "Check the day"),
        (["@other", "--cron", "every day"], "every day", "five fields"),
        (["@other", "--frequency", "1_seconds"], "too often", "longer"),
        (["@other", "--zone", "Mars/Olympus"], "Mars/Olympus", "Europe"),
        (["@other", "--filters", "{"], "no JSON", "minViews"),
        (["@other", "--filters", "[1]"], "no JSON object", "minViews"),
        (["@other", "--filters", '{"minViewz": 1}'], "minViewz", "Known filters"),
        (["@other", "--rights", "mine"], "'mine'", "own, licensed"),
        (["@techguru123"], "@techguru123", ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_source_that_cannot_be_watched(data_dir: Path, words: list[str], said: str, hint: str) -> None:
    before = rows(data_dir)
    assert_refused(run("source", "add", *words, "--data-dir", data_dir), said, hint)
    assert rows(data_dir) == before


def test_a_text_in_place_of_a_video(tmp_path: Path) -> None:
    source, output = tmp_path / "notes.mp4", tmp_path / "out.mp4"
    source.write_text("This is no film. " * 500)
    assert_refused(run("process", source, "-o", output), "notes.mp4", "")
    assert sorted(tmp_path.iterdir()) == [source]
    assert source.read_text().startswith("This is no film.")


def test_a_port_that_somebody_else_has(data_dir: Path) -> None:
    before = rows(data_dir)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = run("up", "--data-dir", data_dir, "--port", port)
    assert_refused(done, f"Port {port} on 127.0.0.1", "--port")
    assert rows(data_dir) == before
    assert processes_on(data_dir) == []


def test_a_second_up_on_the_same_folder_names_the_first_ones_process(data_dir: Path) -> None:
    first = subprocess.Popen(
        [*REPOSTER, "up", "--data-dir", str(data_dir), "--port", "0"], stderr=subprocess.PIPE, text=True
    )
    try:
        assert any("dashboard" in line for line in first.stderr), "the first one did not come up"
        assert_refused(run("up", "--data-dir", data_dir, "--port", "0"), f"process {first.pid}", "--data-dir")
        assert first.poll() is None, "the first one goes on"
    finally:
        first.terminate()
        first.communicate(timeout=SECONDS_MAX)
    assert first.returncode == 0


@pytest.mark.parametrize("words", [["up", "--port", "0"], ["source", "list"], ["demo", "--headless"]], ids=" ".join)
def test_a_data_folder_that_cannot_be_written(tmp_path: Path, words: list[str]) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("no folder")
    assert_refused(run(*words, "--data-dir", in_the_way / "data"), str(in_the_way), "--data-dir")
    assert in_the_way.read_text() == "no folder"


UNKNOWN_SETTINGS = {
    "a file": lambda folder: (folder / "config" / "reposter.toml").write_text("[publishing]\nposts_per_houre = 3\n"),
    "a broken file": lambda folder: (folder / "config" / "reposter.toml").write_text("[publishing\n"),
}


@pytest.mark.parametrize("words", [["up", "--port", "0"], ["source", "list"]], ids=" ".join)
@pytest.mark.parametrize("place", UNKNOWN_SETTINGS)
def test_a_setting_in_a_file_that_does_not_exist(data_dir: Path, words: list[str], place: str) -> None:
    write: Callable[[Path], object] = UNKNOWN_SETTINGS[place]
    write(data_dir)
    said = "posts_per_houre" if place == "a file" else "reposter.toml"
    assert_refused(run(*words, "--data-dir", data_dir), said, "")


@pytest.mark.parametrize("words", [["up", "--port", "0"], ["source", "list"]], ids=" ".join)
def test_a_setting_in_the_environment_that_does_not_exist(data_dir: Path, words: list[str]) -> None:
    done = run(*words, "--data-dir", data_dir, REPOSTER_PUBLISHING__POSTS_PER_HOURE="3")
    assert_refused(done, "posts_per_houre", "docs/settings.md")


def test_a_full_disk_while_a_source_is_added(data_dir: Path) -> None:
    before = rows(data_dir)
    done = run("source", "add", "@other", "--data-dir", data_dir, file_bytes_max=FULL_AT_BYTES)
    assert_refused(done, "full", "Free some space")
    assert rows(data_dir) == before
    assert run("source", "add", "@other", "--data-dir", data_dir).returncode == 0, "with room again it works"


def test_a_full_disk_while_a_video_is_processed(tmp_path: Path, clip: Path) -> None:
    output = tmp_path / "out.mp4"
    output.write_bytes(b"the result of yesterday")
    before = clip.read_bytes()
    done = run("process", clip, "-o", output, "--rights", "own", file_bytes_max=FULL_AT_BYTES)
    assert_refused(done, "full", "Free some space")
    assert output.read_bytes() == b"the result of yesterday"
    assert clip.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"out.mp4"}, "nothing half-made is left"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from reposter_sandbox.footage.encode import RENDITIONS, Clip, encode_clip  # draws for a second, for one test

    path = tmp_path_factory.mktemp("clip") / "in.mp4"
    encode_clip(Clip(5, 7, "techguru123"), RENDITIONS["clean"], path)
    return path
