"""What the watermark step found, took away and left, in words for a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reposter.craft.render.report import Outcome, StepReport
from reposter.vocabulary.rights import Basis

WAYS = {
    "jump": "it jumped from place to place",
    "memory": "other videos of the source show it",
    "pointed": "you pointed at it",
}
SPANS_MAX = 6


def lines_about_removal(step: StepReport) -> Iterator[str]:
    """One line for each thing worth saying; none for a step that nobody wanted."""
    details = step.details
    if step.outcome is Outcome.HELD and not details:
        yield f"say on what ground with --rights: {', '.join(one for one in Basis if one is not Basis.UNKNOWN)}"
    if mark := details.get("mark"):
        yield (
            f"found because {WAYS.get(mark['way'], mark['way'])}: confidence {mark['confidence']:.0%}, "
            f"on show {mark['coverage']:.0%} of the time"
        )
        yield from (_place(number, place) for number, place in enumerate(mark["places"], 1))
        yield from _memory(mark["memory"])
    if judge := details.get("judge"):
        yield from (_judgement(when, judge[when]) for when in ("trial", "encode") if judge.get(when))
    if touched := details.get("touched"):
        yield f"touched {touched['frames']} frames, {touched['pixels']} pixels in all"
    for left in details.get("left", ()):
        yield f"left alone from {left['start']:.1f} to {left['end']:.1f} s at {_at(left['box'])}: {left['why']}"
    if details.get("sidecar"):
        yield f"frames and pixels: {details['sidecar']}"
    if seconds := details.get("seconds"):
        yield "time: " + ", ".join(f"{name} {spent:.2f} s" for name, spent in seconds.items())


def _place(number: int, place: dict[str, Any]) -> str:
    spans = [f"{one['start']:.1f}–{one['end']:.1f} s" for one in place["segments"]]
    if len(spans) > SPANS_MAX:
        spans[SPANS_MAX:] = [f"and {len(spans) - SPANS_MAX} more"]
    alpha = place["alpha"]
    return (
        f"place {number} at {_at(place['box'])}: opacity {alpha['median']:.2f} (at most {alpha['max']:.2f}), "
        f"{place['ink_pixels']} pixels of ink, {', '.join(spans) or 'never'}"
    )


def _memory(lines: list[dict[str, Any]]) -> Iterator[str]:
    for line in lines:
        said = f"the memory of {line['siblings']} videos helped" if line["used"] else f"not from memory: {line['why']}"
        yield f"line {line['line'] + 1}: {said}"


def _judgement(when: str, one: dict[str, Any]) -> str:
    said = "before encoding" if when == "trial" else "while encoding"
    return (
        f"judged {one['verdict']} {said}: {one['why']} (residue {one['residue_before']:.2f} → "
        f"{one['residue_after']:.2f}, damage {one['damage']:.2f}, out of range {one['clipped']:.1%})"
    )


def _at(box: list[int]) -> str:
    return f"{box[0]},{box[1]} to {box[2]},{box[3]}"
