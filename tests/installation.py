"""A prepared data folder with everything a door has: the real layout, database, line and vault."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from builders import ROUND_THE_CLOCK, FixedCounts, ShelfReader
from reposter.acquire.discovery.ports import SourceReader
from reposter.craft.captions.service import CaptionOptions
from reposter.deliver.publishing.dry_run import DryRunPublisher
from reposter.deliver.publishing.journal import Journal
from reposter.kit.clock import utc_now
from reposter.kit.crypto import Vault
from reposter.kit.database import Database
from reposter.migrate import migrate_database
from reposter.pipeline.engine import Line
from reposter.pipeline.options import AcquireOptions, LineOptions, ProcessingOptions, PublishingOptions
from reposter.pipeline.tools import Tools
from reposter.storage.layout import Layout

OPTIONS = LineOptions(
    acquire=AcquireOptions(retry_delays_seconds=()),
    processing=ProcessingOptions(),
    captions=CaptionOptions(),
    scheduling=ROUND_THE_CLOCK,
    publishing=PublishingOptions(),
    metrics_ages_seconds={"1h": 3600, "24h": 86400},
)


def prepare_database(file: Path) -> Path:
    """A migrated SQLite file, whole in itself (no write-ahead log beside it), for copying."""
    database = Database(f"sqlite:///{file}")
    migrate_database(database)
    database.close()
    return file


@dataclass
class Installation:
    layout: Layout
    database: Database
    line: Line
    vault: Vault
    options: LineOptions = field(default=OPTIONS)
    counts: FixedCounts = field(default_factory=FixedCounts)

    @classmethod
    def on(cls, data_dir: Path, prepared: Path) -> Installation:
        layout = Layout(data_dir)
        layout.create()
        shutil.copyfile(prepared, layout.database_file)
        database = Database(f"sqlite:///{layout.database_file}")
        return cls(layout, database, Line(database), Vault(bytes(32)))

    @property
    def session(self):
        """`with installation.session() as session:` is one transaction."""
        return self.database.transaction

    def choose(self, **publishing: object) -> None:
        self.options = replace(self.options, publishing=replace(self.options.publishing, **publishing))

    def tools(self, *, reader: SourceReader | None = None, agent_id: str = "publisher-1") -> Tools:
        """An agent's hands; every port that reaches outside is its harmless twin."""
        twin = DryRunPublisher(self.layout.data_dir / "dry-run", utc_now)
        return Tools(
            agent_id=agent_id,
            database=self.database,
            line=self.line,
            layout=self.layout,
            options=lambda: self.options,
            reader=reader or ShelfReader(),
            downloaders=(),
            verify_media=_nothing_to_do("verify_media"),
            render=_nothing_to_do("render"),
            journal=Journal(self.database, self.vault),
            publisher_for=lambda _account: twin,
            metrics_for=lambda _account: self.counts,
        )

    def close(self) -> None:
        self.line.close()
        self.database.close()


def _nothing_to_do(port: str) -> Callable[..., None]:
    def refuse(*_args: object) -> None:
        raise AssertionError(f"this test was not meant to reach {port}")

    return refuse
