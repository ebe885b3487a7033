"""Copy, remux or transcode: the cheapest way from a video to a target, with the reasons in words (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reposter.craft.convert.errors import TargetUnreachable
from reposter.craft.convert.targets import MEGABYTE, Target
from reposter.vocabulary.media import MediaInfo

RATE_TOLERANCE = 0.05  # a container's mean rate is seldom exact
CONTAINERS_WITHOUT_TIMES = ("avi",)
SIZE_MARGIN = 0.93  # of the allowed size: container, sound and an encoder that overshoots need the rest
SOUND_BITS_PER_SECOND = 320_000
BITS_PER_SECOND_MIN = 400_000


class Action(StrEnum):
    COPY = "copy"
    REMUX = "remux"
    TRANSCODE = "transcode"


@dataclass(frozen=True)
class Plan:
    """`size` is the output's even width and height. `frame_rate` is set only where frames are dropped or repeated;
    otherwise every frame keeps its own time. `bits_per_second_max` is set only where the file would grow too large."""

    action: Action
    reasons: tuple[str, ...]
    size: tuple[int, int]
    frame_rate: int | None = None
    bits_per_second_max: int | None = None


def plan(info: MediaInfo, target: Target, *, has_effects: bool) -> Plan:
    """The cheapest plan that meets the target.

    Raises:
        TargetUnreachable: no conversion can make this video fit.
    """
    _require_reachable(info, target)
    frame_rate, rate_reason = _frame_rate(info, target)
    size, size_reason = _size(info, target)
    bits, bits_reason = _bit_rate_limit(info, target)
    deep = [
        *(["the picture is changed by the steps before"] if has_effects else []),
        *_codec_reasons(info, target),
        *(reason for reason in (size_reason, rate_reason, bits_reason) if reason),
    ]
    if deep:
        return Plan(Action.TRANSCODE, tuple(deep), size, frame_rate, bits)
    shallow = _container_reasons(info, target)
    if shallow:
        return Plan(Action.REMUX, tuple(shallow), size)
    return Plan(Action.COPY, (f"the file is already what {target.platform} prefers",), size)


def untouched(info: MediaInfo, reason: str) -> Plan:
    """The plan that changes nothing."""
    return Plan(Action.COPY, (reason,), (info.video.width, info.video.height))


def _require_reachable(info: MediaInfo, target: Target) -> None:
    if info.duration_seconds > target.duration_seconds_max + 0.5:
        raise TargetUnreachable(
            f"The video lasts {info.duration_seconds:.0f} s; "
            f"{target.platform} takes {target.duration_seconds_max:.0f} s.",
            hint="Cut it into shorter parts first.",
        )
    long, short = max(info.video.width, info.video.height), min(info.video.width, info.video.height)
    if long / short > target.side_max / target.side_min:
        raise TargetUnreachable(
            f"The picture is {info.video.width}×{info.video.height}: no size within {target.platform}'s "
            f"{target.side_min} to {target.side_max} pixels keeps that shape.",
            hint="Crop it first.",
        )
    room = _room_bits_per_second(info, target)
    if info.size_bytes > target.size_bytes_max and room < BITS_PER_SECOND_MIN:
        raise TargetUnreachable(
            f"The file is {info.size_bytes / MEGABYTE:.0f} MB; {target.platform} takes "
            f"{target.size_bytes_max / MEGABYTE:.0f} MB, and {info.duration_seconds:.0f} s do not fit into that "
            "with a picture worth watching.",
            hint="Cut it into shorter parts first.",
        )


def _codec_reasons(info: MediaInfo, target: Target) -> list[str]:
    video = info.video
    reasons = []
    if video.codec != target.video_codec:
        reasons.append(f"the codec is {video.codec}, {target.platform} prefers {target.video_codec}")
    if video.is_hdr:
        reasons.append("the picture is HDR, which few players show as it was meant; it becomes SDR")
    elif video.pixel_format not in target.pixel_formats:
        reasons.append(f"the pixels are stored as {video.pixel_format}, players expect {target.pixel_formats[0]}")
    if video.is_mirrored:
        reasons.append("the picture is stored mirrored and turned; not every player puts it right")
    elif video.rotation_degrees:
        reasons.append(f"the picture is stored turned by {video.rotation_degrees}°; not every player turns it back")
    if info.container in CONTAINERS_WITHOUT_TIMES:
        reasons.append(f"the container is {info.container}, which does not say when a picture is shown")
    if not video.has_square_pixels:
        reasons.append("the pixels are not square; not every player stretches them")
    return reasons


def _container_reasons(info: MediaInfo, target: Target) -> list[str]:
    reasons = []
    if info.container != target.container:
        reasons.append(f"the container is {info.container}, {target.platform} prefers {target.container}")
    if info.audio and info.audio.codec != target.audio_codec:
        reasons.append(f"the sound is {info.audio.codec}, {target.container} players expect {target.audio_codec}")
    return reasons


def _frame_rate(info: MediaInfo, target: Target) -> tuple[int | None, str]:
    rate = info.video.frame_rate
    if rate > target.frame_rate_max + RATE_TOLERANCE:
        return target.frame_rate_max, f"{rate:.4g} frames a second are more than the {target.frame_rate_max} allowed"
    if rate < target.frame_rate_min - RATE_TOLERANCE:
        wanted = target.frame_rate_for_slow
        return wanted, f"{rate:.4g} frames a second are fewer than the {target.frame_rate_min} required"
    return None, ""


def _size(info: MediaInfo, target: Target) -> tuple[tuple[int, int], str]:
    width, height = info.video.width, info.video.height
    said = f"the picture is {width}×{height}"
    if min(width, height) < target.side_min:
        return _scaled(width, height, target.side_min / min(width, height), target), (
            f"{said}, {target.platform} wants at least {target.side_min} pixels on each side"
        )
    if max(width, height) > target.side_max:
        return _scaled(width, height, target.side_max / max(width, height), target), (
            f"{said}, {target.platform} takes at most {target.side_max} pixels on each side"
        )
    even = (width // 2 * 2, height // 2 * 2)
    return even, "" if even == (width, height) else f"{said}, and H.264 wants even sides: one line is cut off"


def _scaled(width: int, height: int, factor: float, target: Target) -> tuple[int, int]:
    def side(length: int) -> int:
        return min(target.side_max, max(target.side_min, round(length * factor / 2) * 2))

    return side(width), side(height)


def _bit_rate_limit(info: MediaInfo, target: Target) -> tuple[int | None, str]:
    if info.size_bytes <= target.size_bytes_max:
        return None, ""
    return _room_bits_per_second(info, target), (
        f"the file is {info.size_bytes / MEGABYTE:.0f} MB, {target.platform} takes "
        f"{target.size_bytes_max / MEGABYTE:.0f} MB"
    )


def _room_bits_per_second(info: MediaInfo, target: Target) -> int:
    room = target.size_bytes_max * 8 * SIZE_MARGIN / max(info.duration_seconds, 1)
    return int(room) - (SOUND_BITS_PER_SECOND if info.audio else 0)
