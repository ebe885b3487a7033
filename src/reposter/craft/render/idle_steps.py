"""What is said of the picture steps that do not run."""

from __future__ import annotations

from reposter.craft.render.report import Outcome, StepReport
from reposter.craft.render.request import QUALITY_ENHANCEMENT, WATERMARK_REMOVAL, RenderRequest
from reposter.vocabulary.rights import Basis

PICTURE_STEPS = (WATERMARK_REMOVAL, QUALITY_ENHANCEMENT)


def reports_of_idle_steps(request: RenderRequest) -> tuple[StepReport, ...]:
    """One for each picture step of the request that leaves the picture alone from the start."""
    reports = (_report(request, step.name, step.enabled) for step in request.steps if step.name in PICTURE_STEPS)
    return tuple(report for report in reports if report)


def _report(request: RenderRequest, name: str, enabled: bool) -> StepReport | None:
    if not enabled:
        return StepReport(name, Outcome.SKIPPED, "not asked for")
    if name == QUALITY_ENHANCEMENT:
        return StepReport(name, Outcome.UNAVAILABLE, "not part of this version; the picture was left as it is")
    if request.basis is Basis.UNKNOWN:
        return StepReport(name, Outcome.HELD, "nobody has said yet on what ground this video may be used")
    return None
