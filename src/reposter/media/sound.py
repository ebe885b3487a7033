"""The sound of an output: AAC packets are copied as they are, anything else becomes AAC."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet

from reposter.media.source import damage_as_error

BITS_PER_SECOND = 160_000
SAMPLE_RATES = (32_000, 44_100, 48_000)
SAMPLE_RATE_DEFAULT = 48_000
FRAME_SAMPLES = 1024


class SoundTrack(Protocol):
    """Takes the source's sound packets in order and puts a track into the output."""

    def write(self, packet: Packet[AudioStream]) -> None: ...

    def finish(self) -> None: ...


def add_sound(container: OutputContainer, source: AudioStream, path: Path) -> SoundTrack:
    """Add a track for `source` to an output whose header is not written yet; `path` names the source in errors."""
    if is_copied(source):
        return CopiedSound(container, source)
    return EncodedSound(container, source, path)


def is_copied(source: AudioStream) -> bool:
    return source.codec_context.name == "aac"


class CopiedSound:
    """Packets pass unopened, so the sound can neither drift nor lose quality."""

    def __init__(self, container: OutputContainer, source: AudioStream) -> None:
        self._container = container
        self._stream = container.add_stream_from_template(source, opaque=True)
        self._latest_dts: int | None = None

    def write(self, packet: Packet[AudioStream]) -> None:
        if packet.dts is None or (self._latest_dts is not None and packet.dts <= self._latest_dts):
            return  # the empty packet at the end, or one out of order that no container takes
        self._latest_dts = packet.dts
        packet.stream = self._stream
        self._container.mux_one(packet)

    def finish(self) -> None:
        pass


class EncodedSound:
    """Decoded, filled up where the source has holes, and encoded as AAC in mono or stereo."""

    def __init__(self, container: OutputContainer, source: AudioStream, path: Path) -> None:
        rate = source.codec_context.sample_rate
        layout = "mono" if source.codec_context.channels == 1 else "stereo"
        self._container = container
        self._path = path
        self._stream = container.add_stream(
            "aac", rate=rate if rate in SAMPLE_RATES else SAMPLE_RATE_DEFAULT, layout=layout, bit_rate=BITS_PER_SECOND
        )
        # `async` puts silence into holes, so that what follows one stays beside its picture.
        self._resampler = AudioResampler(
            format="fltp", layout=layout, rate=self._stream.rate, frame_size=FRAME_SAMPLES, options={"async": "1"}
        )

    def write(self, packet: Packet[AudioStream]) -> None:
        with damage_as_error(self._path):
            frames = packet.decode()
        for frame in frames:
            self._encode(self._resampler.resample(frame))

    def finish(self) -> None:
        self._encode(self._resampler.resample(None))
        self._container.mux(self._stream.encode(None))

    def _encode(self, frames: list[AudioFrame]) -> None:
        for frame in frames:
            self._container.mux(self._stream.encode(frame))
