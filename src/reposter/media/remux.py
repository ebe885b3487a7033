"""The same pictures in an mp4: packets pass unopened, only the sound is encoded where mp4 needs it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from reposter.media.sound import add_sound
from reposter.media.source import Source
from reposter.media.writer import mp4


def remux(source: Source, path: Path, *, on_packets: Callable[[int], None] | None = None) -> int:
    """Write the source's picture (and sound, if any) to a new mp4 at `path`; answers the number of pictures.

    Raises:
        UnreadableMedia: the source is damaged.
        StorageExhausted: the disk is full.
    """
    pictures = 0
    with mp4(path) as container:
        video = container.add_stream_from_template(source.video, opaque=True)
        sound = add_sound(container, source.audio, source.path) if source.audio else None
        for packet in source.packets():
            if source.is_picture(packet) and packet.dts is not None:
                pictures += 1
                packet.stream = video
                container.mux_one(packet)
                if on_packets:
                    on_packets(pictures)
            elif source.is_sound(packet) and sound:
                sound.write(packet)
        if sound:
            sound.finish()
    return pictures
