"""Hold the creators and their videos, and let new uploads appear as the hurried clock goes on."""

from __future__ import annotations

import hashlib
import json
import math
import random
import re
import time
from dataclasses import dataclass

from reposter_sandbox.catalogue.birth import FIRST_UPLOADS, LATER_VIEWS, Upload
from reposter_sandbox.catalogue.texts import CAPTIONS, CREATORS
from reposter_sandbox.clock import WorldClock
from reposter_sandbox.footage.encode import Clip
from reposter_sandbox.identifiers import snowflake
from reposter_sandbox.store import Loose, Store

VIEWS_GROW_HOURS = 6.0
# A clip is shown to somebody at once: no upload starts at nothing.
VIEWS_FIRST_SHARE = 0.35


@dataclass(frozen=True)
class SourceUser:
    username: str
    user_id: str
    sec_uid: str
    nickname: str
    is_private: bool
    followers: int


@dataclass(frozen=True)
class SourceVideo:
    """`create_time` is real, because clients compare it with their own clock; growth is in world time."""

    number: int
    video_id: str
    username: str
    caption: str
    tags: tuple[str, ...]
    create_time: int
    born_world: float
    views_full: int
    quality: str
    photos: int
    status_code: int

    def stats(self, now_world: float) -> dict[str, int]:
        hours = max(0.0, now_world - self.born_world) / 3_600
        share = VIEWS_FIRST_SHARE + (1 - VIEWS_FIRST_SHARE) * (1 - math.exp(-hours / VIEWS_GROW_HOURS))
        views = round(self.views_full * share)
        taste = random.Random(f"taste {self.number}")
        likes = round(views * taste.uniform(0.05, 0.14))
        return {
            "playCount": views,
            "diggCount": likes,
            "commentCount": round(likes * taste.uniform(0.01, 0.05)),
            "shareCount": round(likes * taste.uniform(0.02, 0.09)),
            "collectCount": round(likes * taste.uniform(0.03, 0.12)),
        }


class UnknownCreator(Exception):
    """Nobody of that name uploads here."""


class Catalogue:
    def __init__(self, store: Store, clock: WorldClock, *, seed: int, every_minutes: float, per_user_max: int) -> None:
        self._store, self._clock, self.seed = store, clock, seed
        self._pause = every_minutes * 60
        self._per_user_max = per_user_max
        with store.transaction():
            if not store.figure("SELECT COUNT(*) FROM source_users"):
                self._begin()

    def user(self, username: str) -> SourceUser | None:
        return _user(self._store.row("SELECT * FROM source_users WHERE username = ?", username))

    def user_by_sec_uid(self, sec_uid: str) -> SourceUser | None:
        return _user(self._store.row("SELECT * FROM source_users WHERE sec_uid = ?", sec_uid))

    def users(self) -> list[SourceUser]:
        rows = self._store.rows("SELECT * FROM source_users ORDER BY followers DESC")
        return [user for user in map(_user, rows) if user]

    def video(self, video_id: str) -> SourceVideo | None:
        row = self._store.row("SELECT * FROM source_videos WHERE video_id = ?", video_id)
        return _video(row) if row else None

    def by_number(self, number: int) -> SourceVideo | None:
        row = self._store.row("SELECT * FROM source_videos WHERE number = ?", number)
        return _video(row) if row else None

    def videos_before(self, username: str, create_time: float, limit: int) -> list[SourceVideo]:
        """Newest first, created strictly before the given real second."""
        rows = self._store.rows(
            "SELECT * FROM source_videos WHERE username = ? AND create_time < ? ORDER BY create_time DESC LIMIT ?",
            username,
            create_time,
            limit,
        )
        return [_video(row) for row in rows]

    def count(self, username: str = "") -> int:
        where = "WHERE username = ?" if username else "WHERE ? = ''"
        return int(self._store.figure(f"SELECT COUNT(*) FROM source_videos {where}", username))

    def clip(self, video: SourceVideo) -> Clip:
        return Clip(video.number, self.seed, video.username)

    def upload_due(self) -> list[SourceVideo]:
        """Add every upload whose moment has come by the hurried clock."""
        now, fresh = self._clock.now(), []
        with self._store.transaction():
            due = "SELECT username, next_upload_world FROM source_users WHERE next_upload_world <= ?"
            for row in self._store.rows(due, now):
                moment = row["next_upload_world"]
                while moment <= now and self.count(row["username"]) < self._per_user_max:
                    fresh.append(self._upload_later(row["username"], moment))
                    moment += self._pause
                rest = moment if self.count(row["username"]) < self._per_user_max else None
                self._store.run(
                    "UPDATE source_users SET next_upload_world = ? WHERE username = ?", rest, row["username"]
                )
        return fresh

    def upload_now(
        self, username: str, *, views: int | None = None, quality: str = "720p", caption: str = ""
    ) -> SourceVideo:
        """A creator uploads something this moment; raises UnknownCreator."""
        if self.user(username) is None:
            raise UnknownCreator(username)
        with self._store.transaction():
            return self._upload_later(username, self._clock.now(), views=views, quality=quality, caption=caption)

    def set_status(self, video_id: str, status_code: int) -> bool:
        """Make the site answer this code for a video: 10204 gone, 10216 private post, 0 fine again."""
        changed = self._store.run("UPDATE source_videos SET status_code = ? WHERE video_id = ?", status_code, video_id)
        return changed > 0

    def _begin(self) -> None:
        now = self._clock.now()
        for place, creator in enumerate(CREATORS):
            digest = hashlib.sha256(f"{self.seed} {creator.username}".encode()).hexdigest()
            self._store.insert(
                "source_users",
                username=creator.username,
                user_id=f"68{int(digest[:14], 16) % 10**17:017d}",
                sec_uid="MS4wLjABAAAA" + digest,
                nickname=creator.nickname,
                is_private=creator.is_private,
                followers=creator.followers,
                # Creators take turns instead of uploading in chorus.
                next_upload_world=None
                if creator.is_private or self._pause <= 0
                else now + self._pause * (1 + place / len(CREATORS)),
            )
        for creator in CREATORS:
            # Oldest first, so that numbers and ids grow with time.
            for upload in reversed(FIRST_UPLOADS[creator.username]):
                self._insert(creator.username, upload, time.time() - upload.age, now - upload.age)

    def _upload_later(
        self, username: str, moment: float, *, views: int | None = None, quality: str = "720p", caption: str = ""
    ) -> SourceVideo:
        dice = random.Random(f"later {self.seed} {self.count()}")
        wanted = dice.randint(*LATER_VIEWS) if views is None else views
        upload = Upload(0, wanted, quality)
        return self._insert(username, upload, self._clock.real_time_of(moment), moment, caption)

    def _insert(self, username: str, upload: Upload, real: float, world: float, caption: str = "") -> SourceVideo:
        number = int(self._store.figure("SELECT COALESCE(MAX(number), 0) + 1 FROM source_videos"))
        latest = self._store.figure("SELECT MAX(create_time) FROM source_videos WHERE username = ?", username)
        # The listing pages by this second: two clips of one creator must never share it.
        create_time = max(int(real), (latest or 0) + 1)
        texts = CAPTIONS[username]
        text = caption or texts[self.count(username) % len(texts)]
        self._store.insert(
            "source_videos",
            number=number,
            video_id=snowflake(create_time, number * 2_654_435_761),
            username=username,
            caption=text,
            tags=json.dumps(re.findall(r"#(\w+)", text)),
            create_time=create_time,
            born_world=world,
            views_full=upload.views_full,
            quality=upload.quality,
            photos=upload.photos,
        )
        video = self.by_number(number)
        assert video is not None  # inserted above
        return video


def _user(row: Loose) -> SourceUser | None:
    if row is None:
        return None
    return SourceUser(
        row["username"],
        row["user_id"],
        row["sec_uid"],
        row["nickname"],
        bool(row["is_private"]),
        row["followers"],
    )


def _video(row: Loose) -> SourceVideo:
    fields = {name: row[name] for name in SourceVideo.__dataclass_fields__ if name != "tags"}
    return SourceVideo(tags=tuple(json.loads(row["tags"])), **fields)
