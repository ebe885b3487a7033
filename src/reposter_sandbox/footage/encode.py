"""Turn painted frames and composed sound into an MP4 file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np
from av.container import OutputContainer

from reposter_sandbox.footage.mark import draw_mark, place_mark
from reposter_sandbox.footage.scenes import painter_for
from reposter_sandbox.footage.sound import RATE, compose
from reposter_sandbox.footage.strip import FRAME_WIDTH, STRIP_HEIGHT, Picture, as_picture, strip_picture

FRAMES_PER_SECOND = 30
FASTSTART = {"movflags": "+faststart"}
FULL_SIZE = (FRAME_WIDTH, 1280)
SMALL_SIZE = (576, 1024)


@dataclass(frozen=True)
class Clip:
    """What must be known to draw a video; equal clips give equal pictures."""

    number: int
    seed: int
    maker: str

    @property
    def seconds(self) -> float:
        return 4.0 + 0.5 * (self.number % 4)


@dataclass(frozen=True)
class Rendition:
    name: str
    size: tuple[int, int]
    codec: str
    is_marked: bool


RENDITIONS = {
    r.name: r
    for r in (
        Rendition("clean", FULL_SIZE, "libx264", False),
        Rendition("marked", FULL_SIZE, "libx264", True),
        Rendition("small", SMALL_SIZE, "libx264", False),
        Rendition("hevc", FULL_SIZE, "libx265", False),
    )
}


def draw_frame(clip: Clip, seconds: float, *, is_marked: bool = False) -> Picture:
    """One full-size BGR frame."""
    return next(_frames(clip, FULL_SIZE, is_marked=is_marked, moments=[seconds]))


def encode_clip(clip: Clip, rendition: Rendition, path: Path) -> None:
    """Write the rendition; H.264 (or H.265) yuv420p 30 fps with AAC, index at the front."""
    with av.open(str(path), "w", format="mp4", options=FASTSTART) as container:
        video = cast(av.VideoStream, container.add_stream(rendition.codec, rate=FRAMES_PER_SECOND))  # by codec
        video.width, video.height = rendition.size
        video.pix_fmt = "yuv420p"
        video.options = _codec_options(rendition)
        video.time_base = Fraction(1, FRAMES_PER_SECOND)
        # One thread: the same bytes on every machine, and room for everybody else on a small one.
        video.codec_context.thread_count = 1
        audio = _audio_stream(container)
        moments = [i / FRAMES_PER_SECOND for i in range(round(clip.seconds * FRAMES_PER_SECOND))]
        for index, picture in enumerate(_frames(clip, rendition.size, is_marked=rendition.is_marked, moments=moments)):
            planes = as_picture(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420))
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts = index
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        _mux_sound(clip, container, audio)


def encode_sound(clip: Clip, path: Path) -> None:
    """Write the clip's music alone, as the site offers it beside the video."""
    with av.open(str(path), "w", format="mp4", options=FASTSTART) as container:
        _mux_sound(clip, container, _audio_stream(container))


def _audio_stream(container: OutputContainer) -> av.AudioStream:
    audio = container.add_stream("aac", rate=RATE)
    audio.layout = "mono"
    audio.bit_rate = 96_000
    return audio


def _mux_sound(clip: Clip, container: OutputContainer, audio: av.AudioStream) -> None:
    for sound in _sound_frames(clip):
        container.mux(audio.encode(sound))
    container.mux(audio.encode(None))


def _codec_options(rendition: Rendition) -> dict[str, object]:
    if rendition.codec == "libx265":
        return {"preset": "ultrafast", "crf": "27", "x265-params": "log-level=none:pools=none:frame-threads=1"}
    return {"preset": "superfast", "crf": "23"}


def _frames(clip: Clip, size: tuple[int, int], *, is_marked: bool, moments: list[float]) -> Iterator[Picture]:
    paint: Callable[[float], Picture] = painter_for(clip.number, clip.seed)
    strip_height = round(STRIP_HEIGHT * size[0] / FRAME_WIDTH)
    strip = strip_picture(clip.number, size[0], strip_height)[:, :, None]
    mark = draw_mark(clip.maker) if is_marked else None
    for moment in moments:
        picture = as_picture(cv2.resize(paint(moment), size, interpolation=cv2.INTER_LINEAR))
        if mark is not None:
            place_mark(picture, mark, moment)
        picture[-strip_height:] = strip
        yield picture


def _sound_frames(clip: Clip) -> Iterator[av.AudioFrame]:
    samples = compose(clip.number, clip.seed, clip.seconds)
    for start in range(0, samples.shape[1], 1024):
        piece = np.ascontiguousarray(samples[:, start : start + 1024])
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
        frame.sample_rate = RATE
        frame.pts = start
        yield frame
