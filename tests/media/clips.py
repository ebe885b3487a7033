"""Clips for tests, drawn by script: nothing is downloaded, nothing is committed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

Picture = np.ndarray

RED, GREEN, BLUE, GREY = (220, 30, 30), (30, 200, 30), (30, 30, 220), (128, 128, 128)

QUICK = {codec: {"deadline": "realtime", "cpu-used": "8"} for codec in ("libvpx", "libvpx-vp9")}


@dataclass(frozen=True)
class Clip:
    """A moving picture with four different corners, so that a wrong turn is seen at once."""

    width: int = 368
    height: int = 480
    rate: int = 30
    seconds: float = 1.0
    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    container: str = "mp4"
    sound: str | None = "aac"
    sound_tracks: int = 1
    rotation_degrees: int = 0  # as PyAV counts: counter-clockwise
    pixel_aspect: Fraction = Fraction(1)
    times: Sequence[Fraction] | None = None  # of the frames, for a variable rate
    colours: tuple[int, int, int] | None = None  # primaries, transfer, matrix
    is_full_range: bool = False
    options: dict[str, str] = field(default_factory=lambda: {"preset": "ultrafast", "g": "15"})


def draw(path: Path, clip: Clip | None = None, **changes: object) -> Path:
    """Write a clip; `changes` are fields of `Clip`."""
    clip = Clip(**{**(clip or Clip()).__dict__, **changes})
    times = clip.times or [Fraction(i, clip.rate) for i in range(round(clip.seconds * clip.rate))]
    with av.open(str(path), "w", format=clip.container) as container:
        video = container.add_stream(
            clip.codec,
            rate=clip.rate,
            width=clip.width,
            height=clip.height,
            pix_fmt=clip.pixel_format,
            time_base=Fraction(1, clip.rate if clip.container == "avi" else 90_000),  # AVI's clock is its frame rate
            options=clip.options if clip.codec == "libx264" else QUICK.get(clip.codec, {}),
        )
        _tag(video, clip)
        sounds = (
            [container.add_stream(clip.sound, rate=48_000, layout="stereo") for _ in range(clip.sound_tracks)]
            if clip.sound
            else []
        )
        for index, time in enumerate(times):
            container.mux(video.encode(_frame(clip, index, time)))
        container.mux(video.encode(None))
        for number, sound in enumerate(sounds):
            for frame in tone(clip.seconds, 440 * (number + 1)):
                container.mux(sound.encode(frame))
            container.mux(sound.encode(None))
    return path


def tone(seconds: float, hertz: float, rate: int = 48_000) -> Iterable[AudioFrame]:
    samples = np.arange(int(seconds * rate))
    wave = (0.3 * np.sin(2 * np.pi * hertz * samples / rate)).astype(np.float32)
    for start in range(0, len(wave), 1024):
        piece = wave[start : start + 1024]
        frame = AudioFrame.from_ndarray(np.stack([piece, piece]), format="fltp", layout="stereo")
        frame.sample_rate = rate
        frame.pts = start
        frame.time_base = Fraction(1, rate)
        yield frame


def draw_sound_only(path: Path, seconds: float = 1.0) -> Path:
    with av.open(str(path), "w", format="mp4") as container:
        sound = container.add_stream("aac", rate=48_000, layout="stereo")
        for frame in tone(seconds, 440):
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    return path


def cut_short(path: Path, source: Path, share: float) -> Path:
    """The first `share` of a file's bytes."""
    data = source.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def corners(picture: Picture) -> dict[str, str]:
    """Which colour each corner shows: "red" and so on."""
    height, width = picture.shape[:2]
    dy, dx = height // 8, width // 8
    spots = {"top left": (dy, dx), "top right": (dy, -dx), "bottom left": (-dy, dx), "bottom right": (-dy, -dx)}
    return {name: _colour_name(picture[y, x]) for name, (y, x) in spots.items()}


UPRIGHT_CORNERS = {"top left": "red", "top right": "green", "bottom left": "blue", "bottom right": "grey"}


def frames_of(path: Path) -> list[VideoFrame]:
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def times_of(path: Path) -> list[Fraction]:
    """When each frame is shown, counted from the first."""
    times = [frame.pts * frame.time_base for frame in frames_of(path)]
    return [time - times[0] for time in times]


def sound_packets_of(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def _tag(video: av.VideoStream, clip: Clip) -> None:
    if clip.rotation_degrees:
        video.set_display_rotation(clip.rotation_degrees)
    if clip.pixel_aspect != 1:
        video.codec_context.sample_aspect_ratio = clip.pixel_aspect
    if clip.colours:
        context = video.codec_context
        context.color_primaries, context.color_trc, context.colorspace = clip.colours
    if clip.is_full_range:
        video.codec_context.color_range = 2


def _frame(clip: Clip, index: int, time: Fraction) -> VideoFrame:
    height, width = clip.height, clip.width
    picture = np.empty((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2] = RED
    picture[: height // 2, width // 2 :] = GREEN
    picture[height // 2 :, : width // 2] = BLUE
    picture[height // 2 :, width // 2 :] = GREY
    x = (index * 7) % max(1, width - 16)
    picture[height // 2 - 8 : height // 2 + 8, x : x + 16] = 255
    frame = VideoFrame.from_ndarray(picture, format="rgb24").reformat(
        format=clip.pixel_format,
        dst_colorspace=clip.colours[2] if clip.colours and clip.colours[2] == 1 else None,
        dst_color_range=2 if clip.is_full_range else None,
    )
    frame.pts = round(time * 90_000)
    frame.time_base = Fraction(1, 90_000)
    return frame


def _colour_name(pixel: np.ndarray) -> str:
    names = {"red": RED, "green": GREEN, "blue": BLUE, "grey": GREY}
    return min(names, key=lambda name: int(np.abs(pixel.astype(int) - np.array(names[name])).sum()))
