"""What the killed publishers work on: a pretend TikTok over HTTP, a prepared data folder, connected accounts, posts."""

from __future__ import annotations

import json
import os
import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import av
import numpy as np
import sqlalchemy as sa

from benchmarks.chaos.worker import CHUNK_BYTES
from reposter.acquire.sources.rules import parse_source
from reposter.acquire.sources.service import SourceConfig, add_source
from reposter.bootstrap import App, connector_for, wire
from reposter.cli.demo_world import PretendWorld
from reposter.cli.options import prepare_folder
from reposter.deliver.accounts.connecting import begin_connect, finish_connect
from reposter.deliver.accounts.service import set_choices
from reposter.deliver.scheduling.service import NewPost, change_post, reserve_slot
from reposter.deliver.scheduling.slots import ActiveHours, IntervalRule
from reposter.deliver.scheduling.tables import PostState, ScheduledPostRow
from reposter.guard.rights.service import declare_basis
from reposter.kit.clock import utc_now
from reposter.kit.files import sha256_of
from reposter.library.service import add_video, change_video
from reposter.library.states import VideoState
from reposter.migrate import migrate_database
from reposter.pipeline.plan_post import queue_or_hold
from reposter.pipeline.queues import LIMITS, QueueLimits
from reposter.storage.layout import Layout
from reposter.vendors.tiktok.posting import PostingChoices, PrivacyLevel, Route
from reposter.vocabulary.found import FoundVideo, VideoStats
from reposter.vocabulary.rights import Basis

ACCOUNTS = ("killsone", "killstwo", "killsthree", "killsfour", "killsfive", "killssix")
REDIRECT = "http://127.0.0.1:8484/api/accounts/callback"
CHOICES = PostingChoices(privacy_level=PrivacyLevel.PUBLIC_TO_EVERYONE, music_usage_confirmed=True)
RULE = IntervalRule(frequency="1_hour", active_hours=ActiveHours("00:00", "00:00"))
HIDDEN_FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
FILE_BYTES = 4 * CHUNK_BYTES
POLL_SECONDS = 0.1
CLIP_SECONDS, CLIP_FPS = 1, 30
SETTINGS = """\
{database}
[tiktok]
api_url = {api_url}
auth_url = {auth_url}
client_key = {client_key}
client_secret = {client_secret}
[publishing]
hurry = 40
retry_delays_seconds = [0.5, 1, 2]
posts_per_hour = 10000
posts_per_day = 10000
api_calls_per_hour = 100000
"""


class KillsWorld(PretendWorld):
    def _command(self) -> list[str]:
        return [*super()._command(), "--scenario", "kills"]

    def facts(self) -> dict[str, Any]:  # JSON that the world prints
        return self._facts

    def control(self, method: str, path: str, **request: Any) -> Any:  # httpx's own keywords; JSON
        return self.ask(method, f"{self._facts['control_url']}/{path}", **request).json()


class Ground:
    """Usable as a context manager. `database_url` is empty for SQLite in the folder."""

    def __init__(self, folder: Path, database_url: str = "") -> None:
        self.data_dir = folder / "data"
        self.world = KillsWorld(folder / "world")
        self._database_url = database_url
        self._planned = 0
        self._clip = folder / "clip.mp4"

    def __enter__(self) -> Ground:
        self.world.start(lambda _name, _what: None)
        try:
            prepare_folder(self.data_dir)
            self._write_settings()
            self.app = self._prepared()
            _encode(self._clip)
            for name in ACCOUNTS:
                self._connect(name)
        except BaseException:
            self.world.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.app.close()
        self.world.stop()

    def plan_posts(self, count: int) -> None:
        """Put posts on the line that are due at once, each with a file and a caption of its own."""
        for _ in range(count):
            self._planned += 1
            self._plan(self._planned, f"@{ACCOUNTS[self._planned % len(ACCOUNTS)]}")

    def unfinished(self) -> int:
        states = (PostState.QUEUED, PostState.PROCESSING)
        with self.app.database.transaction() as session:
            query = sa.select(sa.func.count()).select_from(ScheduledPostRow).where(ScheduledPostRow.status.in_(states))
            return session.scalar(query) or 0

    def _write_settings(self) -> None:
        facts = self.world.facts()
        values = {name: json.dumps(facts[name]) for name in ("api_url", "auth_url", "client_key", "client_secret")}
        database = f"database_url = {json.dumps(self._database_url)}" if self._database_url else ""
        (Layout(self.data_dir).config / "reposter.toml").write_text(SETTINGS.format(database=database, **values))

    def _prepared(self) -> App:
        for queue, limits in LIMITS.items():  # a trial has no time to look for work at leisure
            LIMITS[queue] = QueueLimits(limits.per_agent, POLL_SECONDS, limits.per_key)
        app = wire(self.data_dir)
        migrate_database(app.database)
        with app.database.transaction() as session:
            source = add_source(session, parse_source("username", "@techguru123"), SourceConfig(), now=utc_now())
            declare_basis(session, str(source.id), Basis.OWN, now=utc_now(), evidence="A trial.")
            self._source_id = str(source.id)
        return app

    def _connect(self, name: str) -> None:
        connector = connector_for(self.app, REDIRECT)
        with self.app.database.transaction() as session:
            address, _ = begin_connect(session, connector)
        page = self.world.ask("GET", address)
        form = {field: unescape(value) for field, value in HIDDEN_FIELD.findall(page.text)}
        back = self.world.ask("POST", address.split("?")[0], data=form | {"account": name, "decision": "allow"})
        answer = parse_qs(urlsplit(back.headers["location"]).query)
        finish_connect(connector, {field: values[0] for field, values in answer.items()})
        with self.app.database.transaction() as session:
            set_choices(session, f"@{name}", CHOICES, route=Route.DIRECT, now=utc_now())

    def _plan(self, number: int, account: str) -> None:
        video_id, now = f"73{number:017}", utc_now()
        path = self.app.layout.storage / "videos" / f"{video_id}.mp4"
        clip = self._clip.read_bytes()
        path.write_bytes(clip + _padding(FILE_BYTES - len(clip)))
        caption = f"Kill trial {number}."
        with self.app.database.transaction() as session:
            add_video(
                session, _found(video_id), source_id=self._source_id, state=VideoState.FOUND, verdict=None, now=now
            )
            change_video(
                session,
                video_id,
                now=now,
                processing_status=VideoState.SCHEDULED,
                local_path=self.app.layout.relative(path),
                rendition_sha256=sha256_of(path),
                rendition_bytes=path.stat().st_size,
                rendition_seconds=float(CLIP_SECONDS),
                caption=caption,
            )
            post = reserve_slot(session, NewPost(video_id, self._source_id, account, caption, ()), RULE, now=now)
            post = change_post(session, post.id, now=now, scheduled_time=now - timedelta(seconds=1))
            queue_or_hold(session, self.app.line, post, now=now)


def _found(video_id: str) -> FoundVideo:
    return FoundVideo(
        video_id=video_id,
        url=f"https://www.tiktok.com/@techguru123/video/{video_id}",
        title="Kill trial",
        description="Kill trial",
        author="@techguru123",
        author_id="6801",
        author_sec_uid=None,
        stats=VideoStats(views=12_000, likes=900),
        hashtags=(),
        duration_seconds=float(CLIP_SECONDS),
        quality="720p",
        uploaded_at=utc_now(),
        found_at=utc_now(),
    )


def _encode(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=CLIP_FPS, options={"preset": "ultrafast", "crf": "40"})
        stream.width, stream.height, stream.pix_fmt = 360, 640, "yuv420p"
        picture = np.full((640, 360, 3), 90, np.uint8)
        for _ in range(CLIP_SECONDS * CLIP_FPS):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def _padding(size_bytes: int) -> bytes:
    """An MP4 box that players skip, different each time, so that each file has a hash of its own."""
    return size_bytes.to_bytes(4, "big") + b"free" + os.urandom(size_bytes - 8)
