"""Frames out of a file: upright, square pixels, even sides, 8-bit 4:2:0, with their exact times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

from av.audio.stream import AudioStream
from av.filter import Graph
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange

from reposter.media.colour import TO_SDR, is_hdr
from reposter.media.frames import TimedFrame
from reposter.media.probe import orientation_of, upright_size
from reposter.media.source import Source, decode, not_a_video, thread_count

PIXEL_FORMAT = "yuv420p"
SCALER = "lanczos+accurate_rnd"

Size = tuple[int, int]
OnAudio: TypeAlias = "Callable[[Packet[AudioStream]], None]"


class Reader:
    """One pass over a source. Sound packets go to `on_audio` as they are met between the frames."""

    def __init__(
        self,
        source: Source,
        *,
        size: Size | None = None,
        on_audio: OnAudio | None = None,
        skips_unreferenced: bool = False,
    ) -> None:
        """`skips_unreferenced`: leave out frames that no other frame is built on, for a quick look."""
        self._source = source
        if skips_unreferenced:
            source.video.codec_context.skip_frame = "NONREF"
        self._decode_delay: Fraction | None = None
        self._size = size
        self._on_audio = on_audio

    def frames(self) -> Iterator[TimedFrame]:
        """Every frame in order of time; one that repeats a time is left out.

        Raises:
            UnreadableMedia: the file is damaged.
        """
        upright: Upright | None = None
        latest: Fraction | None = None
        for image in self._images():
            start = self._start_of(image, latest)
            if latest is not None and start <= latest:
                continue
            latest = start
            upright = upright or Upright(image, self._source, self._size)
            yield TimedFrame(upright.turn(image), start, self._duration_of(image))

    def _images(self) -> Iterator[VideoFrame]:
        for packet in self._source.packets():
            if self._source.is_picture(packet):
                yield from decode(self._source, packet)
            elif self._source.is_sound(packet) and self._on_audio:
                self._on_audio(packet)

    def _start_of(self, image: VideoFrame, latest: Fraction | None) -> Fraction:
        if self._source.has_display_times and image.pts is not None and image.time_base:
            return image.pts * image.time_base
        if image.dts is not None and image.time_base:
            # Frames leave a decoder in order of display, so decoding times will do, less the first one's delay.
            decoded = image.dts * image.time_base
            self._decode_delay = decoded if self._decode_delay is None else self._decode_delay
            return decoded - self._decode_delay
        return Fraction(0) if latest is None else latest + 1 / self._source.frame_rate

    def _duration_of(self, image: VideoFrame) -> Fraction:
        return image.duration * image.time_base if image.duration and image.time_base else 1 / self._source.frame_rate


class Upright:
    """Turns, squares, scales and converts frames like the first one; a frame that needs nothing passes untouched."""

    def __init__(self, first: VideoFrame, source: Source, size: Size | None) -> None:
        self._source = source
        self._size = size
        self._first = first
        self._graph = self._build(first)

    def turn(self, image: VideoFrame) -> VideoFrame:
        if not _is_alike(image, self._first):  # some streams change their size on the way
            self._size = self._size or self._natural_size(self._first)
            self._first = image
            self._graph = self._build(image)
        if self._graph is None:
            return image
        self._graph.vpush(image)
        return self._graph.vpull()

    def _natural_size(self, image: VideoFrame) -> Size:
        width, height = upright_size((image.width, image.height), self._source.pixel_aspect, orientation_of(image))
        return max(2, width // 2 * 2), max(2, height // 2 * 2)

    def _build(self, image: VideoFrame) -> Graph | None:
        steps = self._steps(image)
        if not steps:
            return None
        graph = Graph()
        graph.threads = thread_count()
        buffer = graph.add(
            "buffer",
            video_size=f"{image.width}x{image.height}",
            pix_fmt=image.format.name,
            time_base=str(image.time_base or Fraction(1, 90_000)),
            pixel_aspect="1/1",
            colorspace=str(int(image.colorspace)),
            range=str(int(image.color_range)),
        )
        nodes = [buffer, *(graph.add(name, arguments or None) for name, arguments in steps), graph.add("buffersink")]
        for before, after in pairwise(nodes):
            before.link_to(after)
        graph.configure()
        return graph

    def _steps(self, image: VideoFrame) -> list[tuple[str, str]]:
        """Filters and their arguments. One line or column too many is cut off; anything else is scaled once."""
        turned = orientation_of(image)
        stored = (image.height, image.width) if turned.swaps_sides else (image.width, image.height)
        natural = self._natural_size(image)
        wanted = self._size or natural
        steps = list(turned.filters)
        if wanted == natural and self._source.pixel_aspect == 1:
            if stored != natural:
                steps.append(("crop", f"{natural[0]}:{natural[1]}:0:0"))
        else:
            steps.append(("scale", f"{wanted[0]}:{wanted[1]}:flags={SCALER}"))
        if is_hdr(self._source.video.codec_context):
            steps.append(("scale", f"{TO_SDR}:out_range=tv"))
        elif image.format.name.startswith("yuvj") or image.color_range == ColorRange.JPEG:
            steps.append(("scale", f"flags={SCALER}:out_range=tv"))
        if steps or image.format.name != PIXEL_FORMAT:
            steps.append(("format", PIXEL_FORMAT))
        return steps


def frame_at(source: Source, seconds: Fraction) -> TimedFrame:
    """The frame on show at `seconds`, found by seeking; the last one when there is none so late.

    Raises:
        UnreadableMedia: nothing can be decoded there.
    """
    source.seek(seconds)
    frame = _last_until(source, seconds)
    if frame is None or frame.start > seconds:  # a file without an index
        source.seek(Fraction(0))
        frame = _last_until(source, seconds)
    if frame is None:
        raise not_a_video(source.path)
    return frame


def _last_until(source: Source, seconds: Fraction) -> TimedFrame | None:
    best: TimedFrame | None = None
    for frame in Reader(source).frames():
        if best and frame.start > seconds:
            break
        best = frame
    return best


def _is_alike(one: VideoFrame, other: VideoFrame) -> bool:
    return (one.width, one.height, one.format.name) == (other.width, other.height, other.format.name)
