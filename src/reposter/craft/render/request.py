"""What is to be made of which file, as a value that travels to a child process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from reposter.craft.convert.targets import DEFAULT_TARGET, find_target
from reposter.craft.thumbnails.positions import DEFAULT_POSITIONS, parse_positions, spread
from reposter.kit.errors import InvalidInput
from reposter.vocabulary.rights import Basis
from reposter.vocabulary.wishes import Wishes, parse_regions

WATERMARK_REMOVAL = "watermark_removal"
QUALITY_ENHANCEMENT = "quality_enhancement"
FORMAT_CONVERSION = "format_conversion"
THUMBNAIL_GENERATION = "thumbnail_generation"
STEP_NAMES = (WATERMARK_REMOVAL, QUALITY_ENHANCEMENT, FORMAT_CONVERSION, THUMBNAIL_GENERATION)
DETECTION = "ai_detection"  # the specification's word for it
PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")
CRF_MAX = 51
DURATION_UNKNOWN_SECONDS = 1e9


@dataclass(frozen=True)
class Step:
    """`settings` are the specification's own: method, count and timestamps, outputFormat and codec.

    Watermark removal also takes `protect` and `marks` (regions of four numbers from 0 to 1) and `inpaint`.
    """

    name: str
    enabled: bool = True
    settings: dict[str, Any] = field(default_factory=dict)  # any JSON


@dataclass(frozen=True)
class RenderRequest:
    """One file in, one file out. Thumbnails are drawn only where a folder for them is named.

    `memory_path`: what other videos of the source taught of its mark; read, and added to after a removal that went
    well, under `video_id`. `alternative_path`: where the cleaned version goes if a person should choose; without it
    only the version with its mark is made.
    """

    input_path: Path
    output_path: Path
    steps: tuple[Step, ...]
    thumbnails_dir: Path | None = None
    basis: Basis = Basis.UNKNOWN
    target: str = DEFAULT_TARGET
    preset: str = "medium"
    crf: int = 20
    memory_path: Path | None = None
    video_id: str | None = None
    alternative_path: Path | None = None

    def step(self, name: str) -> Step | None:
        """The step of that name if it is wanted."""
        return next((step for step in self.steps if step.name == name and step.enabled), None)

    @property
    def removes_mark(self) -> bool:
        """Removal is wanted, and somebody has said on what ground."""
        return self.step(WATERMARK_REMOVAL) is not None and self.basis is not Basis.UNKNOWN

    def check(self) -> None:
        """Refuse what cannot work before anything is started.

        Raises:
            InvalidInput: with the one thing to put right.
        """
        _check_paths(self.input_path, self.output_path)
        _check_extras(self.memory_path, self.alternative_path, self.input_path, self.output_path)
        find_target(self.target)
        for step in self.steps:
            _check_step(step)
        if self.preset not in PRESETS:
            raise InvalidInput(f"There is no preset {self.preset!r}.", hint=f"Choose one of: {', '.join(PRESETS)}.")
        if not 0 <= self.crf <= CRF_MAX:
            raise InvalidInput(
                f"A quality (crf) of {self.crf} does not exist.", hint="Choose 0 (best) to 51; 20 is good."
            )

    def to_dict(self) -> dict[str, Any]:
        return {
            "input_path": str(self.input_path.absolute()),
            "output_path": str(self.output_path.absolute()),
            "thumbnails_dir": _absolute(self.thumbnails_dir),
            "steps": [{"name": one.name, "enabled": one.enabled, "settings": one.settings} for one in self.steps],
            "basis": self.basis.value,
            "target": self.target,
            "preset": self.preset,
            "crf": self.crf,
            "memory_path": _absolute(self.memory_path),
            "video_id": self.video_id,
            "alternative_path": _absolute(self.alternative_path),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return cls(
            input_path=Path(data["input_path"]),
            output_path=Path(data["output_path"]),
            thumbnails_dir=_path(data["thumbnails_dir"]),
            steps=tuple(Step(**step) for step in data["steps"]),
            basis=Basis(data["basis"]),
            target=data["target"],
            preset=data["preset"],
            crf=data["crf"],
            memory_path=_path(data["memory_path"]),
            video_id=data["video_id"],
            alternative_path=_path(data["alternative_path"]),
        )


def default_steps() -> tuple[Step, ...]:
    """The steps as the specification switches them."""
    return (
        Step(WATERMARK_REMOVAL, settings={"method": DETECTION}),
        Step(QUALITY_ENHANCEMENT, enabled=False),
        Step(FORMAT_CONVERSION, settings={"outputFormat": "mp4", "codec": "h264"}),
        Step(THUMBNAIL_GENERATION, settings={"count": 3, "timestamps": list(DEFAULT_POSITIONS)}),
    )


def steps_named(names: Sequence[str]) -> tuple[Step, ...]:
    """The default steps with just those of `names` switched on.

    Raises:
        InvalidInput: one of them is no step.
    """
    for name in names:
        _check_name(name)
    return tuple(Step(step.name, step.name in names, step.settings) for step in default_steps())


def positions_of(step: Step) -> tuple[str, ...]:
    """Where a thumbnail step wants its stills: its timestamps, else so many evenly spread.

    Raises:
        InvalidInput: its settings make no sense.
    """
    timestamps = step.settings.get("timestamps")
    count = step.settings.get("count", len(DEFAULT_POSITIONS))
    if not timestamps:
        return spread(count if isinstance(count, int) else 0)
    if not isinstance(timestamps, list | tuple) or not all(isinstance(text, str) for text in timestamps):
        raise InvalidInput("The timestamps of thumbnails are a list of texts.", hint='For example ["10%", "3.5s"].')
    return tuple(timestamps)


def wishes_of(step: Step) -> Wishes:
    """What a removal step is to heed.

    Raises:
        InvalidInput: its settings make no sense.
    """
    return Wishes(
        protect=_regions(step, "protect"), marks=_regions(step, "marks"), inpaint=step.settings.get("inpaint") is True
    )


def _regions(step: Step, name: str) -> tuple[tuple[float, float, float, float], ...]:
    given = step.settings.get(name, ())
    if not isinstance(given, list | tuple) or not all(isinstance(one, list | tuple) for one in given):
        raise InvalidInput(f"{name} is a list of regions.", hint="For example [[0.1, 0.8, 0.4, 0.9]].")
    return parse_regions(name, given)


def _absolute(path: Path | None) -> str | None:
    return str(path.absolute()) if path else None


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _check_paths(source: Path, output: Path) -> None:
    if not source.exists():
        raise InvalidInput(f"{source} does not exist.", hint="Check the path of the input.")
    if not source.is_file():
        raise InvalidInput(f"{source} is not a file.", hint="Give one video file.")
    if output.is_dir():
        raise InvalidInput(f"{output} is a folder.", hint=f"Name the file too, for example {output / 'clip.mp4'}.")
    if not output.absolute().parent.is_dir():
        raise InvalidInput(f"The folder {output.parent} does not exist.", hint="Make it first, or choose another.")
    if output.exists() and output.samefile(source):
        raise InvalidInput(
            "Input and output are the same file.", hint="The original is never overwritten; name another."
        )


def _check_extras(memory: Path | None, alternative: Path | None, source: Path, output: Path) -> None:
    for path, what in ((memory, "memory"), (alternative, "other version")):
        if path and path.is_dir():
            raise InvalidInput(f"{path} is a folder.", hint=f"Name a file for the {what}.")
        if path and not path.absolute().parent.is_dir():
            raise InvalidInput(f"The folder {path.parent} does not exist.", hint="Make it first, or choose another.")
        others = (source, output, memory if path is alternative else None)
        if path and any(other and path.resolve() == other.resolve() for other in others):
            raise InvalidInput(f"{path} is named twice.", hint=f"Name another file for the {what}.")


def _check_step(step: Step) -> None:
    _check_name(step.name)
    if step.name == THUMBNAIL_GENERATION:
        parse_positions(positions_of(step), DURATION_UNKNOWN_SECONDS)
    if step.name == WATERMARK_REMOVAL:
        _check_removal(step)
    if step.name == FORMAT_CONVERSION:
        for key, only in (("outputFormat", "mp4"), ("codec", "h264")):
            if step.settings.get(key, only) != only:
                raise InvalidInput(f"{step.settings[key]!r} cannot be made.", hint=f"{key} must be {only!r}.")


def _check_removal(step: Step) -> None:
    wishes_of(step)
    for key, only in (("method", DETECTION), ("doubtful", "hold")):
        if step.settings.get(key, only) != only:
            raise InvalidInput(f"{key} cannot be {step.settings[key]!r}.", hint=f"{key} must be {only!r}.")
    if not isinstance(step.settings.get("inpaint", False), bool):
        raise InvalidInput(f"inpaint cannot be {step.settings['inpaint']!r}.", hint="inpaint must be true or false.")


def _check_name(name: str) -> None:
    if name not in STEP_NAMES:
        raise InvalidInput(f"There is no step called {name!r}.", hint=f"The steps are: {', '.join(STEP_NAMES)}.")
