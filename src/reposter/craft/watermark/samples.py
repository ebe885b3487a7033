"""The first pass: looks at a clip a few times a second, in memory that does not grow with its length.

Small grey pictures are for the search; whole pictures wait in a temporary file for whoever needs a place.
"""

from __future__ import annotations

import io
import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

import cv2
import numpy as np
from av.video.frame import VideoFrame

from reposter.craft.watermark.picture import F64, U8, Box, Planes
from reposter.kit.files import disk_full_as_error
from reposter.media.frames import TimedFrame
from reposter.media.reader import Reader
from reposter.media.source import Source

SMALL_SIDE = 360
"""The shorter side of a small picture, about: 720×1280 is looked at as 360×640."""
LOOKS_PER_SECOND = 5.0
LOOKS_MAX = 1500
"""Five minutes at the full rate; a longer clip is looked at less often."""
FINE_PER_LOOK = 3
"""Whole pictures kept for each look, where the clip has them without decoding more. They pay around jumps: the same
place with and without the mark, a moment apart."""
WHOLE_MAX = 240
"""Whole pictures kept in all: 330 MB of disk at 720×1280, 750 MB at 1080×1920. From 16 s on a look has fewer than
three, from 48 s on only some looks have one."""
SMALL_IN_MEMORY = 50
"""Small pictures in memory, 12 MB; those of a longer clip go to the disk."""


class Pictures(Protocol):
    """Small pictures in order of time, wherever they are kept."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> U8: ...
    def __iter__(self) -> Iterator[U8]: ...


@dataclass(frozen=True)
class Samples:
    """Looks at a clip of `size` (width, height), numbered from 0 in order of time.

    `small[i]` is look i in grey, `factor` times smaller. `fine_times` are those of all whole pictures kept. Look i is
    the whole picture `looks[i]`, or that one is the nearest in time to it: see `whole_looks`.
    """

    size: tuple[int, int]
    factor: int
    times: F64
    small: Pictures
    fine_times: F64
    looks: tuple[int, ...]
    store: IO[bytes] = field(repr=False)

    def __len__(self) -> int:
        return len(self.times)

    @property
    def whole_looks(self) -> tuple[int, ...]:
        """Looks that have their own whole picture: all of them in a clip of up to 48 seconds."""
        return tuple(i for i, fine in enumerate(self.looks) if self.fine_times[fine] == self.times[i])

    def planes(self, index: int, box: Box) -> Planes:
        """The place `box` (even) of look `index`."""
        return self.fine_planes(self.looks[index], box)

    def luma(self, index: int, box: Box) -> U8:
        return self.fine_luma(self.looks[index], box)

    def fine_luma(self, fine: int, box: Box) -> U8:
        """The place `box` of whole picture `fine`, brightness alone."""
        return self._cut(fine, 0, self.size[0], box)

    def fine_planes(self, fine: int, box: Box) -> Planes:
        width, height = self.size
        u = self._cut(fine, width * height, width // 2, box.halved)
        v = self._cut(fine, width * height * 5 // 4, width // 2, box.halved)
        return Planes(self.fine_luma(fine, box), u, v)

    def _cut(self, fine: int, offset: int, width: int, box: Box) -> U8:
        self.store.seek(fine * picture_bytes(self.size) + offset + box.y0 * width)
        rows = np.frombuffer(self.store.read(box.height * width), np.uint8).reshape(box.height, width)
        return rows[:, box.x0 : box.x1].copy()


@contextmanager
def sampled(
    source: Source, size: tuple[int, int], *, folder: Path, seconds: float, on_look: Callable[[float], None]
) -> Iterator[Samples]:
    """Look through `source`, its pictures scaled to `size`; `folder` is for the temporary files.

    Frames that no other frame needs are not decoded. `on_look` hears the seconds that have been looked through;
    `seconds` is the clip's length as far as known, 0 if it is not.

    Raises:
        UnreadableMedia: the source is damaged.
        StorageExhausted: the disk is full.
    """
    frames = Reader(source, size=size, skips_unreferenced=True).frames()
    with (
        disk_full_as_error(folder / "samples"),
        tempfile.TemporaryFile(dir=folder, buffering=0) as store,  # it takes whole pictures, and gives whole rows
        tempfile.TemporaryFile(dir=folder) as small_store,
    ):
        first_pass = _FirstPass(size, seconds, store, small_store)
        frame = None
        for frame in frames:
            if first_pass.take(frame):
                on_look(float(frame.start))
        samples = first_pass.samples()
        del source, frames, frame, first_pass  # once closed, a decoder is gone with its pictures (34 MB at 1080×1920)
        yield samples


def samples_of(pictures: Sequence[Planes], times: Sequence[float], store: IO[bytes] | None = None) -> Samples:
    """Samples of pictures that are already in memory, each one a look; for drawn footage."""
    height, width = pictures[0].y.shape
    store = store or io.BytesIO()
    for one in pictures:
        store.write(one.y.tobytes() + one.u.tobytes() + one.v.tobytes())
    factor = small_factor((width, height))
    small = tuple(shrink(one.y, factor) for one in pictures)
    at = np.array(times, np.float64)
    return Samples((width, height), factor, at, small, at, tuple(range(len(pictures))), store)


def picture_bytes(size: tuple[int, int]) -> int:
    return size[0] * size[1] * 3 // 2


def small_factor(size: tuple[int, int]) -> int:
    """How many times smaller the small pictures are."""
    return max(1, round(min(size) / SMALL_SIDE))


def shrink(luma: U8, factor: int) -> U8:
    """A picture `factor` times smaller, each pixel the mean of those it stands for."""
    height, width = luma.shape
    cut = luma[: height // factor * factor, : width // factor * factor]
    small = cv2.resize(cut, (width // factor, height // factor), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def luma_of(image: VideoFrame) -> U8:
    """The brightness of a picture, without a copy."""
    return _plane(image, 0, image.width, image.height)


def frame_slack(frame: TimedFrame) -> float:
    """A look may be early by half a frame, so that rounding of times does not cost a whole one."""
    return float(frame.duration) / 2


class _FirstPass:
    """Decides for each frame whether it is a look, and whether it is kept whole."""

    def __init__(self, size: tuple[int, int], seconds: float, store: IO[bytes], small_store: IO[bytes]) -> None:
        expected = min(LOOKS_MAX, max(1, math.ceil(seconds * LOOKS_PER_SECOND))) if seconds > 0 else WHOLE_MAX
        self._size = size
        self._factor = small_factor(size)
        self._step = max(1 / LOOKS_PER_SECOND, seconds / LOOKS_MAX)
        self._fine_step = self._step / min(FINE_PER_LOOK, max(1, WHOLE_MAX // expected))
        self._whole_each = math.ceil(expected / WHOLE_MAX)  # look
        self._store = store
        self._whole = np.empty(picture_bytes(size), np.uint8)
        self._small = _SpilledPictures(small_store)
        self._times: list[float] = []
        self._fine_times: list[float] = []
        self._next_look = self._next_fine = 0.0

    def take(self, frame: TimedFrame) -> bool:
        """Whether the frame is a look."""
        start = float(frame.start)
        due = start + frame_slack(frame)
        is_look = due >= self._next_look
        if is_look:
            if len(self._times) % self._whole_each == 0:
                self._keep_whole(frame.image, start)
            self._times.append(start)
            self._small.append(shrink(luma_of(frame.image), self._factor))
            # Counted from where it was due, so that skipped frames do not thin the looks out.
            self._next_look = max(self._next_look + self._current_step(), start + self._step / 2)
        elif due >= self._next_fine and self._whole_each == 1:
            self._keep_whole(frame.image, start)
        return is_look

    def samples(self) -> Samples:
        times, fine_times = np.array(self._times), np.array(self._fine_times)
        looks = tuple(int(np.abs(fine_times - at).argmin()) for at in times)
        return Samples(self._size, self._factor, times, self._small, fine_times, looks, self._store)

    def _current_step(self) -> float:
        """A clip that is longer than its file says is looked at ever less often, so that all of it is."""
        return self._step * float(2 ** (len(self._times) // LOOKS_MAX))

    def _keep_whole(self, image: VideoFrame, start: float) -> None:
        if len(self._fine_times) >= WHOLE_MAX + FINE_PER_LOOK:
            return
        self._next_fine = start + self._fine_step
        self._fine_times.append(start)
        begin = 0
        for number, halves in enumerate((1, 2, 2)):
            plane = _plane(image, number, image.width // halves, image.height // halves)
            self._whole[begin : begin + plane.size].reshape(plane.shape)[...] = plane
            begin += plane.size
        self._store.write(self._whole.data)


class _SpilledPictures:
    """Pictures of one size: the first ones in memory, the others in a file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._kept: list[U8] = []
        self._count = 0

    def append(self, picture: U8) -> None:
        if self._count < SMALL_IN_MEMORY:
            self._kept.append(picture)
        else:
            self._file.seek((self._count - SMALL_IN_MEMORY) * picture.size)
            self._file.write(np.ascontiguousarray(picture).tobytes())
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int, /) -> U8:
        if not -self._count <= index < self._count:
            raise IndexError(index)
        index %= self._count
        if index < SMALL_IN_MEMORY:
            return self._kept[index]
        shape = self._kept[0].shape
        self._file.seek((index - SMALL_IN_MEMORY) * shape[0] * shape[1])
        return np.frombuffer(self._file.read(shape[0] * shape[1]), np.uint8).reshape(shape)

    def __iter__(self) -> Iterator[U8]:
        return (self[index] for index in range(self._count))


def _plane(image: VideoFrame, number: int, width: int, height: int) -> U8:
    plane = image.planes[number]
    return np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[:height, :width]
