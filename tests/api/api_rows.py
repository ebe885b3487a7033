"""Rows as the line leaves them, for doors that only show them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from reposter.bootstrap import App
from reposter.deliver.accounts.account import AccountStatus
from reposter.deliver.accounts.tables import AccountRow
from reposter.deliver.scheduling.service import NewPost, reserve_slot
from reposter.library.service import add_video, change_video
from reposter.library.states import VideoState
from reposter.vendors.tiktok.posting import PostingChoices, Route
from reposter.vocabulary.found import FoundVideo, VideoStats

MOMENT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ACCOUNT = "@myaltaccount"


def put_video(
    app: App, number: int, *, state: VideoState = VideoState.FOUND, source_id: str | None = None, at: datetime = MOMENT
) -> str:
    """A video met at `at`; returns its id."""
    video_id = f"7{number:018d}"
    found = FoundVideo(
        video_id=video_id,
        url=f"https://www.tiktok.com/@techguru123/video/{video_id}",
        title=f"Clip {number}",
        description=f"Clip {number} #tech",
        author="@techguru123",
        author_id="1",
        author_sec_uid=None,
        stats=VideoStats(views=1000 + number),
        hashtags=("#tech",),
        duration_seconds=12.0,
        quality="720p",
        uploaded_at=at - timedelta(days=1),
        found_at=at,
    )
    with app.database.transaction() as session:
        assert add_video(session, found, source_id=source_id, state=state, verdict=None, now=at)
    return video_id


def put_finished_video(app: App, number: int) -> str:
    """A video with a finished file and three thumbnails on the disk."""
    video_id = put_video(app, number, state=VideoState.READY)
    layout = app.layout
    rendition = layout.rendition(video_id, MOMENT)
    stills = [layout.thumbnails(video_id, MOMENT) / f"{index}.jpg" for index in range(3)]
    for path in (rendition, *stills):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"bytes of {path.name}".encode())
    with app.database.transaction() as session:
        change_video(
            session,
            video_id,
            now=MOMENT,
            local_path=layout.relative(rendition),
            rendition_sha256="0" * 64,
            rendition_bytes=rendition.stat().st_size,
            rendition_seconds=12.0,
            thumbnails=[layout.relative(still) for still in stills],
            caption="Amazing content from @techguru123!",
        )
    return video_id


def put_post(app: App, video_id: str, *, account: str = ACCOUNT, at: datetime = MOMENT) -> int:
    with app.database.transaction() as session:
        new = NewPost(video_id, None, account, f"Amazing content {video_id}", ("#tech",))
        return reserve_slot(session, new, app.options().scheduling, now=at).id


def put_account(app: App, handle: str = ACCOUNT) -> None:
    with app.database.transaction() as session:
        session.add(
            AccountRow(
                id=f"id-{handle}",
                open_id=f"open-{handle}",
                handle=handle,
                display_name="My Alt Account",
                status=AccountStatus.CONNECTED,
                route=Route.DIRECT,
                choices=PostingChoices().to_json(),
                scopes=["video.publish"],
                access_token_sealed="sealed-access",
                refresh_token_sealed="sealed-refresh",
                granted_at=MOMENT,
                access_expires_at=MOMENT + timedelta(days=300),
                created_at=MOMENT,
                updated_at=MOMENT,
            )
        )


def file_outside(folder: Path) -> Path:
    """A secret beside the storage folder, for paths that try to get out."""
    secret = folder / "outside.txt"
    secret.write_text("the secret")
    return secret
