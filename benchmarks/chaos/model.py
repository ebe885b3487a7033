"""One post, one schedule of faults, crashes and second workers, judged by what TikTok really did."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import sqlalchemy as sa

from benchmarks.chaos.fake_tiktok import BASE_URL, FakeClock, FakeTikTok, Live
from reposter.deliver.publishing import addresses
from reposter.deliver.publishing.answers import rearm
from reposter.deliver.publishing.attempt import Transfer
from reposter.deliver.publishing.journal import Journal
from reposter.deliver.publishing.order import Outcome, PostOrder, Rules, Step, StepState, TooManyTries
from reposter.deliver.publishing.service import confirm, send
from reposter.deliver.publishing.tiktok import TikTokPublisher
from reposter.kit.crypto import Vault
from reposter.kit.database import Database, Table
from reposter.vendors.tiktok.client import TikTokClient
from reposter.vendors.tiktok.posting import PostingChoices, PrivacyLevel, Route

RULES = Rules(whole_bytes_max=50, chunk_bytes=25, polls=((3, 15), (20, 60)))  # 4 chunks; few polls, for speed
VIDEO = bytes(range(100))
FOREIGN_ID = "1"
PULL_URL = "https://videos.test/pull/"
ITERATIONS_MAX = 400
CRASHES_MAX = 12
REARMED_MAX = 4
PERSON_SECONDS = 7200
INSIDE_TRANSACTION = ("guard", "settle")

posts = sa.Table(
    "model_posts",
    sa.MetaData(),
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("state", sa.String),
    sa.Column("post_ids", sa.JSON),
)


class Crash(BaseException):
    """The process dies here."""


class Bench:
    """A database and a file that many runs share; each run has its own post and account."""

    def __init__(self, folder: Path, url: str = "sqlite://") -> None:
        self.database = Database(url)
        Table.metadata.create_all(self.database.engine)
        posts.metadata.create_all(self.database.engine)
        self.journal = Journal(self.database, Vault(bytes(32)))
        self.video_path = folder / "video.mp4"
        self.video_path.write_bytes(VIDEO)

    def order(self, post_id: str, *, route: Route = Route.DIRECT) -> PostOrder:
        return PostOrder(
            post_id=post_id,
            account=f"@{post_id}",
            video_path=self.video_path,
            content_sha256=hashlib.sha256(VIDEO).hexdigest(),
            size_bytes=len(VIDEO),
            duration_seconds=12,
            caption=f"caption of {post_id} #fun",
            choices=PostingChoices(privacy_level=PrivacyLevel.PUBLIC_TO_EVERYONE, music_usage_confirmed=True),
            route=route,
        )

    def close(self) -> None:
        self.database.close()


@dataclass
class Schedule:
    """`crash_at` names crash points by number; otherwise `crash_chance` and `zombie_chance` per point."""

    seed: int
    faults: dict[str, float] = field(default_factory=dict)
    crash_chance: float = 0.0
    zombie_chance: float = 0.0
    crash_at: frozenset[int] = frozenset()
    fault_at: dict[int, str] = field(default_factory=dict)
    with_foreign_post: bool = False
    stuck_chance: float = 0.01
    fail_chance: float = 0.03
    route: Route = Route.DIRECT
    transfer: Transfer = Transfer.FILE


@dataclass
class Verdict:
    kind: str
    points: int
    crashes: int
    rearmed: int = 0
    detail: str = ""

    @property
    def is_violation(self) -> bool:
        return self.kind in {"DUPLICATE", "FALSE_OK", "FALSE_FAIL", "WRONG_ID", "STUCK", "TORN", "FORGETFUL"}


class Run:
    def __init__(self, bench: Bench, schedule: Schedule, name: str) -> None:
        self.schedule = schedule
        self.bench = bench
        self.rng = random.Random(schedule.seed)
        self.clock = FakeClock()
        self.tiktok = FakeTikTok(
            self.rng,
            self.clock,
            schedule.faults,
            schedule.fault_at,
            fail_chance=schedule.fail_chance,
            stuck_chance=schedule.stuck_chance,
            inbox=schedule.route is Route.INBOX,
            prefix=name,
            fetch=self._fetch,
        )
        self.pull_url = PULL_URL if schedule.transfer is Transfer.PULL else ""
        if schedule.with_foreign_post:
            self.tiktok.live.append(Live(FOREIGN_ID, "other", "somebody else's", 5000))
        self.http = httpx.Client(transport=self.tiktok)
        self.publisher = TikTokPublisher(TikTokClient(BASE_URL, self.http), self.tiktok.token)
        self.order = bench.order(name, route=schedule.route)
        self.points = self.crashes = self.depth = self.rearmed = 0

    def play(self) -> Verdict:
        with self.bench.database.transaction() as session:
            session.execute(posts.insert().values(id=self.order.post_id, state="DUE", post_ids=[]))
        step = self._until_finished(ITERATIONS_MAX)
        verdict = self._judge(step)
        self.http.close()
        return verdict

    def _until_finished(self, iterations: int) -> Step | None:
        acts: list[Callable[[], Step]] = [self._send, self._confirm]
        act = self._send
        for _ in range(iterations):
            try:
                step = act()
            except Crash:
                self.clock.seconds += self.rng.choice([2, 2, 30, 30, 600, 5400])
                act = self.rng.choice(acts)  # whichever the engine resumes: both must be safe
                continue
            if step.is_finished:
                return step
            self.clock.seconds += step.wait_seconds or 0
            if isinstance(step.error, TooManyTries):
                if self.rearmed == REARMED_MAX:
                    return step
                self._rearm()
            act = self._confirm if step.state is StepState.COMMITTING else self._send
        return None

    def _send(self) -> Step:
        return send(
            self.order,
            journal=self.bench.journal,
            publisher=self.publisher,
            now=self.clock,
            commit_guard=lambda _session: self.point("guard"),
            settle=self._settle,
            rules=RULES,
            point=self.point,
            pull_url=self.pull_url,
        )

    def _confirm(self) -> Step:
        return confirm(
            self.order,
            journal=self.bench.journal,
            publisher=self.publisher,
            now=self.clock,
            settle=self._settle,
            rules=RULES,
            point=self.point,
        )

    def _rearm(self) -> None:
        """A person looks at the connection and sends the post again."""
        self.rearmed += 1
        self.clock.seconds += PERSON_SECONDS
        with self.bench.database.transaction() as session:
            rearm(session, self.order.post_id)

    def _fetch(self, url: str) -> bool:
        """What the web process does when TikTok asks for the file."""
        with self.bench.database.transaction() as session:
            return addresses.count_fetch(session, url.removeprefix(PULL_URL), self.clock())

    def _settle(self, session: sa.orm.Session, outcome: Outcome) -> None:
        session.execute(
            posts.update()
            .where(posts.c.id == outcome.post_id)
            .values(state=outcome.state, post_ids=list(outcome.post_ids))
        )
        self.point("settle")

    def point(self, name: str) -> None:
        self.points += 1
        if name not in INSIDE_TRANSACTION:
            self.tiktok.fetch_due()
        schedule = self.schedule
        if schedule.crash_at:
            if self.points in schedule.crash_at:
                self._crash(name)
        elif schedule.zombie_chance and self.depth < 2 and name not in INSIDE_TRANSACTION:
            if self.rng.random() < schedule.zombie_chance:
                self._second_worker()
            elif self.rng.random() < schedule.crash_chance:
                self._crash(name)
        elif self.rng.random() < schedule.crash_chance and self.crashes < CRASHES_MAX:
            self._crash(name)

    def _crash(self, name: str) -> None:
        self.crashes += 1
        raise Crash(name)

    def _second_worker(self) -> None:
        """We are paused; another worker takes the post over, and then we go on as if nothing had happened."""
        self.depth += 1
        try:
            self.clock.seconds += self.rng.choice([5, 60, 900, 4000])
            self._until_finished(self.rng.choice([1, 2, 6, 40]))
        finally:
            self.depth -= 1

    def _judge(self, step: Step | None) -> Verdict:
        self.clock.seconds += 20 * 3600
        self.tiktok.settle_all()
        mine = [post for post in self.tiktok.live if post.publish_id != "other"]
        with self.bench.database.transaction() as session:
            row = session.execute(posts.select().where(posts.c.id == self.order.post_id)).one()
        kind = self._kind(step, row.state, row.post_ids, mine)
        if kind != "STUCK" and kind in ("ok", "clean_fail") and self._forgets(row.state):
            kind = "FORGETFUL"
        return Verdict(kind, self.points, self.crashes, self.rearmed, f"seed {self.schedule.seed}: {step} {row} {mine}")

    def _kind(self, step: Step | None, state: str, post_ids: list[str], mine: list[Live]) -> str:
        live = len(mine)
        if live > 1:
            return "DUPLICATE"
        if step is None:
            return "STUCK"
        if isinstance(step.error, TooManyTries) and state == "DUE":
            return "FALSE_FAIL" if live else "held"
        if step.state != state:
            return "TORN"
        if FOREIGN_ID in post_ids or (state == "PUBLISHED" and post_ids and post_ids != [mine[0].post_id]):
            return "WRONG_ID"
        return {
            ("PUBLISHED", 1): "ok",
            ("PUBLISHED", 0): "FALSE_OK",
            ("FAILED", 0): "clean_fail",
            ("FAILED", 1): "FALSE_FAIL",
            ("NEEDS_HUMAN", 1): "human_live",
            ("NEEDS_HUMAN", 0): "human_not_live",
            ("IN_INBOX", 1): "ok",
            ("IN_INBOX", 0): "FALSE_OK",
        }[(state, live)]

    def _forgets(self, state: str) -> bool:
        """A finished post answers the same to whoever asks again."""
        self.schedule = replace(self.schedule, crash_at=frozenset(), crash_chance=0.0, zombie_chance=0.0)
        self.tiktok.faults, self.tiktok.fault_at = {}, {}
        return any(act().state != state for act in (self._send, self._confirm))


def play(bench: Bench, schedule: Schedule, name: str) -> Verdict:
    return Run(bench, schedule, name).play()
