"""A memory file comes back as it was, and nothing that is put in its place does harm."""

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from teaching import SIZE, taught

from reposter.craft.watermark.errors import MemoryUnusable
from reposter.craft.watermark.memory import file
from reposter.craft.watermark.memory.file import learn, load, save
from reposter.craft.watermark.memory.memory import MarkMemory


@pytest.fixture(scope="module")
def memory() -> MarkMemory:
    return MarkMemory.of((taught(seed), SIZE, f"video {seed}") for seed in (1, 2, 3))


@pytest.fixture
def path(tmp_path: Path, memory: MarkMemory) -> Path:
    target = tmp_path / "source.npz"
    save(target, memory)
    return target


def with_entry(path: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    """The same archive with one entry changed."""
    with zipfile.ZipFile(path) as archive:
        entries = {entry: archive.read(entry) for entry in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for entry, data in entries.items():
            archive.writestr(entry, change(data) if entry == name else data)


def array_bytes(array: np.ndarray) -> bytes:  # type: ignore[type-arg]  # any kind, that is the point
    data = io.BytesIO()
    np.save(data, array)
    return data.getvalue()


def with_header(path: Path, change: Callable[[dict], None]) -> None:  # type: ignore[type-arg]  # JSON
    def changed(data: bytes) -> bytes:
        header = json.loads(np.load(io.BytesIO(data)).tobytes())
        change(header)
        return array_bytes(np.frombuffer(json.dumps(header).encode(), np.uint8))

    with_entry(path, "header.npy", changed)


def refusal(path: Path) -> str:
    with pytest.raises(MemoryUnusable) as caught:
        load(path)
    assert caught.value.hint
    return caught.value.message


def test_a_memory_comes_back_as_it_was(path: Path, memory: MarkMemory) -> None:
    back = load(path)
    target = taught(100)
    mine, its = memory.aid(target, SIZE), back.aid(target, SIZE)
    assert [one.video_id for one in back.siblings] == [one.video_id for one in memory.siblings]
    assert mine.is_helped
    assert np.array_equal(mine.estimate.mattes[0].see_through, its.estimate.mattes[0].see_through)


def test_the_same_memory_is_the_same_file(path: Path, memory: MarkMemory, tmp_path: Path) -> None:
    save(tmp_path / "again.npz", load(path))
    assert (tmp_path / "again.npz").read_bytes() == path.read_bytes()


def test_numpy_reads_it_without_pickle(path: Path) -> None:
    with np.load(path, allow_pickle=False) as arrays:
        assert {arrays[name].dtype.str for name in arrays.files} == {"<f2", "|u1"}


def test_no_file_is_an_empty_memory(tmp_path: Path) -> None:
    assert load(tmp_path / "none.npz").siblings == ()


@pytest.mark.parametrize("data", [b"", b"garbage", b"PK\x03\x04 and no more", pickle.dumps({"marks": []})])
def test_garbage_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "bad.npz").write_bytes(data)
    assert "bad.npz" in refusal(tmp_path / "bad.npz")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_file_that_was_cut_off_is_refused(path: Path, share: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    refusal(path)


def test_flipped_bytes_are_refused(path: Path) -> None:
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 64] = bytes(255 - one for one in data[middle : middle + 64])
    path.write_bytes(data)
    refusal(path)


def test_a_file_that_is_too_large_is_not_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "FILE_BYTES_MAX", 1000)
    assert "MB" in refusal(path)


def test_a_file_that_unpacks_to_too_much_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "UNPACKED_BYTES_MAX", 100_000)
    assert "unpack" in refusal(path)


def test_another_version_is_named(path: Path) -> None:
    with_header(path, lambda header: header.update(version=99))
    assert "version 99" in refusal(path)


HOSTILE = {
    "a base that is not there": lambda mark: mark.update(base=200),
    "a negative base": lambda mark: mark.update(base=-1),
    "a placement of nobody": lambda mark: mark["lines"][0]["placements"][0].update(sibling=30),
    "a place that is not there": lambda mark: mark["lines"][0]["placements"][0].update(place=9),
    "a line without end": lambda mark: mark["siblings"][mark["base"]].update(lines=[[5, 4000]]),
    "a line of one row": lambda mark: mark["siblings"][mark["base"]].update(lines=[[5]]),
    "a core outside": lambda mark: mark["siblings"][mark["base"]].update(core=[0, 0, 4000, 4000]),
    "two sizes": lambda mark: mark["siblings"][0].update(width=1080),
    "an unknown word": lambda mark: mark.update(surprise=1),
    "a distance that is none": lambda mark: mark["lines"][0]["placements"][0].update(down=float("nan")),
    "no strength": lambda mark: mark["lines"][0]["placements"][0].update(strength=0),
    "too many lines": lambda mark: mark.update(lines=mark["lines"] * 50),
    "a line that the base has not": lambda mark: mark["lines"][0].update(line=7),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_header_that_lies_is_refused(path: Path, name: str) -> None:
    with_header(path, lambda header: HOSTILE[name](header["marks"][0]))
    refusal(path)


MAPS = {
    "objects": np.array([{"a": 1}], object),
    "another kind": np.zeros((6, 10, 10), np.float64),
    "another shape": np.zeros((5, 10, 10), np.float16),
    "no extent": np.zeros((6, 0, 0), np.float16),
    "numbers that are none": np.full((6, 10, 10), np.nan, np.float16),
}


@pytest.mark.parametrize("name", MAPS)
def test_a_map_that_is_none_is_refused(path: Path, name: str) -> None:
    with_entry(path, "mark0_video0_place0_moments.npy", lambda _: array_bytes(MAPS[name]))
    refusal(path)


def test_a_map_that_claims_terabytes_reserves_none(path: Path) -> None:
    claim = {"descr": "<f2", "fortran_order": False, "shape": (6, 1 << 20, 1 << 20)}
    data = io.BytesIO()
    np.lib.format.write_array_header_1_0(data, claim)
    with_entry(path, "mark0_video0_place0_moments.npy", lambda _: data.getvalue())
    refusal(path)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    refusal(tmp_path)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "round.npz"
    path.symlink_to(path)
    assert "cannot be read" in refusal(path)


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "shared" / "source.npz"
    lessons = [(taught(seed), f"video {seed}") for seed in range(1, 5)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda lesson: learn(path, lesson[0], SIZE, lesson[1]), lessons))
    assert sorted(one.video_id for one in load(path).siblings) == [name for _, name in lessons]


def test_learning_into_a_file_that_is_no_memory_leaves_it_alone(tmp_path: Path) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(b"not ours")
    with pytest.raises(MemoryUnusable):
        learn(path, taught(1), SIZE, "video 1")
    assert path.read_bytes() == b"not ours"


def test_a_memory_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "memory.npz"
    path.with_name("memory.npz.lock").mkdir()
    with pytest.raises(MemoryUnusable, match="cannot be written") as caught:
        learn(path, taught(1), SIZE, "video 1")
    assert caught.value.hint


def test_half_precision_does_no_harm(memory: MarkMemory) -> None:
    """Records keep moments of 16 bits: what they lose is far below what one more video changes."""
    record, evidence = memory.siblings[0].places[0], taught(1).evidence[0]
    exact, kept = evidence.sums, record.sums
    rows = slice(record.down, record.down + record.shape[0])
    columns = slice(record.across, record.across + record.shape[1])
    for mine, its in ((kept.under, exact.under), (kept.seen, exact.seen)):
        assert np.abs(mine / kept.weight - its[rows, columns] / exact.weight[rows, columns]).max() < 0.1
