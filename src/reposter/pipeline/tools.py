"""What the steps may use: handed over once when a process starts, so that no step builds its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reposter.kit.database import Database
from reposter.pipeline.engine import Line
from reposter.pipeline.options import LineOptions
from reposter.storage.layout import Layout

if TYPE_CHECKING:
    from reposter.acquire.discovery.ports import SourceReader
    from reposter.acquire.download.ports import Downloader
    from reposter.craft.render.report import RenderReport
    from reposter.craft.render.request import RenderRequest
    from reposter.deliver.publishing.journal import Journal
    from reposter.deliver.publishing.ports import Publisher
    from reposter.evaluate.metrics.ports import MetricsReader
    from reposter.kit.process import OnProgress
    from reposter.vocabulary.media import MediaInfo


@dataclass(frozen=True)
class Tools:
    """`publisher_for` and `metrics_for` take an account's handle; `keep_connected` renews its tokens.

    `point` is called between the lines that a crash could separate; nothing happens there but in trials that kill.
    """

    agent_id: str
    database: Database
    line: Line
    layout: Layout
    options: Callable[[], LineOptions]
    reader: SourceReader
    downloaders: tuple[Downloader, ...]
    verify_media: Callable[[Path], MediaInfo]
    render: Callable[[RenderRequest, OnProgress], RenderReport]
    journal: Journal
    publisher_for: Callable[[str], Publisher]
    metrics_for: Callable[[str], MetricsReader]
    keep_connected: Callable[[str], object] = lambda _account: None
    point: Callable[[str], None] = lambda _name: None


_handed_over: dict[str, Tools] = {}


def hand_over(tools: Tools) -> None:
    _handed_over["tools"] = tools


def tools() -> Tools:
    """The tools of this process.

    Raises:
        KeyError: a step runs in a process that was not wired.
    """
    return _handed_over["tools"]
