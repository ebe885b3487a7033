"""What can go wrong between a video and its target."""

from __future__ import annotations

from reposter.kit.errors import AppError


class TargetUnreachable(AppError):
    """No conversion makes this video fit the target."""

    code = "target_unreachable"


class OutputRejected(AppError):
    """What was made is not what was planned; it was thrown away."""

    code = "output_rejected"
