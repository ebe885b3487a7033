"""Files that are whole or not there."""

from __future__ import annotations

import hashlib
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from reposter.kit.errors import StorageExhausted
from reposter.kit.files import disk_full_as_error, free_bytes, move_into_place, sha256_of, write_atomic

SHARED_MEMORY = Path("/dev/shm")
"""Linux keeps a second file system there."""

WRITE_UNDER_A_LIMIT = """
import resource, signal, sys
from pathlib import Path
from reposter.kit.errors import StorageExhausted
from reposter.kit.files import write_atomic
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_atomic(Path(sys.argv[1]), bytes(5000))
except StorageExhausted as error:
    print(error.message)
"""


def test_a_written_file_has_its_bytes_its_mode_and_no_companions(tmp_path):
    file = tmp_path / "new" / "key"
    write_atomic(file, b"secret", mode=0o600)
    assert file.read_bytes() == b"secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_writing_again_replaces_the_whole_file(tmp_path):
    file = tmp_path / "file"
    write_atomic(file, b"long before")
    write_atomic(file, b"short")
    assert file.read_bytes() == b"short"


def test_a_full_disk_leaves_the_old_file_and_nothing_half_written(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"old")
    child = subprocess.run(
        [sys.executable, "-c", WRITE_UNDER_A_LIMIT, str(file)], capture_output=True, text=True, timeout=60
    )
    assert child.stdout == "The disk is full: file could not be written.\n", child.stderr
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_in_the_place_of_the_temporary_file_is_not_followed(tmp_path, monkeypatch):
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    monkeypatch.setattr("os.getpid", lambda: 4242)  # the name of the temporary file carries it
    (tmp_path / ".file.4242.part").symlink_to(victim)
    with pytest.raises(OSError, match="symbolic links"):
        write_atomic(tmp_path / "file", b"theirs")
    assert victim.read_bytes() == b"mine"


def test_a_finished_file_moves_to_its_final_name_and_replaces_what_was_there(tmp_path):
    temporary, final = tmp_path / "a.part", tmp_path / "2026" / "03" / "a.mp4"
    for content in (b"first", b"second"):
        temporary.write_bytes(content)
        move_into_place(temporary, final)
        assert final.read_bytes() == content
        assert not temporary.exists()
    assert list(final.parent.iterdir()) == [final]


@pytest.mark.skipif(not SHARED_MEMORY.is_dir(), reason="needs a second file system")
def test_a_file_from_another_disk_is_copied_beside_its_goal_first(tmp_path):
    temporary = SHARED_MEMORY / f"{tmp_path.name}-{id(tmp_path)}.part"
    temporary.write_bytes(b"far away")
    if temporary.stat().st_dev == tmp_path.stat().st_dev:
        temporary.unlink()
        pytest.skip("both folders lie on one file system here")
    move_into_place(temporary, tmp_path / "final")
    assert (tmp_path / "final").read_bytes() == b"far away"
    assert not temporary.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["final"]


def test_other_errors_of_the_system_pass_unchanged(tmp_path):
    with pytest.raises(FileNotFoundError), disk_full_as_error(tmp_path):
        (tmp_path / "missing").read_bytes()


@pytest.mark.parametrize("number", [28, 122, 27])
def test_every_way_to_say_full_is_storage_exhausted(tmp_path, number):
    with pytest.raises(StorageExhausted) as caught, disk_full_as_error(tmp_path / "x"):
        raise OSError(number, "full")
    assert str(tmp_path) in caught.value.hint


def test_the_checksum_is_sha256_over_all_chunks(tmp_path):
    data = bytes(range(256)) * 9000
    (tmp_path / "file").write_bytes(data)
    assert sha256_of(tmp_path / "file") == hashlib.sha256(data).hexdigest()


def test_room_is_told_for_a_folder_that_is_not_there_yet(tmp_path):
    assert free_bytes(tmp_path / "not" / "yet") > 0
