"""Keep publish tasks and their uploaded bytes."""

from __future__ import annotations

import json
import random
import secrets
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from reposter_sandbox.clock import WorldClock
from reposter_sandbox.identifiers import snowflake
from reposter_sandbox.ledger import Inspection
from reposter_sandbox.store import Loose, Store
from reposter_sandbox.tiktok.rulebook import Rulebook

Kind = Literal["direct", "inbox"]
DAY_SECONDS = 86_400
DOWNLOADING = "PROCESSING_DOWNLOAD"
FILE_PREFIXES = {"direct": "v_pub_file~v2-1.", "inbox": "v_inbox_file~v2."}
PULL_PREFIXES = {"direct": "v_pub_url~v2-1.", "inbox": "v_inbox_url~v2."}


@dataclass(frozen=True)
class Publish:
    publish_id: str
    open_id: str
    kind: Kind
    post_info: dict[str, object]
    size_bytes: int
    chunk_bytes: int
    chunk_count: int
    received_bytes: int
    upload_key: str
    url_expires_real: float
    uploaded_world: float | None
    settle_world: float | None
    public_world: float | None
    status: str
    fail_reason: str
    inspection: Inspection | None
    is_silent: bool

    @property
    def is_uploaded(self) -> bool:
        return self.received_bytes >= self.size_bytes

    @property
    def caption(self) -> str:
        return str(self.post_info.get("title") or "")


@dataclass(frozen=True)
class Pull:
    publish_id: str
    url: str
    begun_real: float


class Publishes:
    def __init__(self, store: Store, clock: WorldClock, rulebook: Rulebook, folder: Path, *, seed: int) -> None:
        folder.mkdir(exist_ok=True)
        self._store, self._clock, self._rulebook, self._folder, self._seed = store, clock, rulebook, folder, seed
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def open(
        self,
        open_id: str,
        kind: Kind,
        post_info: dict[str, object],
        *,
        size: int,
        chunk: int,
        count: int,
        prefix: str = "",
    ) -> Publish:
        """Every call makes a new task: the platform knows no idempotency key."""
        now = time.time()
        publish_id = (prefix or FILE_PREFIXES[kind]) + snowflake(now)
        self._store.insert(
            "publishes",
            publish_id=publish_id,
            open_id=open_id,
            kind=kind,
            post_info=json.dumps(post_info),
            size_bytes=size,
            chunk_bytes=chunk,
            chunk_count=count,
            upload_key=secrets.token_hex(20),
            url_expires_real=now + self._rulebook.rules.upload_url_seconds,
            created_world=self._clock.now(),
            created_real=now,
            status="PROCESSING_UPLOAD",
        )
        found = self.find(publish_id)
        assert found is not None  # inserted above
        return found

    def open_pull(self, open_id: str, kind: Kind, post_info: dict[str, object], *, url: str) -> Publish:
        """A task whose bytes the platform fetches itself; nothing is known of its size yet."""
        with self._store.transaction():
            publish = self.open(open_id, kind, post_info, size=0, chunk=0, count=0, prefix=PULL_PREFIXES[kind])
            self.settle(publish, DOWNLOADING)
            self._store.insert("pulls", publish_id=publish.publish_id, url=url, begun_real=time.time())
        found = self.find(publish.publish_id)
        assert found is not None  # inserted above
        return found

    def next_pull(self) -> Pull | None:
        """The oldest pull that has not all its bytes."""
        row = self._store.row(
            "SELECT pulls.* FROM pulls JOIN publishes USING (publish_id) "
            "WHERE status = ? AND uploaded_world IS NULL ORDER BY begun_real LIMIT 1",
            DOWNLOADING,
        )
        return None if row is None else Pull(row["publish_id"], row["url"], row["begun_real"])

    def downloaded_bytes(self, publish: Publish) -> int:
        sql = "SELECT downloaded_bytes FROM pulls WHERE publish_id = ?"
        return int(self._store.figure(sql, publish.publish_id) or 0)

    def is_downloading(self, publish: Publish) -> bool:
        return publish.status == DOWNLOADING and publish.uploaded_world is None

    def note_download(self, publish: Publish, downloaded_bytes: int, *, is_whole: bool) -> None:
        with self._store.transaction():
            self._store.run(
                "UPDATE pulls SET downloaded_bytes = ? WHERE publish_id = ?", downloaded_bytes, publish.publish_id
            )
            if is_whole:
                self._store.run(
                    "UPDATE publishes SET size_bytes = ?, received_bytes = ? WHERE publish_id = ?",
                    downloaded_bytes,
                    downloaded_bytes,
                    publish.publish_id,
                )
                self._begin_review(publish)

    def find(self, publish_id: str) -> Publish | None:
        return _publish(self._store.row("SELECT * FROM publishes WHERE publish_id = ?", publish_id))

    def find_by_key(self, upload_key: str) -> Publish | None:
        return _publish(self._store.row("SELECT * FROM publishes WHERE upload_key = ?", upload_key))

    def lock(self, publish_id: str) -> threading.Lock:
        """One writer per upload."""
        return self._locks[publish_id]

    def file(self, publish: Publish) -> Path:
        return self._folder / f"{publish.upload_key}.bin"

    def add_bytes(self, publish: Publish, received_bytes: int) -> None:
        """Note progress; with the last byte the clock of processing and review starts."""
        with self._store.transaction():
            self._store.run(
                "UPDATE publishes SET received_bytes = ? WHERE publish_id = ?", received_bytes, publish.publish_id
            )
            if received_bytes >= publish.size_bytes:
                self._begin_review(publish)

    def waiting(self) -> list[Publish]:
        """Completely uploaded, not settled yet, moment reached."""
        rows = self._store.rows(
            "SELECT * FROM publishes WHERE status IN ('PROCESSING_UPLOAD', 'PROCESSING_DOWNLOAD') "
            "AND settle_world <= ? ORDER BY settle_world",
            self._clock.now(),
        )
        return [found for found in map(_publish, rows) if found]

    def abandoned(self) -> list[Publish]:
        """The upload URL ran out before the last byte came."""
        rows = self._store.rows(
            "SELECT * FROM publishes WHERE status = 'PROCESSING_UPLOAD' AND uploaded_world IS NULL "
            "AND url_expires_real < ?",
            time.time(),
        )
        return [found for found in map(_publish, rows) if found]

    def settle(self, publish: Publish, status: str, fail_reason: str = "") -> None:
        self._store.run(
            "UPDATE publishes SET status = ?, fail_reason = ? WHERE publish_id = ?",
            status,
            fail_reason,
            publish.publish_id,
        )

    def keep_inspection(self, publish: Publish, inspection: Inspection) -> None:
        self._store.run(
            "UPDATE publishes SET inspection = ? WHERE publish_id = ?",
            json.dumps(inspection.__dict__),
            publish.publish_id,
        )

    def forget_settle_time(self, publish: Publish) -> None:
        """A silent task is never looked at again."""
        self._store.run("UPDATE publishes SET settle_world = NULL WHERE publish_id = ?", publish.publish_id)

    def pending_drafts(self, open_id: str) -> int:
        sql = (
            "SELECT COUNT(*) FROM publishes WHERE open_id = ? AND kind = 'inbox' AND created_world > ? "
            "AND status IN ('PROCESSING_UPLOAD', 'PROCESSING_DOWNLOAD', 'SEND_TO_USER_INBOX')"
        )
        return int(self._store.figure(sql, open_id, self._clock.now() - DAY_SECONDS))

    def uploads_completed(self, open_id: str) -> int:
        sql = "SELECT COUNT(*) FROM publishes WHERE open_id = ? AND uploaded_world IS NOT NULL"
        return int(self._store.figure(sql, open_id))

    def in_review(self, open_id: str) -> int:
        """Direct posts that have all their bytes and no verdict."""
        sql = (
            "SELECT COUNT(*) FROM publishes WHERE open_id = ? AND kind = 'direct' "
            "AND status IN ('PROCESSING_UPLOAD', 'PROCESSING_DOWNLOAD') AND settle_world IS NOT NULL"
        )
        return int(self._store.figure(sql, open_id))

    def _begin_review(self, publish: Publish) -> None:
        plan, dice = self._rulebook.moderation, random.Random(f"review {self._seed} {publish.publish_id}")
        now = self._clock.now()
        settle = now + dice.uniform(*plan.processing_seconds)
        self._store.run(
            "UPDATE publishes SET uploaded_world = ?, settle_world = ?, public_world = ?, is_silent = ? "
            "WHERE publish_id = ?",
            now,
            settle,
            settle + dice.uniform(*plan.review_seconds),
            plan.silent != "never",
            publish.publish_id,
        )


def _publish(row: Loose) -> Publish | None:
    if row is None:
        return None
    fields = {name: row[name] for name in Publish.__dataclass_fields__}
    fields["post_info"] = json.loads(row["post_info"])
    fields["inspection"] = Inspection(**json.loads(row["inspection"])) if row["inspection"] else None
    fields["is_silent"] = bool(row["is_silent"])
    return Publish(**fields)
