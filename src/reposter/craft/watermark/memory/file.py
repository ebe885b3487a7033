"""A memory as a file: one .npz of plain arrays and a described header, never pickled objects."""

from __future__ import annotations

import fcntl
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray
from pydantic import ValidationError

from reposter.craft.watermark.errors import MemoryUnusable
from reposter.craft.watermark.mark import Estimate
from reposter.craft.watermark.memory.header import VERSION, Header, header_of, marks_of
from reposter.craft.watermark.memory.memory import MarkMemory
from reposter.craft.watermark.memory.record import F16
from reposter.kit.files import write_atomic

FILE_BYTES_MAX = 64 << 20
UNPACKED_BYTES_MAX = 256 << 20
HEADER_BYTES_MAX = 1 << 20
ARRAYS_MAX = 4096
PACKED_AS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
COMPRESSION = 1  # maps of noise: more effort costs seconds and saves next to nothing
HEADER = "header.npy"
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    ValueError,
    KeyError,
    IndexError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    SyntaxError,
    OSError,
    OverflowError,
    struct.error,
    cv2.error,
)
"""What zip, NumPy and our own checks raise over a file that is none, is cut off or was made to do harm."""


def load(path: Path) -> MarkMemory:
    """The memory in `path`; an empty one where there is no such file yet.

    Raises:
        MemoryUnusable: the file is no memory, is damaged, larger than a memory can be, or cannot be read.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        return MarkMemory()
    except IsADirectoryError as error:
        raise _refusal(path, "it is a folder") from error
    except OSError as error:
        raise _refusal(path, f"it cannot be read ({error.strerror})") from error
    if len(data) > FILE_BYTES_MAX:
        raise _refusal(path, f"a memory has at most {FILE_BYTES_MAX >> 20} MB")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read(path, archive)
    except ValidationError as error:
        raise _refusal(path, f"its header is not one ({error.error_count()} faults)") from error
    except UNREADABLE as error:
        raise _refusal(path, "it is no memory of marks, or it is damaged") from error


def save(path: Path, memory: MarkMemory) -> None:
    """Write the memory to `path`, all of it or nothing; marks that no longer fit into the file are left out.

    Raises:
        StorageExhausted: the disk is full.
    """
    marks = memory.marks
    data = _packed(MarkMemory(marks))
    while len(data) > FILE_BYTES_MAX and marks:
        marks = marks[:-1]
        data = _packed(MarkMemory(marks))
    write_atomic(path, data)


def learn(path: Path, estimate: Estimate, size: tuple[int, int], video_id: str) -> MarkMemory:
    """Add what one video taught to the memory in `path` and answer with it. Several processes may do so at once.

    Raises:
        MemoryUnusable: the file there is no memory, or cannot be written.
        StorageExhausted: the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path):
            memory = load(path).learned(estimate, size, video_id)
            save(path, memory)
    except OSError as error:
        raise _refusal(path, f"it cannot be written ({error.strerror})") from error
    return memory


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the lock beside `path`; the file itself is replaced, so that it cannot carry one."""
    descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _packed(memory: MarkMemory) -> bytes:
    header, arrays = header_of(memory.marks)
    text = np.frombuffer(header.model_dump_json().encode(), np.uint8)
    named: list[tuple[str, NDArray[np.generic]]] = [(HEADER.removesuffix(".npy"), text), *arrays.items()]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, array in named:
            # a fixed date: the same memory is the same file
            entry = zipfile.ZipInfo(f"{name}.npy", (2020, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            data = io.BytesIO()
            npy.write_array(data, array, allow_pickle=False)
            archive.writestr(entry, data.getvalue(), compresslevel=COMPRESSION)
    return packed.getvalue()


def _read(path: Path, archive: zipfile.ZipFile) -> MarkMemory:
    entries = {entry.filename: entry for entry in archive.infolist()}
    unpacked_bytes = sum(entry.file_size for entry in entries.values())
    if any(entry.compress_type not in PACKED_AS for entry in entries.values()):
        raise ValueError("packed in a way that we do not write")
    if len(entries) > ARRAYS_MAX or unpacked_bytes > UNPACKED_BYTES_MAX:
        raise _refusal(path, f"it would unpack to {unpacked_bytes >> 20} MB")
    if entries[HEADER].file_size > HEADER_BYTES_MAX:
        raise _refusal(path, "its header is too large")
    text = _bytes_of(archive, entries[HEADER], np.dtype(np.uint8), 1)
    header = Header.model_validate_json(text.tobytes())
    if header.version != VERSION:
        raise _refusal(path, f"it has version {header.version}, this program reads version {VERSION}")

    def array(name: str) -> F16:
        return _bytes_of(archive, entries[f"{name}.npy"], np.dtype(np.float16), 3).view(np.float16)

    return MarkMemory(marks_of(header, array))


def _bytes_of(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, kind: np.dtype[np.generic], dimensions: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """One array as bytes in its shape (the last side in bytes), once its own header agrees with the archive's size.

    NumPy's reader would first reserve whatever size a header claims.
    """
    with archive.open(entry) as stream:
        if npy.read_magic(stream) != (1, 0):
            raise ValueError("an array of a version that we do not write")
        shape, is_fortran, found = npy.read_array_header_1_0(stream)
        data = stream.read()
    length = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
    if found != kind or is_fortran or len(shape) != dimensions or len(data) != length:
        raise ValueError("an array of another kind than described")
    return np.frombuffer(data, np.uint8).reshape(*shape[:-1], shape[-1] * kind.itemsize)


def _refusal(path: Path, why: str) -> MemoryUnusable:
    return MemoryUnusable(
        f"{path.name} cannot be used as a memory of marks: {why}.",
        hint="Name another file, or delete this one: the memory is built anew from the next videos.",
        path=str(path),
    )
