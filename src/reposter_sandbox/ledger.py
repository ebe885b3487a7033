"""Remember what was really published: the truth that tests compare with."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

from reposter_sandbox.clock import WorldClock
from reposter_sandbox.store import Loose, Store

PUBLIC = "PUBLIC_TO_EVERYONE"


@dataclass(frozen=True)
class Post:
    """`source_video` is the number read from the frames; None when the picture shows none."""

    post_id: str
    publish_id: str | None
    open_id: str
    username: str
    source_video: int | None
    sha256: str
    size_bytes: int
    caption: str
    privacy: str
    published_real: float
    published_world: float
    public_world: float | None
    duration_seconds: float
    width: int
    height: int
    is_history: bool


@dataclass(frozen=True)
class Inspection:
    """What opening the uploaded file showed; `verdict` is a fail reason, "" = acceptable."""

    verdict: str
    sha256: str
    size_bytes: int
    source_video: int | None
    duration_seconds: float
    width: int
    height: int


SELECT = "SELECT p.*, a.username, a.is_private FROM posts p JOIN accounts a USING (open_id)"


class Ledger:
    def __init__(self, store: Store, clock: WorldClock) -> None:
        self._store, self._clock = store, clock

    def record(
        self,
        *,
        post_id: str,
        publish_id: str | None,
        open_id: str,
        caption: str,
        privacy: str,
        inspection: Inspection,
        published_real: float,
        published_world: float,
        public_world: float | None,
        is_history: bool = False,
    ) -> None:
        self._store.insert(
            "posts",
            post_id=post_id,
            publish_id=publish_id,
            open_id=open_id,
            caption=caption,
            privacy=privacy,
            source_video=inspection.source_video,
            sha256=inspection.sha256,
            size_bytes=inspection.size_bytes,
            duration_seconds=inspection.duration_seconds,
            width=inspection.width,
            height=inspection.height,
            published_real=published_real,
            published_world=published_world,
            public_world=public_world,
            is_announced=is_history,
            is_history=is_history,
        )

    def posts(self) -> list[Post]:
        """Everything the app published, oldest first."""
        return [_post(r) for r in self._store.rows(f"{SELECT} WHERE is_history = 0 ORDER BY published_real")]

    def public_posts(self, open_id: str) -> list[Post]:
        """What the profile shows to everybody by now, newest first; nothing while the account is private."""
        rows = self._store.rows(
            f"{SELECT} WHERE open_id = ? AND public_world <= ? AND a.is_private = 0 ORDER BY published_real DESC",
            open_id,
            self._clock.now(),
        )
        return [_post(row) for row in rows]

    def post(self, post_id: str) -> Post | None:
        row = self._store.row(f"{SELECT} WHERE post_id = ?", post_id)
        return _post(row) if row else None

    def public_ids(self, publish_id: str) -> list[str]:
        rows = self._store.rows(
            "SELECT post_id FROM posts WHERE publish_id = ? AND public_world <= ?", publish_id, self._clock.now()
        )
        return [row["post_id"] for row in rows]

    def newly_public(self) -> list[Post]:
        """Posts that passed review since the last call."""
        with self._store.transaction():
            now = self._clock.now()
            rows = self._store.rows(f"{SELECT} WHERE public_world <= ? AND is_announced = 0", now)
            for row in rows:
                self._store.run("UPDATE posts SET is_announced = 1 WHERE post_id = ?", row["post_id"])
        return [_post(row) for row in rows]

    def count_since(self, open_id: str, world: float) -> int:
        sql = "SELECT COUNT(*) FROM posts WHERE open_id = ? AND published_world > ? AND is_history = 0"
        return int(self._store.figure(sql, open_id, world))

    def snapshot(self) -> dict[str, object]:
        """All posts, all inits and the number of posts that should not be there."""
        posts = self.posts()
        inits = self._store.rows("SELECT * FROM publishes ORDER BY created_real")
        return {
            "posts": [_shown(post) for post in posts],
            "duplicates": duplicates(posts),
            "inits": len(inits),
            "publishes": [_publish(row) for row in inits],
        }


def duplicates(posts: list[Post]) -> int:
    """Posts of one source video to one account beyond the first; unknown footage counts by its bytes."""
    seen = Counter((post.open_id, post.source_video or post.sha256) for post in posts)
    return sum(count - 1 for count in seen.values())


def _shown(post: Post) -> dict[str, object]:
    return {
        "account": post.username,
        "publish_id": post.publish_id,
        "post_id": post.post_id,
        "source_video": post.source_video,
        "sha256": post.sha256,
        "size_bytes": post.size_bytes,
        "caption": post.caption,
        "privacy": post.privacy,
        "published_at": post.published_real,
        "published_at_world": post.published_world,
        "public_at_world": post.public_world,
        "duration_seconds": post.duration_seconds,
        "width": post.width,
        "height": post.height,
    }


def _publish(row: Loose) -> dict[str, object]:
    return {
        "publish_id": row["publish_id"],
        "kind": row["kind"],
        "status": row["status"],
        "fail_reason": row["fail_reason"],
        "size_bytes": row["size_bytes"],
        "received_bytes": row["received_bytes"],
        "caption": json.loads(row["post_info"]).get("title", ""),
    }


def _post(row: Loose) -> Post:
    fields = {name: row[name] for name in Post.__dataclass_fields__}
    return Post(**{**fields, "is_history": bool(row["is_history"])})
