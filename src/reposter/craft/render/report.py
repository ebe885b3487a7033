"""What became of a request: each step, both files, and how long it took."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from reposter.media.inspection import info_from_dict
from reposter.vocabulary.media import MediaInfo


class Outcome(StrEnum):
    DONE = "done"
    SKIPPED = "skipped"  # not asked for
    HELD = "held"  # waits for a person
    REFUSED = "refused"  # its result would have been worse than the input
    UNAVAILABLE = "unavailable"  # this version cannot do it


@dataclass(frozen=True)
class StepReport:
    """`action` says how it was done where there is a choice: copy, remux or transcode."""

    name: str
    outcome: Outcome
    why: str
    action: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Thumbnail:
    path: Path
    at_seconds: float


@dataclass(frozen=True)
class RenderReport:
    """`frames` pictures were written, `frames_per_second` of them each second of work."""

    input_path: Path
    output_path: Path
    input: MediaInfo
    output: MediaInfo
    input_sha256: str
    output_sha256: str
    steps: tuple[StepReport, ...]
    thumbnails: tuple[Thumbnail, ...]
    frames: int
    frames_per_second: float
    total_seconds: float

    def step(self, name: str) -> StepReport:
        return next(step for step in self.steps if step.name == name)

    def to_dict(self) -> dict[str, Any]:  # JSON
        data = asdict(self)
        data["input_path"], data["output_path"] = str(self.input_path), str(self.output_path)
        for thumbnail in data["thumbnails"]:
            thumbnail["path"] = str(thumbnail["path"])
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        steps = tuple(StepReport(**{**step, "outcome": Outcome(step["outcome"])}) for step in data["steps"])
        thumbnails = tuple(Thumbnail(Path(one["path"]), one["at_seconds"]) for one in data["thumbnails"])
        return cls(
            **{
                **data,
                "input_path": Path(data["input_path"]),
                "output_path": Path(data["output_path"]),
                "input": info_from_dict(data["input"]),
                "output": info_from_dict(data["output"]),
                "steps": steps,
                "thumbnails": thumbnails,
            }
        )
