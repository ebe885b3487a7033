"""An mp4 out of frames: H.264 with the frames' exact times, AAC beside it, the index in front."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import ColorRange

from reposter.kit.files import disk_full_as_error
from reposter.media.colour import Colours, output_colours
from reposter.media.frames import TimedFrame
from reposter.media.sound import SoundTrack, add_sound
from reposter.media.source import Source, thread_count

TICKS_PER_SECOND_MIN = 90_000
TICKS_PER_SECOND_MAX = 10_000_000
MUXER_OPTIONS = {"movflags": "+faststart"}
BUFFER_SECONDS = 2
PRESET_LOOKAHEAD = {"fast": 30, "medium": 40, "slow": 50, "slower": 60, "veryslow": 60}
"""Frames that x264 looks ahead in those presets; quicker ones look at most 20 ahead."""
LOOKAHEAD_PIXELS_MAX = 37_000_000
"""All pictures that x264 holds back together: 40 of them at 1080×1920 cost 150 MB more than 17 and save no bytes."""


@dataclass(frozen=True)
class Encoding:
    """Settings of libx264. A ceiling on the bit rate is set only where a file would grow too large."""

    preset: str = "medium"
    crf: int = 20
    bits_per_second_max: int | None = None

    def options(self, size: tuple[int, int]) -> dict[str, str]:
        """For pictures of `size` (width, height)."""
        options = {"preset": self.preset, "crf": str(self.crf)}
        lookahead = LOOKAHEAD_PIXELS_MAX // (size[0] * size[1])
        if lookahead < PRESET_LOOKAHEAD.get(self.preset, 0):
            options["rc-lookahead"] = str(lookahead)
        if self.bits_per_second_max:
            options["maxrate"] = str(self.bits_per_second_max)
            options["bufsize"] = str(self.bits_per_second_max * BUFFER_SECONDS)
        return options


@dataclass(frozen=True)
class Picture:
    """What the encoder must know before the first frame."""

    width: int
    height: int
    frame_rate: Fraction
    time_base: Fraction
    colours: Colours

    @classmethod
    def like(cls, source: Source, size: tuple[int, int], frame_rate: Fraction | None) -> Self:
        """The source's own clock and colours, in another size or at another rate."""
        return cls(
            *size,
            frame_rate=frame_rate or source.frame_rate,
            time_base=exact_time_base(source.video.time_base, frame_rate),
            colours=output_colours(source.video.codec_context),
        )


class Writer:
    """Writes to a path that nobody reads yet. Closing without `finish` leaves half a file for its owner to remove.

    Raises (all methods):
        StorageExhausted: the disk is full.
    """

    def __init__(self, path: Path, picture: Picture, encoding: Encoding, *, sound_of: Source | None = None) -> None:
        self._path = path
        self._picture = picture
        self._durations: dict[int, Fraction] = {}  # of the frames inside the encoder
        with disk_full_as_error(path):
            self._container = open_mp4(path)
        self._video = self._container.add_stream(
            "libx264",
            rate=picture.frame_rate,
            options=encoding.options((picture.width, picture.height)),
            width=picture.width,
            height=picture.height,
            pix_fmt="yuv420p",
            time_base=picture.time_base,
        )
        _set_up(self._video.codec_context, picture)
        self._sound: SoundTrack | None = None
        if sound_of and sound_of.audio:
            self._sound = add_sound(self._container, sound_of.audio, sound_of.path)
        self.end = Fraction(0)
        self.frames = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()
        else:
            abandon(self._container)

    def write_frame(self, frame: TimedFrame) -> None:
        image = frame.image
        image.pts = round(frame.start / self._picture.time_base)
        image.time_base = self._picture.time_base
        image.pict_type = 0  # the source's key frames are not ours
        self._durations[image.pts] = frame.duration
        self.end = max(self.end, frame.end)
        self.frames += 1
        with disk_full_as_error(self._path):
            self._mux(self._video.encode(image))

    def write_sound(self, packet: Packet[AudioStream]) -> None:
        if self._sound:
            with disk_full_as_error(self._path):
                self._sound.write(packet)

    def finish(self) -> None:
        """Flush the encoders and write the index."""
        with disk_full_as_error(self._path):
            try:
                self._mux(self._video.encode(None))
                if self._sound:
                    self._sound.finish()
                self._container.close()
            except BaseException:
                abandon(self._container)
                raise

    def _mux(self, packets: list[Packet[Stream]]) -> None:
        for packet in packets:
            # Without it the last frame would be shown as long as the one before: wrong at a variable rate.
            if packet.pts is not None and packet.pts in self._durations:
                packet.duration = round(self._durations.pop(packet.pts) / packet.time_base)
            self._container.mux_one(packet)


def exact_time_base(source: Fraction | None, frame_rate: Fraction | None = None) -> Fraction:
    """A clock of at least 90,000 ticks a second in which every time of the source's clock is a whole number."""
    ticks = frame_rate.numerator if frame_rate else source.denominator if source and source.numerator == 1 else 0
    if not 0 < ticks <= TICKS_PER_SECOND_MAX:
        return Fraction(1, TICKS_PER_SECOND_MIN)
    return Fraction(1, ticks * -(-TICKS_PER_SECOND_MIN // ticks))


def open_mp4(path: Path) -> OutputContainer:
    return av.open(str(path.absolute()), "w", format="mp4", container_options=MUXER_OPTIONS)


def abandon(container: OutputContainer) -> None:
    """Close an output that failed; that closing fails too (it writes an index) is no news."""
    try:
        container.close()
    except (av.FFmpegError, OSError):
        return


@contextmanager
def mp4(path: Path) -> Iterator[OutputContainer]:
    """An output container that is closed when all went well and abandoned when not."""
    with disk_full_as_error(path):
        container = open_mp4(path)
        try:
            yield container
            container.close()
        except BaseException:
            abandon(container)
            raise


def _set_up(encoder: VideoCodecContext, picture: Picture) -> None:
    encoder.thread_count = thread_count()
    encoder.thread_type = "FRAME"  # PyAV's default makes libx264 cut frames into slices, which costs quality
    encoder.color_range = ColorRange.MPEG
    encoder.color_primaries = picture.colours.primaries
    encoder.color_trc = picture.colours.transfer
    encoder.colorspace = picture.colours.matrix
