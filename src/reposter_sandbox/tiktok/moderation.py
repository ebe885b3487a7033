"""Decide uploads: look at the file, wait as long as the scenario says, then publish, deliver or refuse."""

from __future__ import annotations

import logging
import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from reposter_sandbox.clock import WorldClock
from reposter_sandbox.identifiers import snowflake
from reposter_sandbox.ledger import Inspection, Ledger
from reposter_sandbox.store import Store
from reposter_sandbox.tiktok.accounts import PUBLIC, Accounts
from reposter_sandbox.tiktok.media_checks import inspect_upload
from reposter_sandbox.tiktok.publishes import DAY_SECONDS, Publish, Publishes
from reposter_sandbox.tiktok.rulebook import Rulebook
from reposter_sandbox.tiktok.tokens import Tokens
from reposter_sandbox.tiktok.webhooks import Webhooks

log = logging.getLogger(__name__)
TYPE_OF = {"direct": "DIRECT_PUBLISH", "inbox": "INBOX_SHARE"}


class NotInInbox(Exception):
    """The draft does not wait in the creator's inbox."""


@dataclass
class Moderation:
    store: Store
    clock: WorldClock
    accounts: Accounts
    tokens: Tokens
    rulebook: Rulebook
    publishes: Publishes
    ledger: Ledger
    webhooks: Webhooks
    covers: Path
    seed: int
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def settle(self) -> None:
        """Decide everything whose moment has come; safe to call from any thread, at any time."""
        with self._lock:
            for publish in self.publishes.abandoned():
                self.refuse(publish, "internal")
            for publish in self.publishes.waiting():
                self._settle(publish, self._inspected(publish))
            self._announce_public()

    def post_draft(self, publish_id: str) -> str:
        """The creator opens the inbox and posts the draft, in public; returns the post id."""
        with self._lock:
            publish = self.publishes.find(publish_id)
            if publish is None or publish.status != "SEND_TO_USER_INBOX" or publish.inspection is None:
                raise NotInInbox(publish_id)
            return self._publish(publish, publish.inspection, PUBLIC, self.clock.now() + 5)

    def _inspected(self, publish: Publish) -> Inspection:
        if publish.inspection is not None:
            return publish.inspection
        account = self.accounts.with_open_id(publish.open_id)
        path = self.publishes.file(publish)
        cover = self.covers / f"{publish.upload_key}.jpg"
        inspection = inspect_upload(path, duration_seconds_max=account.duration_max_seconds, cover=cover)
        self.publishes.keep_inspection(publish, inspection)
        return inspection

    def _settle(self, publish: Publish, inspection: Inspection) -> None:
        reason = self._reason_torefuse(publish, inspection)
        if publish.is_silent:
            self._stay_silent(publish, inspection, may_appear=not reason)
        elif reason:
            self.refuse(publish, reason)
        elif publish.kind == "inbox":
            with self.store.transaction():
                self.publishes.settle(publish, "SEND_TO_USER_INBOX")
                self._tell("post.publish.inbox_delivered", publish)
        else:
            privacy = str(publish.post_info["privacy_level"])
            self._publish(publish, inspection, privacy, publish.public_world)
        self.publishes.file(publish).unlink(missing_ok=True)

    def _reason_torefuse(self, publish: Publish, inspection: Inspection) -> str:
        plan, account = self.rulebook.moderation, self.accounts.with_open_id(publish.open_id)
        dice = random.Random(f"refusal {self.seed} {publish.publish_id}")
        since = self.clock.now() - DAY_SECONDS
        checks = (
            ("auth_removed", not self.tokens.is_connected(publish.open_id)),
            ("spam_risk_user_banned_from_posting", account.is_banned),
            (inspection.verdict, bool(inspection.verdict)),
            (plan.fail_reason, bool(plan.fail_reason) and dice.random() < plan.fail_share),
            (
                "spam_risk_too_many_posts",
                publish.kind == "direct"
                and self.ledger.count_since(publish.open_id, since) >= self.rulebook.rules.posts_per_day,
            ),
        )
        return next((reason for reason, holds in checks if holds), "")

    def _stay_silent(self, publish: Publish, inspection: Inspection, *, may_appear: bool) -> None:
        appears = may_appear and publish.kind == "direct" and self.rulebook.moderation.silent == "post-appears"
        with self.store.transaction():
            self.publishes.forget_settle_time(publish)
            if appears:
                self._record(publish, inspection, str(publish.post_info["privacy_level"]), publish.public_world)

    def refuse(self, publish: Publish, reason: str) -> None:
        """The platform gives the upload up, and says why."""
        with self.store.transaction():
            self.publishes.settle(publish, "FAILED", reason)
            self._tell("post.publish.failed", publish, reason=reason)

    def _publish(self, publish: Publish, inspection: Inspection, privacy: str, public_world: float | None) -> str:
        with self.store.transaction():
            post_id = self._record(publish, inspection, privacy, public_world)
            self.publishes.settle(publish, "PUBLISH_COMPLETE")
            self._tell("post.publish.complete", publish)
        return post_id

    def _record(self, publish: Publish, inspection: Inspection, privacy: str, public_world: float | None) -> str:
        account = self.accounts.with_open_id(publish.open_id)
        is_public = privacy == PUBLIC and not account.is_private
        post_id = snowflake(time.time())
        self.ledger.record(
            post_id=post_id,
            publish_id=publish.publish_id,
            open_id=publish.open_id,
            caption=publish.caption,
            privacy=privacy,
            inspection=inspection,
            published_real=time.time(),
            published_world=self.clock.now(),
            public_world=public_world if is_public else None,
        )
        return post_id

    def _announce_public(self) -> None:
        with self.store.transaction():
            for post in self.ledger.newly_public():
                kind = "inbox" if (post.publish_id or "").startswith("v_inbox") else "direct"
                content: dict[str, object] = {
                    "publish_id": post.publish_id,
                    "post_id": post.post_id,
                    "publish_type": TYPE_OF[kind],
                }
                self.webhooks.emit("post.publish.publicly_available", post.open_id, content)

    def _tell(self, event: str, publish: Publish, **more: object) -> None:
        content = {"publish_id": publish.publish_id, "publish_type": TYPE_OF[publish.kind], **more}
        self.webhooks.emit(event, publish.open_id, content)
