"""Write a video's number into the bottom edge of every frame, and read it back after any re-encoding."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

NUMBER_MAX = 2**24 - 1
BLOCKS = 32
STRIP_HEIGHT = 16
FRAME_WIDTH = 720
# A block counts as black or white only when it is clearly one: broadcast range and crf 30 stay far inside.
DARK_MAX, BRIGHT_MIN = 90, 165
FRAMES_READ_MAX = 12
READ_WIDTH = 320


def as_picture(array: npt.NDArray[Any]) -> Picture:  # OpenCV's stubs promise any number type
    """The same pixels, known to the type checker as 8-bit; no copy when they are."""
    return np.asarray(array, dtype=np.uint8)


def strip_picture(number: int, width: int, height: int) -> Picture:
    """Grey strip of `height` x `width`: 24 bits of number, then 8 of checksum, most significant first."""
    if not 1 <= number <= NUMBER_MAX:
        raise ValueError(f"a number between 1 and {NUMBER_MAX}, not {number}")
    bits = _bits(number)
    edges = np.round(np.linspace(0, width, BLOCKS + 1)).astype(int)
    row = np.zeros(width, np.uint8)
    for bit, first, last in zip(bits, edges[:-1], edges[1:], strict=True):
        row[first:last] = 255 if bit else 0
    return np.repeat(row[None, :], height, axis=0)


def read_number(source: Path | bytes) -> int | None:
    """The number that most of the first frames show; None when there is none or it is no video."""
    votes: Counter[int] = Counter()
    try:
        for frame in _grey_frames(source):
            number = _number_in(frame)
            if number is not None:
                votes[number] += 1
    except (av.FFmpegError, OSError):
        return None
    if not votes:
        return None
    number, count = votes.most_common(1)[0]
    return number if count >= 2 else None


def _bits(number: int) -> list[int]:
    word = (number << 8) | _checksum(number)
    return [(word >> shift) & 1 for shift in range(BLOCKS - 1, -1, -1)]


def _checksum(number: int) -> int:
    """CRC-8 (polynomial 0x07), started at 0x5A so that neither all black nor all white is valid."""
    crc = 0x5A
    for byte in number.to_bytes(3, "big"):
        crc ^= byte
        for _ in range(8):
            crc = ((crc << 1) ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
    return crc


def _grey_frames(source: Path | bytes) -> Iterator[Picture]:
    opened = io.BytesIO(source) if isinstance(source, bytes) else str(source)
    with av.open(opened, "r") as container:
        if not container.streams.video:
            return
        for index, frame in enumerate(container.decode(container.streams.video[0])):
            if index >= FRAMES_READ_MAX:
                return
            yield as_picture(frame.to_ndarray(format="gray"))


def _number_in(frame: Picture) -> int | None:
    """Search from the bottom row up, so that bars added below the picture do no harm."""
    height = max(1, round(frame.shape[0] * READ_WIDTH / frame.shape[1]))
    small = cv2.resize(frame, (READ_WIDTH, height), interpolation=cv2.INTER_AREA)
    cell = READ_WIDTH // BLOCKS
    middle = small.reshape(height, BLOCKS, cell)[:, :, 2 : cell - 2].mean(axis=2)
    clear = ((middle < DARK_MAX) | (middle > BRIGHT_MIN)).all(axis=1)
    for row in np.flatnonzero(clear)[::-1]:
        word = int("".join("1" if value > 128 else "0" for value in middle[row]), 2)
        number, crc = word >> 8, word & 0xFF
        if number and _checksum(number) == crc:
            return number
    return None
