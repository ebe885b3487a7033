"""What we believe against what was really posted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa

from benchmarks.chaos.ground import Ground
from reposter.deliver.publishing.attempt import AttemptState
from reposter.deliver.publishing.invariants import violations
from reposter.deliver.publishing.tables import AttemptRow
from reposter.deliver.scheduling.tables import PostState, ScheduledPostRow
from reposter.kit.database import Database

ASKS_A_PERSON = (PostState.REVIEW, PostState.HELD)
TO_HUMAN_SHARE_MAX = 0.01


@dataclass(frozen=True)
class Verdict:
    """`lost`: neither live, nor failed with a reason, nor before a person. `broken`: sentences of the journal's own
    invariants and of the database's check."""

    posts: int
    published: int
    attempts: int
    duplicated: int
    lost: int
    false_states: int
    to_human: int
    broken: tuple[str, ...]
    odd: tuple[str, ...]

    @property
    def is_kept(self) -> bool:
        few = self.to_human <= max(1, TO_HUMAN_SHARE_MAX * self.posts)
        return not (self.duplicated or self.lost or self.false_states or self.broken) and few


def judge(ground: Ground) -> Verdict:
    live = ground.world.control("GET", "ledger")["posts"]
    by_caption = Counter(post["caption"] for post in live)
    publish_ids = {post["publish_id"]: post["caption"] for post in live}
    database = ground.app.database
    with database.transaction() as session:
        posts = session.scalars(sa.select(ScheduledPostRow)).all()
        attempts = session.scalars(sa.select(AttemptRow)).all()
        broken = tuple(str(violation) for violation in violations(session))
    published = {row.post_id: row.publish_id for row in attempts if row.state == AttemptState.PUBLISHED}
    false = [
        post
        for post in posts
        if _is_false(post, by_caption[post.caption], publish_ids.get(published.get(str(post.id)) or ""))
    ]
    lost = [post for post in posts if post.status not in (PostState.POSTED, PostState.FAILED, *ASKS_A_PERSON)]
    to_human = [post for post in posts if post.status in ASKS_A_PERSON]
    return Verdict(
        posts=len(posts),
        published=sum(post.status == PostState.POSTED for post in posts),
        attempts=len(attempts),
        duplicated=sum(count - 1 for count in by_caption.values()),
        lost=len(lost),
        false_states=len(false),
        to_human=len(to_human),
        broken=broken + _damage(database),
        odd=tuple(
            f"post {post.id}: {post.status} {post.error_code} {post.error_message}"
            for post in {*false, *lost, *to_human}
        ),
    )


def _is_false(post: ScheduledPostRow, live: int, caption_of_its_upload: str | None) -> bool:
    """Green without a post of its own upload, or red with one."""
    if post.status == PostState.POSTED:
        return live != 1 or caption_of_its_upload != post.caption
    return post.status == PostState.FAILED and live > 0


def _damage(database: Database) -> tuple[str, ...]:
    if not database.is_sqlite:
        return ()
    with database.transaction() as session:
        said = session.scalars(sa.text("PRAGMA integrity_check")).all()
    return () if said == ["ok"] else tuple(said)
