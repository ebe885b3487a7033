"""A twin of the renderer: files of a few bytes, and a report that says what the test wants to hear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reposter.craft.render.report import Alternative, Outcome, RenderReport, StepReport
from reposter.craft.render.request import WATERMARK_REMOVAL, RenderRequest
from reposter.kit.files import sha256_of
from reposter.vocabulary.media import MediaInfo, VideoInfo

DOUBTFUL = {"judge": {"verdict": "doubtful"}, "regions": [[0.1, 0.8, 0.4, 0.9]]}
PICTURE = VideoInfo("h264", 720, 1280, 30.0, 645, "yuv420p")


@dataclass
class StandInRenderer:
    """`requests` are those that it was given; `while_at_work` is called before the files are there."""

    outcome: Outcome = Outcome.DONE
    is_doubtful: bool = False
    requests: list[RenderRequest] = field(default_factory=list)
    trouble: Exception | None = None
    while_at_work: Callable[[], object] = lambda: None

    def __call__(self, request: RenderRequest, _on_progress: object) -> RenderReport:
        self.requests.append(request)
        self.while_at_work()
        if self.trouble is not None:
            raise self.trouble
        turn = len(self.requests)
        info = self._write(request.output_path, f"rendered for the {turn}. time")
        other = None
        if self.is_doubtful:
            assert request.alternative_path is not None
            cleaned = self._write(request.alternative_path, f"cleaned in the {turn}. run")
            other = Alternative(request.alternative_path, sha256_of(request.alternative_path), cleaned.size_bytes)
        return RenderReport(
            input_path=request.input_path,
            output_path=request.output_path,
            input=info,
            output=info,
            input_sha256="0" * 64,
            output_sha256=sha256_of(request.output_path),
            steps=(self._step(),),
            thumbnails=(),
            frames=645,
            frames_per_second=200.0,
            total_seconds=3.2,
            alternative=other,
        )

    def _step(self) -> StepReport:
        outcome = Outcome.HELD if self.is_doubtful else self.outcome
        details: dict[str, Any] = DOUBTFUL if self.is_doubtful else {}
        return StepReport(WATERMARK_REMOVAL, outcome, "As the test wants it.", details=details)

    @staticmethod
    def _write(path: Path, words: str) -> MediaInfo:
        path.write_text(words)
        return MediaInfo("mp4", 21.5, path.stat().st_size, PICTURE, None)
