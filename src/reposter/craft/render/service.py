"""Renders a request in a confined child process. Imports no video library, so that agents stay light."""

from __future__ import annotations

import secrets
from pathlib import Path

from reposter.craft.convert import errors as convert_errors
from reposter.craft.render.limits import limits_for
from reposter.craft.render.report import RenderReport
from reposter.craft.render.request import RenderRequest
from reposter.kit.clock import utc_now
from reposter.kit.process import Limits, OnProgress, run_child
from reposter.media.inspection import CHILD_ENV, probe_in_child

MODULE = "reposter.craft.render.child"
ABANDONED_AFTER_SECONDS = 3600
# Loaded here, so that a child's answer finds them by their code.
KNOWN_ERRORS = (convert_errors.TargetUnreachable, convert_errors.OutputRejected)


def render(
    request: RenderRequest, *, on_progress: OnProgress | None = None, limits: Limits | None = None
) -> RenderReport:
    """Make the output of a request and answer what was done.

    A second run does it again and replaces the output as a whole. Progress is
    `{"step", "done", "total", "fraction", "eta_seconds"}`, at most four times a second; an error that `on_progress`
    raises stops the work and goes on.

    Raises:
        InvalidInput: the request makes no sense.
        UnreadableMedia, UnsupportedMedia: the input is no video that we can work on.
        TargetUnreachable: nothing can make it fit the target.
        OutputRejected: what came out was not what was planned.
        StorageExhausted: the disk is full; nothing is left behind.
        ChildFailed: the child died or went over its limits.
    """
    request.check()
    limits = limits or limits_for(probe_in_child(request.input_path))
    _remove_abandoned(request.output_path)
    work_path = _work_path(request.output_path)
    try:
        answer = run_child(
            MODULE,
            {"request": request.to_dict(), "work_path": str(work_path)},
            limits=limits,
            on_progress=on_progress,
            env=CHILD_ENV,
        )
    finally:
        work_path.unlink(missing_ok=True)
    return RenderReport.from_dict(answer)


def _work_path(output: Path) -> Path:
    """Beside the output, so that the last step is a rename; no two runs share one."""
    return output.absolute().with_name(f".{output.name}.{secrets.token_hex(4)}.part")


def _remove_abandoned(output: Path) -> None:
    """What a run that was killed together with its parent left behind."""
    prefix = f".{output.name}."
    for path in output.absolute().parent.iterdir():
        if (
            path.name.startswith(prefix)
            and path.name.endswith(".part")
            and _age_seconds(path) > ABANDONED_AFTER_SECONDS
        ):
            path.unlink(missing_ok=True)


def _age_seconds(path: Path) -> float:
    try:
        return utc_now().timestamp() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
