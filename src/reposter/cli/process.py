"""`reposter process`: the craft stage alone, one file in and one file out, no database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from reposter.cli.console import fail, make_progress, messages, print_json
from reposter.cli.options import basis_named
from reposter.cli.removal_words import lines_about_removal
from reposter.craft.convert.targets import DEFAULT_TARGET, TARGETS
from reposter.craft.render.report import Outcome, RenderReport, StepReport
from reposter.craft.render.request import (
    STEP_NAMES,
    WATERMARK_REMOVAL,
    RenderRequest,
    Step,
    default_steps,
    steps_named,
)
from reposter.craft.render.service import render
from reposter.kit.errors import AppError, InvalidInput
from reposter.kit.files import write_atomic
from reposter.kit.process import Json
from reposter.vocabulary.media import MediaInfo
from reposter.vocabulary.rights import Basis

REGION_HINT = "Give left, top, right, bottom in per cent of the picture, for example 5,80,40,90."

Thumbnails = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder for stills; none are made without it.")]
ReportFile = Annotated[Path | None, typer.Option("--report", metavar="FILE", help="Write the report there as JSON.")]
Memory = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="What other videos of the source taught of its mark; read and added to."),
]
Protected = Annotated[
    list[str] | None,
    typer.Option(metavar="L,T,R,B", help="Leave this rectangle alone, in per cent of the picture. Repeatable."),
]
Marked = Annotated[
    list[str] | None,
    typer.Option(metavar="L,T,R,B", help="A mark stands in this rectangle, in per cent. Repeatable."),
]
Both = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the cleaned version there when it is in doubt.")]

MARKS = {
    Outcome.DONE: ("✓", "green"),
    Outcome.SKIPPED: ("·", "dim"),
    Outcome.HELD: ("‖", "yellow"),
    Outcome.REFUSED: ("✗", "yellow"),
    Outcome.UNAVAILABLE: ("–", "yellow"),
}


def process(  # Typer reads options from the signature
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="The video to work on; it is never changed.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The mp4 to make; replaced as a whole if it exists.")],
    steps: Annotated[str | None, typer.Option(help=f"Steps to run, by comma, of: {', '.join(STEP_NAMES)}.")] = None,
    rights: Annotated[str, typer.Option(help=f"Ground of use: {', '.join(Basis)}.")] = Basis.UNKNOWN.value,
    target: Annotated[str, typer.Option(help=f"What the output must fit: {', '.join(TARGETS)}.")] = DEFAULT_TARGET,
    thumbnails: Thumbnails = None,
    preset: Annotated[str, typer.Option(help="Speed of the encoder, from ultrafast to veryslow.")] = "medium",
    crf: Annotated[int, typer.Option(help="Quality of the encoder: lower is better and larger.")] = 20,
    memory: Memory = None,
    protect: Protected = None,
    mark: Marked = None,
    inpaint: Annotated[bool, typer.Option("--inpaint", help="Invent what does not shine through a mark.")] = False,
    both: Both = None,
    report_file: ReportFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
) -> None:
    """Make one video fit for posting.

    The craft stage alone, without database or network.
    """
    try:
        request = RenderRequest(
            input_path=source,
            output_path=output,
            steps=_with_wishes(_chosen_steps(steps), protect or [], mark or [], inpaint=inpaint),
            thumbnails_dir=thumbnails,
            basis=basis_named(rights),
            target=target,
            preset=preset,
            crf=crf,
            memory_path=memory,
            video_id=str(source.resolve()),
            alternative_path=both,
        )
        _check_report_file(report_file, (source, output, memory, both))
        report = _render_with_bar(request, is_quiet=quiet or as_json)
        if report_file:
            write_atomic(report_file, json.dumps(report.to_dict(), ensure_ascii=False, indent=2).encode())
    except AppError as error:
        fail(error)
    if as_json:
        print_json(report.to_dict())
    elif not quiet:
        _tell(report)


def _chosen_steps(text: str | None) -> tuple[Step, ...]:
    if text is None:
        return default_steps()
    return steps_named([name.strip() for name in text.split(",") if name.strip()])


def _with_wishes(steps: tuple[Step, ...], protect: list[str], marks: list[str], *, inpaint: bool) -> tuple[Step, ...]:
    """The removal step with what the operator asked of it."""
    wishes = {
        **({"protect": [_region(text) for text in protect]} if protect else {}),
        **({"marks": [_region(text) for text in marks]} if marks else {}),
        **({"inpaint": True} if inpaint else {}),
    }
    return tuple(
        replace(step, settings={**step.settings, **wishes}) if step.name == WATERMARK_REMOVAL else step
        for step in steps
    )


def _region(text: str) -> list[float]:
    """Shares of the picture from per cent."""
    try:
        return [float(part) / 100 for part in text.split(",")]
    except ValueError as error:
        raise InvalidInput(f"{text!r} is no rectangle.", hint=REGION_HINT) from error


def _check_report_file(path: Path | None, others: Sequence[Path | None]) -> None:
    if path and not path.absolute().parent.is_dir():
        raise InvalidInput(f"The folder {path.parent} for the report does not exist.", hint="Make it first.")
    if path and any(other and path.resolve() == other.resolve() for other in others):
        raise InvalidInput(f"{path} is named twice.", hint="Name another file for the report.")


def _render_with_bar(request: RenderRequest, *, is_quiet: bool) -> RenderReport:
    with make_progress(is_quiet=is_quiet) as bar:
        task = bar.add_task(request.input_path.name, total=None)

        def show(progress: Json) -> None:
            bar.update(task, completed=progress["done"], total=progress["total"])

        return render(request, on_progress=show)


def _tell(report: RenderReport) -> None:
    messages.print(Text(f"{report.output_path}", style="bold"))
    messages.print(Text(f"  from  {_describe(report.input)}"))
    messages.print(Text(f"  to    {_describe(report.output)}"))
    for step in report.steps:
        messages.print(_line(step))
        if step.name == WATERMARK_REMOVAL:
            for line in lines_about_removal(step):
                messages.print(Text(f"      {line}", style="dim"))
    if report.alternative:
        messages.print(Text(f"  cleaned version: {report.alternative.path}"))
    for thumbnail in report.thumbnails:
        messages.print(Text(f"  still {thumbnail.path} ({thumbnail.at_seconds:.1f} s)"))
    messages.print(
        Text(f"  {report.frames} frames in {report.total_seconds:.1f} s ({report.frames_per_second:.0f} a second)")
    )


def _line(step: StepReport) -> Text:
    mark, style = MARKS[step.outcome]
    how = f" by {step.action}" if step.action else ""
    return Text(f"  {mark} ", style=style) + Text(
        f"{step.name}: {step.outcome.value}{how}: {step.why}", style="default"
    )


def _describe(info: MediaInfo) -> str:
    video = info.video
    sound = f"{info.audio.codec} {info.audio.sample_rate / 1000:g} kHz" if info.audio else "no sound"
    rate = f"{video.frame_rate:.4g} fps{' (variable)' if video.is_variable_rate else ''}"
    return (
        f"{info.container} {video.codec} {video.width}×{video.height}, {rate}, {sound}, "
        f"{info.duration_seconds:.2f} s, {info.size_bytes / 1024**2:.1f} MB"
    )
