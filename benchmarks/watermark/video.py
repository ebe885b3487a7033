"""Raw pictures in and out: what the bench decodes, draws on, and encodes as an upload would be."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast

import av
import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
Three = tuple[U8, U8, U8]  # luma, and both chroma planes at half size
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
FRAMES_MAX = 100_000
SLACK_SECONDS = Fraction(1, 500)


@dataclass(frozen=True)
class Shape:
    """Of a clip: width and height in pixels, frames a second, and how many frames it has."""

    width: int
    height: int
    rate: Fraction
    frames: int

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height


def shape_of(path: Path) -> Shape:
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        counted = video.frames or sum(1 for _ in container.decode(video=0))
        return Shape(video.width, video.height, video.average_rate or Fraction(30), counted)


def frames_of(path: Path, frames_max: int = FRAMES_MAX) -> Iterator[U8]:
    """I420 pictures, (height · 3/2, width)."""
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        video.thread_count = 1
        for number, frame in enumerate(container.decode(video)):
            if number >= frames_max:
                return
            yield cast("U8", frame.to_ndarray(format="yuv420p"))  # PyAV does not say of what


def frames_on_show(path: Path, times: Sequence[Fraction]) -> Iterator[U8]:
    """The picture that a player shows at each of the `times` (seconds, rising): a file may have another frame rate."""
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        frames = (
            (frame.pts * (frame.time_base or 0), frame) for frame in container.decode(video) if frame.pts is not None
        )
        start, now = next(frames)
        following = next(frames, None)
        for time in times:
            while following and following[0] - start <= time + SLACK_SECONDS:
                now, following = following[1], next(frames, None)
            yield cast("U8", now.to_ndarray(format="yuv420p"))  # PyAV does not say of what


def planes_of(picture: U8) -> Three:
    """Views on the planes of an I420 picture."""
    width = picture.shape[1]
    height = picture.shape[0] * 2 // 3
    chroma = picture[height:].reshape(2, height // 2, width // 2)
    return picture[:height], chroma[0], chroma[1]


@dataclass(frozen=True)
class Upload:
    """How an app encodes what is uploaded: x264 veryfast at a bit rate; then again, or made small and large again.

    `through_height`: the picture is scaled to that height and back after the overlay, as a share of its own.
    """

    kbps: int = 1600
    again_kbps: int | None = None
    through_height: float | None = None


def _x264(kbps: int, rate: Fraction) -> list[str]:
    return [
        *("-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-threads", "1", "-pix_fmt", "yuv420p"),
        *("-b:v", f"{kbps}k", "-maxrate", f"{kbps * 9 // 5}k", "-bufsize", f"{kbps * 3}k", "-g", str(int(rate * 8))),
        *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"),
    ]


class Encoder:
    """Pictures into an mp4 as `upload` says."""

    def __init__(self, path: Path, shape: Shape, upload: Upload) -> None:
        self._path, self._shape, self._upload = path, shape, upload
        self._first = path.with_suffix(".first.mp4") if self._is_twice else path
        self._process = subprocess.Popen(
            [
                *(FFMPEG, "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p"),
                *("-s", f"{shape.width}x{shape.height}", "-r", str(shape.rate), "-i", "-"),
                *_x264(upload.kbps, shape.rate),
                str(self._first),
            ],
            stdin=subprocess.PIPE,
        )

    @property
    def _is_twice(self) -> bool:
        return bool(self._upload.again_kbps or self._upload.through_height)

    def put(self, picture: U8) -> None:
        self._pipe.write(np.ascontiguousarray(picture).tobytes())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pipe.close()
        if self._process.wait() and not error:
            raise RuntimeError(f"ffmpeg could not encode {self._path.name}")
        if self._is_twice and not error:
            self._encode_again()

    @property
    def _pipe(self) -> IO[bytes]:
        assert self._process.stdin
        return self._process.stdin

    def _encode_again(self) -> None:
        width, height = self._shape.size
        scale: list[str] = []
        if self._upload.through_height:
            small = [round(side * self._upload.through_height / 2) * 2 for side in (width, height)]
            scale = ["-vf", f"scale={small[0]}:{small[1]}:flags=bicubic,scale={width}:{height}:flags=bicubic"]
        kbps = self._upload.again_kbps or self._upload.kbps
        again = [*(FFMPEG, "-v", "error", "-y", "-i", str(self._first)), *scale, *_x264(kbps, self._shape.rate)]
        subprocess.run([*again, str(self._path)], check=True)
        self._first.unlink()


def enlarge(source: Path, output: Path, size: tuple[int, int], *, seconds: float | None = None) -> None:
    """`source` at another size, played over and over until `seconds` are full, in good quality."""
    repeat = ["-stream_loop", "-1", "-t", str(seconds)] if seconds else []
    subprocess.run(
        [
            *(FFMPEG, "-v", "error", "-y", *repeat, "-i", str(source), "-an"),
            *("-vf", f"scale={size[0]}:{size[1]}:flags=bicubic", "-c:v", "libx264", "-preset", "veryfast"),
            *("-crf", "15", "-pix_fmt", "yuv420p", str(output)),
        ],
        check=True,
    )
