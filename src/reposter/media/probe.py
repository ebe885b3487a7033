"""What a file holds: container, picture and sound, as a viewer meets them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import cast

from av.buffer import Buffer
from av.video.frame import VideoFrame

from reposter.media import orientation
from reposter.media.colour import is_hdr
from reposter.media.orientation import Orientation
from reposter.media.source import MICROSECONDS, Source, decode, not_a_video, open_source
from reposter.vocabulary.media import AudioInfo, MediaInfo, VideoInfo

SCAN_PACKETS_MAX = 300
JITTER_SECONDS = 0.0015  # WebM and FLV round times to milliseconds; that alone is no variable rate
BRANDS = {"qt": "mov", "3gp": "3gp", "3g2": "3gp"}


def probe(path: Path) -> MediaInfo:
    """Look at a local file; its first frame is decoded, because only a frame knows how it is turned.

    Raises:
        UnreadableMedia: no video, or nothing of it can be decoded.
        UnsupportedMedia: a video that is beyond us.
    """
    with open_source(path) as source:
        return describe(source)


def describe(source: Source) -> MediaInfo:
    """`probe` for a file that is open; leaves it somewhere after its beginning."""
    first, stamps = _scan(source)
    duration = _duration(source, stamps)
    rate = float(source.frame_rate)
    turned = orientation_of(first)
    width, height = upright_size((source.video.width, source.video.height), source.pixel_aspect, turned)
    video = source.video
    audio = source.audio
    return MediaInfo(
        container=_container_name(source),
        duration_seconds=float(duration),
        size_bytes=source.path.stat().st_size,
        video=VideoInfo(
            codec=video.codec_context.codec.canonical_name,
            width=width,
            height=height,
            frame_rate=round(rate, 4),
            frames=video.frames or max(1, round(float(duration) * rate)),
            pixel_format=video.pix_fmt or first.format.name,
            rotation_degrees=turned.degrees,
            is_variable_rate=_is_variable(stamps),
            is_hdr=is_hdr(video.codec_context),
            is_mirrored=turned.is_mirrored,
            has_square_pixels=source.pixel_aspect == 1,
        ),
        audio=AudioInfo(
            audio.codec_context.codec.canonical_name, audio.codec_context.sample_rate, audio.codec_context.channels
        )
        if audio
        else None,
    )


def orientation_of(frame: VideoFrame) -> Orientation:
    side_data = cast(Mapping[str, Buffer], frame.side_data)  # the stubs know only one of its keys
    try:
        matrix = side_data["DISPLAYMATRIX"]
    except KeyError:
        return orientation.UPRIGHT
    return orientation.from_matrix(bytes(matrix))


def upright_size(stored: tuple[int, int], pixel_aspect: Fraction, turned: Orientation) -> tuple[int, int]:
    """Width and height with square pixels, upright; the smaller side is stretched, so that no detail is lost."""
    width, height = stored
    if pixel_aspect > 1:
        width = round(width * pixel_aspect)
    else:
        height = round(height / pixel_aspect)
    return (height, width) if turned.swaps_sides else (width, height)


def _scan(source: Source) -> tuple[VideoFrame, list[Fraction]]:
    """The first frame, and the presentation times of the first packets in order."""
    first: VideoFrame | None = None
    stamps: list[Fraction] = []
    for packet in source.packets():
        if not source.is_picture(packet):
            continue
        if first is None:
            first = next(iter(decode(source, packet)), None)
        if packet.pts is not None and not packet.is_discard:
            stamps.append(packet.pts * packet.time_base)
        if first and len(stamps) >= SCAN_PACKETS_MAX:
            break
    if first is None:
        raise not_a_video(source.path)
    return first, sorted(stamps)


def _duration(source: Source, stamps: list[Fraction]) -> Fraction:
    if source.container.duration:
        declared = Fraction(source.container.duration, MICROSECONDS)
        # Matroska counts from 0, not from where its first track starts.
        return declared - source.start if source.is_matroska and 0 < source.start < declared else declared
    if source.video.duration and source.video.time_base:
        return source.video.duration * source.video.time_base
    # A recorder that was cut off, or a browser's WebM, never wrote it down: read on to the end, without decoding.
    last = max(stamps, default=Fraction(0))
    for packet in source.packets():
        if packet.pts is not None:
            last = max(last, packet.pts * packet.time_base)
    return last + 1 / source.frame_rate


def _is_variable(stamps: list[Fraction]) -> bool:
    gaps = [after - before for before, after in pairwise(stamps)]
    return bool(gaps) and float(max(gaps) - min(gaps)) > JITTER_SECONDS


def _container_name(source: Source) -> str:
    name = source.container.format.name
    if name.startswith("mov,"):
        brand = source.container.metadata.get("major_brand", "").strip().lower()
        return next((ours for start, ours in BRANDS.items() if brand.startswith(start)), "mp4")
    return "matroska" if source.is_matroska else name
