"""The one door through which media files are opened: local, regular, and of a kind on our list."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias, TypeGuard, cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from reposter.media.appearance import looks_like
from reposter.media.errors import UnreadableMedia, UnsupportedMedia

# Playlists, concat lists and SDP are left out: they make libav open whatever they name.
DEMUXERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg"
PROTOCOLS = "file"
PIXELS_MAX = 8192 * 4320
THREADS_MAX = 16
MICROSECONDS = 1_000_000  # the unit of times that belong to no track
FALLBACK_FRAME_RATE = Fraction(30)

TrackPacket: TypeAlias = "Packet[VideoStream] | Packet[AudioStream]"  # PyAV's Packet is generic for checkers only


@dataclass
class Source:
    """An open file with its picture track and at most one sound track.

    `start` is where its first track begins. `end` is where the packets that were read so far end, counted from
    `start`: the only length that is true in containers which merely estimate theirs (MPEG-TS).
    """

    path: Path
    container: InputContainer
    video: VideoStream
    audio: AudioStream | None
    start: Fraction
    end: Fraction = Fraction(0)

    @property
    def is_matroska(self) -> bool:
        return self.container.format.name.startswith("matroska")

    @property
    def has_display_times(self) -> bool:
        """AVI has none: its packets say only in which order they are decoded."""
        return self.container.format.name != "avi"

    @property
    def frame_rate(self) -> Fraction:
        return self.video.average_rate or self.video.guessed_rate or FALLBACK_FRAME_RATE

    @property
    def pixel_aspect(self) -> Fraction:
        aspect = self.video.sample_aspect_ratio
        return aspect if aspect and aspect > 0 else Fraction(1)

    def packets(self) -> Iterator[TrackPacket]:
        """Packets of both tracks in file order, times counted from `start`; an empty one at each track's end.

        Raises:
            UnreadableMedia: the file ends in the middle or is damaged.
        """
        tracks = [track for track in (self.video, self.audio) if track]
        packets = cast("Iterator[TrackPacket]", self.container.demux(tracks))  # no other tracks were asked for
        while True:
            with damage_as_error(self.path):
                packet = next(packets, None)
            if packet is None:
                return
            self._count_from_start(packet)
            self._note_end(packet)
            yield packet

    def is_picture(self, packet: TrackPacket) -> TypeGuard[Packet[VideoStream]]:
        return packet.stream is self.video

    def is_sound(self, packet: TrackPacket) -> TypeGuard[Packet[AudioStream]]:
        return packet.stream is self.audio

    def seek(self, seconds: Fraction) -> None:
        """Go to the key frame at or before `seconds` after `start`; 0 is the very beginning.

        Without an index (MPEG-TS) one may land behind that key frame, and from there nothing is decoded.
        """
        goal = seconds + self.start if seconds > 0 else min(Fraction(0), self.start)
        with damage_as_error(self.path):
            self.container.seek(int(goal * MICROSECONDS), backward=True)

    def _count_from_start(self, packet: TrackPacket) -> None:
        offset = round(self.start / packet.time_base)
        if packet.dts is not None:
            packet.dts -= offset
        if packet.pts is not None:
            packet.pts -= offset
        elif packet.stream is self.audio:
            packet.pts = packet.dts  # AVI stores no presentation times; sound is never reordered

    def _note_end(self, packet: TrackPacket) -> None:
        begin = packet.pts if packet.pts is not None else packet.dts
        if begin is not None and packet.size:
            self.end = max(self.end, (begin + (packet.duration or 0)) * packet.time_base)


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open a local video file for reading.

    Raises:
        UnreadableMedia: no file, or no video in it.
        UnsupportedMedia: a video that is beyond us.
    """
    container = _open_container(path)
    try:
        yield _choose_tracks(path, container)
    finally:
        container.close()


@contextmanager
def damage_as_error(path: Path) -> Iterator[None]:
    """Turn what libav says of bad data into a sentence with a remedy; wrap reading and decoding only."""
    try:
        yield
    except av.FFmpegError as error:
        raise UnreadableMedia(
            f"{path.name} is damaged or was cut short: not all of it can be decoded.",
            hint="Fetch or export it again.",
            reason=str(error.strerror),
        ) from error


def thread_count() -> int:
    """For decoder, filters and encoder alike; more would cost memory and gain little."""
    return min(THREADS_MAX, os.cpu_count() or 1)


def decode(source: Source, packet: Packet[VideoStream]) -> list[VideoFrame]:
    """The frames that a packet completes.

    Raises:
        UnreadableMedia: the packet is damaged.
    """
    with damage_as_error(source.path):
        return packet.decode()


def _open_container(path: Path) -> InputContainer:
    if not path.is_file():
        raise UnreadableMedia(
            f"{path.name} is not a file." if path.exists() else f"{path} does not exist.",
            hint="Check the path.",
        )
    limits = {"format_whitelist": DEMUXERS, "protocol_whitelist": PROTOCOLS}
    try:
        # An absolute path cannot be read as "protocol:…".
        return av.open(str(path.absolute()), "r", container_options=limits, metadata_errors="replace")
    except PermissionError as error:
        raise UnreadableMedia(f"{path.name} may not be read.", hint="Check who may read the file.") from error
    except av.FFmpegError as error:
        raise not_a_video(path) from error


def not_a_video(path: Path) -> UnreadableMedia:
    return UnreadableMedia(
        f"{path.name} is not a video that can be played. It looks like {looks_like(path)}.",
        hint="Give an mp4, mov, webm, mkv, avi, ts, 3gp or mpeg file.",
    )


def _choose_tracks(path: Path, container: InputContainer) -> Source:
    pictures = [video for video in container.streams.video if Disposition.attached_pic not in video.disposition]
    if not pictures:
        what = "sound but no picture" if container.streams.audio else "no picture"
        raise UnreadableMedia(f"{path.name} has {what}.", hint="Give a file with a video track.")
    video = next((one for one in pictures if Disposition.default in one.disposition), pictures[0])
    _require_workable(path, video)
    audio = container.streams.best("audio", related=video) if container.streams.audio else None
    if not isinstance(audio, AudioStream) or not _has_decoder(audio) or not audio.codec_context.sample_rate:
        audio = None
    video.codec_context.thread_type = "AUTO"
    video.codec_context.thread_count = thread_count()
    starts = [
        one.start_time * one.time_base for one in (video, audio) if one and one.start_time is not None and one.time_base
    ]
    return Source(path, container, video, audio, min(starts, default=Fraction(0)))


def _require_workable(path: Path, video: VideoStream) -> None:
    if not _has_decoder(video):
        raise UnsupportedMedia(
            f"{path.name} has a picture in a codec that we cannot read.", hint="Convert it to H.264."
        )
    if not video.width or not video.height:
        raise not_a_video(path)
    if video.width * video.height > PIXELS_MAX:
        raise UnsupportedMedia(
            f"{path.name} is {video.width}×{video.height}; we take pictures of up to 8192×4320.",
            hint="Scale it down first.",
        )


def _has_decoder(track: Stream) -> bool:
    return getattr(track, "codec_context", None) is not None  # the type says always; without a decoder it is None
