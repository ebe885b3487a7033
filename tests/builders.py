"""Short builders of what many tests need: name only what matters to the claim, the rest is ordinary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from reposter.acquire.sources.rules import parse_source
from reposter.acquire.sources.service import SourceConfig, add_source
from reposter.deliver.accounts.account import AccountStatus
from reposter.deliver.accounts.tables import AccountRow
from reposter.deliver.scheduling.service import NewPost, change_post, reserve_slot
from reposter.deliver.scheduling.slots import ActiveHours, IntervalRule
from reposter.evaluate.metrics.ports import Counts
from reposter.kit.ids import new_id
from reposter.library.service import add_video, change_video
from reposter.library.states import VideoState
from reposter.vendors.tiktok.posting import Route
from reposter.vocabulary.found import FoundVideo, VideoStats
from reposter.vocabulary.source import SourceKind, SourceName, VideoLink

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from reposter.acquire.sources.tables import SourceRow
    from reposter.deliver.scheduling.tables import ScheduledPostRow
    from reposter.library.tables import VideoRow

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""A Monday, far from any change of clocks."""

ROUND_THE_CLOCK = IntervalRule(frequency="1_hour", active_hours=ActiveHours("00:00", "00:00"))
ALT = "@my.alt"


def a_found_video(video_id: str = "7312345678901234567", **changes: object) -> FoundVideo:
    video = FoundVideo(
        video_id=video_id,
        url=f"https://www.tiktok.com/@techguru123/video/{video_id}",
        title="Three tricks",
        description="Three tricks with one cable #tech",
        author="@techguru123",
        author_id="6801",
        author_sec_uid=None,
        stats=VideoStats(views=12_000, likes=900),
        hashtags=("#tech",),
        duration_seconds=21.5,
        quality="1080p",
        uploaded_at=NOON - timedelta(days=1),
        found_at=NOON,
    )
    return replace(video, **changes)  # type: ignore[arg-type]  # columns by name


def a_source(session: Session, value: str = "@techguru123", *, now: datetime = NOON, **config: object) -> SourceRow:
    return add_source(session, parse_source("username", value), SourceConfig(**config), now=now)  # type: ignore[arg-type]


def a_video(
    session: Session,
    video_id: str = "7312345678901234567",
    *,
    state: VideoState = VideoState.FOUND,
    source_id: str | None = None,
    now: datetime = NOON,
    **columns: object,
) -> VideoRow:
    add_video(session, a_found_video(video_id), source_id=source_id, state=state, verdict=None, now=now)
    return change_video(session, video_id, now=now, **columns)


def a_finished_video(session: Session, video_id: str = "7312345678901234567", **changes: object) -> VideoRow:
    """Rendered and ready to be posted."""
    finished: dict[str, object] = {
        "state": VideoState.READY,
        "local_path": f"videos/2026/03/02/{video_id}.mp4",
        "rendition_sha256": f"{int(video_id):064x}",
        "rendition_bytes": 4_000_000,
        "rendition_seconds": 21.5,
        "caption": "Three tricks by @techguru123",
    }
    return a_video(session, video_id, **finished | changes)  # type: ignore[arg-type]  # columns by name


def an_account(session: Session, handle: str = ALT, *, status: AccountStatus = AccountStatus.CONNECTED) -> AccountRow:
    row = AccountRow(
        id=new_id("acc"),
        handle=handle,
        open_id=f"open-{handle}",
        access_token_sealed="v1:",
        refresh_token_sealed="v1:",
        granted_at=NOON,
        access_expires_at=NOON + timedelta(days=1),
        scopes=["video.publish"],
        status=status,
        route=Route.DIRECT,
        choices={},
        created_at=NOON,
        updated_at=NOON,
    )
    session.add(row)
    session.flush()
    return row


def a_post(
    session: Session,
    video_id: str = "7312345678901234567",
    *,
    account: str = ALT,
    rule: IntervalRule = ROUND_THE_CLOCK,
    now: datetime = NOON,
    source_id: str | None = None,
    **columns: object,
) -> ScheduledPostRow:
    new = NewPost(video_id, source_id, account, "Three tricks by @techguru123", ("#tech",))
    post = reserve_slot(session, new, rule, now=now)
    return change_post(session, post.id, now=now, **columns)


@dataclass
class FixedCounts:
    """The twin of a metrics reader: what is known of each post on TikTok."""

    counts: dict[str, Counts] = field(default_factory=dict)

    def read(self, tiktok_post_ids: Sequence[str]) -> dict[str, Counts]:
        return {post_id: self.counts[post_id] for post_id in tiktok_post_ids if post_id in self.counts}


@dataclass
class ShelfReader:
    """The twin of a source reader: what it has, and what it was asked."""

    shelf: dict[str, FoundVideo] = field(default_factory=dict)
    name: str = "shelf"
    capability: frozenset[SourceKind] = frozenset(SourceKind)
    trouble: Exception | None = None
    asked: list[str] = field(default_factory=list)

    def list_videos(
        self, source: SourceName, *, limit: int, on_progress: Callable[[dict[str, int]], None] | None = None
    ) -> list[FoundVideo]:
        self._answer(source.value)
        if on_progress:
            on_progress({"found": len(self.shelf)})
        return list(self.shelf.values())[:limit]

    def look_up(self, link: VideoLink) -> FoundVideo:
        self._answer(link.url)
        return self.shelf[link.video_id or ""]

    def _answer(self, question: str) -> None:
        self.asked.append(question)
        if self.trouble is not None:
            raise self.trouble
