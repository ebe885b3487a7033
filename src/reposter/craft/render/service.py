"""Renders a request in a confined child process. Imports no video library, so that agents stay light."""

from __future__ import annotations

from reposter.craft.convert import errors as convert_errors
from reposter.craft.render.limits import limits_for
from reposter.craft.render.paths import remove_abandoned, remove_work, work_path_of
from reposter.craft.render.report import RenderReport
from reposter.craft.render.request import RenderRequest
from reposter.craft.watermark import errors as watermark_errors
from reposter.kit.process import Limits, OnProgress, run_child
from reposter.media.inspection import CHILD_ENV, probe_in_child

MODULE = "reposter.craft.render.child"
# Loaded here, so that a child's answer finds them by their code.
KNOWN_ERRORS = (convert_errors.TargetUnreachable, convert_errors.OutputRejected, watermark_errors.MemoryUnusable)


def render(
    request: RenderRequest, *, on_progress: OnProgress | None = None, limits: Limits | None = None
) -> RenderReport:
    """Make the output of a request and answer what was done.

    A second run does it again and replaces the output as a whole. Progress is
    `{"step", "done", "total", "fraction", "eta_seconds"}`, at most four times a second; an error that `on_progress`
    raises stops the work and goes on.

    Raises:
        InvalidInput: the request makes no sense.
        MemoryUnusable: its memory is none, or is damaged.
        UnreadableMedia, UnsupportedMedia: the input is no video that we can work on.
        TargetUnreachable: nothing can make it fit the target.
        OutputRejected: what came out was not what was planned.
        StorageExhausted: the disk is full; nothing is left behind.
        ChildFailed: the child died or went over its limits.
    """
    request.check()
    limits = limits or limits_for(probe_in_child(request.input_path), removes_mark=request.removes_mark)
    remove_abandoned(request.output_path)
    work_path = work_path_of(request.output_path)
    try:
        answer = run_child(
            MODULE,
            {"request": request.to_dict(), "work_path": str(work_path)},
            limits=limits,
            on_progress=on_progress,
            env=CHILD_ENV,
        )
    finally:
        remove_work(work_path)
    return RenderReport.from_dict(answer)
