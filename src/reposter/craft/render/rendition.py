"""From request to report: look, plan, make by the cheapest way, verify, put in place."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from reposter.craft.convert.plan import Action, Plan, plan, untouched
from reposter.craft.convert.targets import find_target
from reposter.craft.render.idle_steps import reports_of_idle_steps
from reposter.craft.render.limits import kept_bytes
from reposter.craft.render.making import Made, make_file
from reposter.craft.render.paths import cleaned_path_of, remove_work
from reposter.craft.render.removal import Removal, looked_for, sidecar_of
from reposter.craft.render.report import Alternative, Outcome, RenderReport, StepReport, Thumbnail
from reposter.craft.render.request import FORMAT_CONVERSION, THUMBNAIL_GENERATION, RenderRequest
from reposter.craft.render.verification import require_fit
from reposter.craft.thumbnails.pick import Still
from reposter.craft.watermark.mark import Verdict
from reposter.kit.errors import StorageExhausted
from reposter.kit.files import free_bytes, move_into_place, sha256_of, write_atomic
from reposter.kit.process import OnProgress
from reposter.media.probe import probe
from reposter.vocabulary.media import MediaInfo

SPARE_BYTES = 64 << 20


@dataclass(frozen=True)
class Versions:
    """`main` lies at the work path; `has_cleaned`: a doubtful cleaned version lies beside it."""

    main: Made
    has_cleaned: bool = False


def make_rendition(request: RenderRequest, work_path: Path, on_progress: OnProgress) -> RenderReport:
    """Carry out a request in this process, writing to `work_path` until all is well.

    Raises:
        As `service.render`, but for ChildFailed.
    """
    started = time.perf_counter()
    info = probe(request.input_path)
    _require_room(request, info)
    try:
        with _removal(request, info, work_path.parent, on_progress) as removal:
            versions = _make_versions(request, info, removal, work_path, on_progress)
            output_sha256 = sha256_of(work_path)
            thumbnails, thumbnail_report = _keep_stills(request, versions.main.stills)
            alternative = _place(request, versions, work_path)
            removal_reports = _finish_removal(request, removal, versions)
    finally:
        remove_work(work_path)
    made = versions.main
    reports = (*removal_reports, *reports_of_idle_steps(request), _conversion_report(request, made), thumbnail_report)
    return RenderReport(
        input_path=request.input_path,
        output_path=request.output_path,
        input=info,
        output=made.output,
        input_sha256=output_sha256 if made.plan.action is Action.COPY else sha256_of(request.input_path),
        output_sha256=output_sha256,
        steps=_in_order(request, reports),
        thumbnails=thumbnails,
        frames=made.frames,
        frames_per_second=round(made.frames / max(made.seconds, 0.001), 1),
        total_seconds=round(time.perf_counter() - started, 3),
        alternative=alternative,
    )


@contextmanager
def _removal(
    request: RenderRequest, info: MediaInfo, folder: Path, on_progress: OnProgress
) -> Iterator[Removal | None]:
    """What a look at the input found; None where no look is wanted or allowed."""
    if not request.removes_mark:
        yield None
        return
    size = _choose_plan(request, info, has_effects=True).size
    with looked_for(request, info, size, folder, on_progress) as removal:
        yield removal


def _make_versions(
    request: RenderRequest, info: MediaInfo, removal: Removal | None, work_path: Path, on_progress: OnProgress
) -> Versions:
    """The version that goes out, and the cleaned one beside it where a person should choose."""
    has_cleaned = False
    if removal and removal.effect and removal.wants_cleaned:
        cleaned_path = cleaned_path_of(work_path)
        chosen = _choose_plan(request, info, has_effects=True)
        cleaned = make_file(request, info, chosen, (removal.effect,), cleaned_path, on_progress)
        _require_fit(request, cleaned)
        verdict = removal.pass_judged()
        if verdict is Verdict.BETTER:
            cleaned_path.replace(work_path)
            return Versions(cleaned)
        has_cleaned = verdict is Verdict.DOUBTFUL and request.alternative_path is not None
    chosen = _choose_plan(request, info, has_effects=False)
    main = make_file(request, info, chosen, (), work_path, on_progress)
    _require_fit(request, main)
    return Versions(main, has_cleaned)


def _place(request: RenderRequest, versions: Versions, work_path: Path) -> Alternative | None:
    move_into_place(work_path, request.output_path)
    if request.alternative_path is None or not versions.has_cleaned:
        return None
    cleaned = cleaned_path_of(work_path)
    alternative = Alternative(request.alternative_path, sha256_of(cleaned), cleaned.stat().st_size)
    move_into_place(cleaned, request.alternative_path)
    return alternative


def _finish_removal(request: RenderRequest, removal: Removal | None, versions: Versions) -> tuple[StepReport, ...]:
    """The sidecar beside the version that was touched, what was learnt, and the report."""
    report = removal.report() if removal else None
    if removal is None or report is None or report.outcome is not Outcome.DONE:
        sidecar_of(request.output_path).unlink(missing_ok=True)  # of an earlier run: this output was not touched
    if removal is None or report is None:
        return ()
    if report.outcome is Outcome.DONE:
        report.details["sidecar"] = str(removal.write_sidecar(request.output_path))
        report.details["not_learnt"] = removal.learn()
        report.details["learnt"] = not report.details["not_learnt"]
    elif versions.has_cleaned and request.alternative_path:
        report.details["sidecar"] = str(removal.write_sidecar(request.alternative_path))
    return (report,)


def _choose_plan(request: RenderRequest, info: MediaInfo, *, has_effects: bool) -> Plan:
    if request.step(FORMAT_CONVERSION) or has_effects:
        return plan(info, find_target(request.target), has_effects=has_effects)
    return untouched(info, "conversion was not asked for; the file is copied as it is")


def _require_room(request: RenderRequest, info: MediaInfo) -> None:
    output = request.output_path
    needed = info.size_bytes + SPARE_BYTES + (kept_bytes(info) if request.removes_mark else 0)
    if free_bytes(output.absolute().parent) < needed:
        raise StorageExhausted(
            f"The disk is almost full: there is no room for {output.name}.",
            hint=f"Free some space under {output.parent}; work goes on by itself.",
        )


def _keep_stills(request: RenderRequest, stills: tuple[Still, ...]) -> tuple[tuple[Thumbnail, ...], StepReport]:
    if not request.step(THUMBNAIL_GENERATION):
        return (), StepReport(THUMBNAIL_GENERATION, Outcome.SKIPPED, "not asked for")
    if not request.thumbnails_dir:
        return (), StepReport(THUMBNAIL_GENERATION, Outcome.SKIPPED, "no folder was named for them")
    started = time.perf_counter()
    thumbnails = []
    for still in stills:
        path = request.thumbnails_dir / f"{request.output_path.stem}_{still.number}.jpg"
        write_atomic(path, still.jpeg)
        thumbnails.append(Thumbnail(path, round(still.at_seconds, 3)))
    seconds = round(time.perf_counter() - started, 3)
    why = f"{len(thumbnails)} stills from the finished picture"
    return tuple(thumbnails), StepReport(THUMBNAIL_GENERATION, Outcome.DONE, why, seconds=seconds)


def _require_fit(request: RenderRequest, made: Made) -> None:
    if request.step(FORMAT_CONVERSION):
        require_fit(made.output, find_target(request.target))


def _conversion_report(request: RenderRequest, made: Made) -> StepReport:
    outcome = Outcome.DONE if request.step(FORMAT_CONVERSION) else Outcome.SKIPPED
    return StepReport(
        FORMAT_CONVERSION, outcome, "; ".join(made.plan.reasons), action=made.plan.action.value, seconds=made.seconds
    )


def _in_order(request: RenderRequest, reports: tuple[StepReport, ...]) -> tuple[StepReport, ...]:
    """The request's own order; steps that it does not name come last."""
    names = [step.name for step in request.steps]
    ranked = sorted(reports, key=lambda report: names.index(report.name) if report.name in names else len(names))
    return tuple(replace(report, seconds=round(report.seconds, 3)) for report in ranked)
