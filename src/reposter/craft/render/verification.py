"""Is what came out what was planned? Nothing is put in place before it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from reposter.craft.convert.errors import OutputRejected, TargetUnreachable
from reposter.craft.convert.plan import Plan
from reposter.craft.convert.targets import MEGABYTE, Target
from reposter.craft.render.chain import Passed
from reposter.media.errors import UnreadableMedia
from reposter.media.verify import verify_playable
from reposter.vocabulary.media import MediaInfo

HINT = "Nothing was changed. Please report this video's format to us."
ROUNDING_SECONDS = 0.005
SOUND_FRAMES_SECONDS = 2 * 1024 / 32_000  # an AAC encoder works in whole frames, and starts with one of silence


def verify_output(path: Path, plan: Plan, source: MediaInfo, passed: Passed) -> MediaInfo:
    """Play the output's beginning, middle and end, and compare it with what went in.

    Raises:
        OutputRejected: with what is wrong.
    """
    try:
        output = verify_playable(path)
    except UnreadableMedia as error:
        raise OutputRejected(
            "The new file cannot be played to its end; it was thrown away.", hint=HINT, reason=error.message
        ) from error
    fault = next(_faults(output, plan, source, passed), None)
    if fault:
        raise OutputRejected(f"The new file is not what was planned: {fault}. It was thrown away.", hint=HINT)
    return output


def require_fit(output: MediaInfo, target: Target) -> None:
    """Refuse a result that grew beyond what the platform takes.

    Raises:
        TargetUnreachable: it did.
    """
    if output.size_bytes > target.size_bytes_max:
        raise TargetUnreachable(
            f"The result has {output.size_bytes / MEGABYTE:.0f} MB; {target.platform} takes "
            f"{target.size_bytes_max / MEGABYTE:.0f} MB.",
            hint="Choose a higher crf (lower quality), or cut the video into shorter parts.",
        )


def _faults(output: MediaInfo, plan: Plan, source: MediaInfo, passed: Passed) -> Iterator[str]:
    video = output.video
    allowed = 1 / video.frame_rate + ROUNDING_SECONDS
    if source.audio and source.audio.codec != "aac":
        allowed += SOUND_FRAMES_SECONDS
    if abs(output.duration_seconds - passed.end_seconds) > allowed:
        yield f"it lasts {output.duration_seconds:.3f} s instead of {passed.end_seconds:.3f} s"
    if video.frames != passed.frames:
        yield f"it has {video.frames} frames instead of {passed.frames}"
    if (video.width, video.height) != plan.size:
        yield f"it is {video.width}×{video.height} instead of {plan.size[0]}×{plan.size[1]}"
    if (output.audio is None) != (source.audio is None):
        yield "the sound was lost or invented"
