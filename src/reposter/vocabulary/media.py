"""What we say of a media file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class VideoInfo:
    """The picture track. Sizes are those a viewer sees: rotation is applied, pixels are square.

    `frames` is the container's own count where it has one, else an estimate from duration and rate.
    """

    codec: str
    width: int
    height: int
    frame_rate: float
    frames: int
    pixel_format: str
    rotation_degrees: int = 0
    is_variable_rate: bool = False
    is_hdr: bool = False
    is_mirrored: bool = False
    has_square_pixels: bool = True


@dataclass(frozen=True)
class AudioInfo:
    codec: str
    sample_rate: int
    channels: int


@dataclass(frozen=True)
class MediaInfo:
    container: str
    duration_seconds: float
    size_bytes: int
    video: VideoInfo
    audio: AudioInfo | None
