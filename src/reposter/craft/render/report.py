"""What became of a request: each step, both files, and how long it took."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from reposter.media.inspection import info_from_dict
from reposter.vocabulary.media import MediaInfo


class Outcome(StrEnum):
    DONE = "done"
    SKIPPED = "skipped"  # not asked for, or nothing was there to do
    HELD = "held"  # waits for a person
    REFUSED = "refused"  # its result would have been worse than the input
    UNAVAILABLE = "unavailable"  # this version cannot do it


@dataclass(frozen=True)
class StepReport:
    """`action` says how it was done where there is a choice: copy, remux or transcode. `details` are the step's own
    figures, for those who want to know more."""

    name: str
    outcome: Outcome
    why: str
    action: str | None = None
    seconds: float = 0.0
    details: dict[str, Any] = field(default_factory=dict)  # any JSON


@dataclass(frozen=True)
class Thumbnail:
    path: Path
    at_seconds: float


@dataclass(frozen=True)
class Alternative:
    """The cleaned version, made beside the output because a person should choose between both."""

    path: Path
    sha256: str
    size_bytes: int


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
    alternative: Alternative | None = None

    def step(self, name: str) -> StepReport:
        return next(step for step in self.steps if step.name == name)

    def to_dict(self) -> dict[str, Any]:  # JSON
        data = asdict(self)
        data["input_path"], data["output_path"] = str(self.input_path), str(self.output_path)
        for thumbnail in data["thumbnails"]:
            thumbnail["path"] = str(thumbnail["path"])
        if data["alternative"]:
            data["alternative"]["path"] = str(data["alternative"]["path"])
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        steps = tuple(StepReport(**{**step, "outcome": Outcome(step["outcome"])}) for step in data["steps"])
        thumbnails = tuple(Thumbnail(Path(one["path"]), one["at_seconds"]) for one in data["thumbnails"])
        other = data.get("alternative")  # reports of older versions have none
        return cls(
            **{
                **data,
                "alternative": Alternative(**{**other, "path": Path(other["path"])}) if other else None,
                "input_path": Path(data["input_path"]),
                "output_path": Path(data["output_path"]),
                "input": info_from_dict(data["input"]),
                "output": info_from_dict(data["output"]),
                "steps": steps,
                "thumbnails": thumbnails,
            }
        )
