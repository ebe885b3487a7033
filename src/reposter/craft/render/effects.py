"""Which steps change the picture, and what is said of those that do not run."""

from __future__ import annotations

from reposter.craft.render.report import Outcome, StepReport
from reposter.craft.render.request import QUALITY_ENHANCEMENT, WATERMARK_REMOVAL, RenderRequest
from reposter.media.frames import FrameEffect
from reposter.vocabulary.rights import Basis

PICTURE_STEPS = (WATERMARK_REMOVAL, QUALITY_ENHANCEMENT)


def choose_effects(request: RenderRequest) -> tuple[tuple[FrameEffect, ...], tuple[StepReport, ...]]:
    """The effects in the request's order, and a report for each picture step that has none."""
    reports = [_report(request, step.name, step.enabled) for step in request.steps if step.name in PICTURE_STEPS]
    return (), tuple(reports)


def _report(request: RenderRequest, name: str, enabled: bool) -> StepReport:
    if not enabled:
        return StepReport(name, Outcome.SKIPPED, "not asked for")
    if name == WATERMARK_REMOVAL and request.basis is Basis.UNKNOWN:
        return StepReport(name, Outcome.HELD, "nobody has said yet on what ground this video may be used")
    return StepReport(name, Outcome.UNAVAILABLE, "not part of this version; the picture was left as it is")
