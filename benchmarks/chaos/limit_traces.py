"""Random lives of accounts at their limits, with everything that could upset a count, and a checker of its own.

Posts fall due, meet limits, wait or move; outcomes stay unknown and are settled; TikTok refuses; limits, clocks and
processes change. State is rows only, so a restart is a copy through JSON. The checker counts the stamps of what may be
out by itself, over closed windows.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta

from reposter.deliver.publishing.lessons import POSTS, Lesson
from reposter.deliver.publishing.limits import Admission, PostLimits, Used, admitted
from reposter.deliver.publishing.windows import DAY, HOUR, TIE
from reposter.deliver.scheduling.strategies import Meeting, Move, Patience, delay, grid_moment, skip, transfer

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PATIENCE = Patience(delay_max=24 * HOUR, skips_max=3)
ACCOUNTS = ("@a", "@b")
STRATEGIES = ("queue_delay", "skip_until_reset", "use_alternative_account")
RANK = {"high": 0, "normal": 1, "low": 2}

Decide = Callable[[str, Used, PostLimits, datetime], Admission]


@dataclass
class Post:
    id: int
    account: str
    due: datetime
    priority: str = "normal"
    status: str = "queued"
    not_before: datetime | None = None
    skips: int = 0
    is_pinned: bool = False
    transferred_from: str = ""
    told: list[str] = field(default_factory=list)

    @property
    def turn(self) -> tuple[int, datetime, int]:
        return RANK[self.priority], self.due, self.id


@dataclass
class Commit:
    """A last byte that was sent; `outcome` is unknown, live or not_live (proven)."""

    post: int
    account: str
    at: datetime
    outcome: str = "unknown"
    true_at: datetime = START


@dataclass
class Rows:
    """Everything that survives a process."""

    posts: list[Post] = field(default_factory=list)
    commits: list[Commit] = field(default_factory=list)
    lessons: dict[str, Lesson] = field(default_factory=dict)

    def restarted(self) -> Rows:
        kept = json.loads(json.dumps(asdict(self), default=datetime.isoformat), object_hook=_times)
        return Rows(
            posts=[Post(**one) for one in kept["posts"]],
            commits=[Commit(**one) for one in kept["commits"]],
            lessons={account: Lesson(**one) for account, one in kept["lessons"].items()},
        )


@dataclass
class Trace:
    """One life. `broken` holds a sentence for each promise that was not kept."""

    seed: int
    strategy: str
    decide: Decide = admitted
    restarts: bool = False
    look_at: Callable[[Trace, Post, Admission], None] = lambda _trace, _post, _found: None
    rows: Rows = field(default_factory=Rows)
    now: datetime = START
    true_now: datetime = START
    limits: PostLimits = field(default_factory=lambda: PostLimits(2, 5))
    broken: list[str] = field(default_factory=list)
    looks: int = 0
    jumped_ahead: bool = False

    def live(self, events: int = 40) -> Trace:
        self.rng = random.Random(self.seed)
        self.kills = random.Random(-self.seed)
        self.limits = PostLimits(self.rng.randint(1, 4), self.rng.randint(2, 8))
        for number in range(self.rng.randint(4, 14)):
            self._plan(number)
        for _ in range(events):
            self._happen()
            if self.restarts and self.kills.random() < 0.3:
                self.rows = self.rows.restarted()
        self._drain()
        return self

    def published(self) -> list[tuple[int, str, datetime]]:
        return [(one.post, one.account, one.at) for one in self.rows.commits]

    def _plan(self, number: int) -> None:
        due = START + HOUR * self.rng.randint(0, 6)
        priority = self.rng.choices(("high", "normal", "low"), (1, 4, 1))[0]
        pinned = self.rng.random() < 0.1
        self.rows.posts.append(Post(number, self.rng.choice(ACCOUNTS), due, priority, is_pinned=pinned))

    def _happen(self) -> None:
        draw = self.rng.random()
        if draw < 0.12:
            self._settle_one()
        elif draw < 0.15:
            self._refuse()
        elif draw < 0.18:
            self.limits = PostLimits(self.rng.randint(0, 4), self.rng.randint(1, 8))
        elif draw < 0.20:
            hours = self.rng.choice((-2, -1, 1, 2))
            self.now += HOUR * hours
            self.jumped_ahead |= hours > 0
        else:
            self._pass(timedelta(minutes=self.rng.choice((0, 1, 7, 30, 60))))
        for post in self.rng.sample(self.rows.posts, len(self.rows.posts)):  # workers come in any order
            self.look(post)

    def _pass(self, span: timedelta) -> None:
        self.now, self.true_now = self.now + span, self.true_now + span

    def _settle_one(self) -> None:
        unknown = [one for one in self.rows.commits if one.outcome == "unknown"]
        if unknown:
            self.rng.choice(unknown).outcome = self.rng.choice(("live", "not_live"))

    def _refuse(self) -> None:
        account = self.rng.choice(ACCOUNTS)
        until = self.now + HOUR * self.rng.randint(1, 4)
        self.rows.lessons[account] = Lesson(POSTS, until, self.rng.randint(1, 4), self.now, "TikTok said no")

    def look(self, post: Post) -> None:
        """A worker's look at a due post."""
        if post.status != "queued" or post.due > self.now:
            return
        self.looks += 1
        if not self.is_its_turn(post):
            return
        found = self.decide(post.account, self.used(post.account), self.limits, self.now)
        self.look_at(self, post, found)
        if found.at <= self.now:
            self._commit(post)
        else:
            self._give_way(post, found)

    def is_its_turn(self, post: Post) -> bool:
        return not any(
            other.account == post.account
            and other.status == "queued"
            and other.due <= self.now
            and other.not_before is not None
            and other.turn < post.turn
            for other in self.rows.posts
        )

    def used(self, account: str) -> Used:
        times = sorted(
            (
                min(one.at, self.now)
                for one in self.rows.commits
                if one.account == account and one.outcome != "not_live" and one.at > self.now - DAY - TIE
            ),
            reverse=True,
        )
        lesson = self.rows.lessons.get(account)
        return Used(times, lessons={POSTS: lesson} if lesson else {})

    def _give_way(self, post: Post, found: Admission) -> None:
        met = Meeting(post.due, found.at, post.skips, post.is_pinned)
        if self.strategy == "skip_until_reset":
            decision = skip(met, PATIENCE)
        elif self.strategy == "use_alternative_account":
            decision = transfer(met, PATIENCE, self._others(post, found))
        else:
            decision = delay(met, PATIENCE)
        if decision.move is Move.WAIT:
            post.not_before = decision.at
        elif decision.move is Move.GIVE_UP_SLOT:
            post.due, post.skips = grid_moment(post.due, HOUR, after=decision.at), post.skips + 1
        elif decision.move is Move.TRANSFER:
            self._check_transfer(post, found)
            post.transferred_from, post.account, post.not_before = post.account, decision.account, None
        else:
            post.status = {Move.ASK: "held", Move.DROP: "skipped"}[decision.move]
        post.told.append(decision.move)

    def _others(self, post: Post, found: Admission) -> Sequence[str]:
        if found.is_taught or post.transferred_from:
            return []
        return [
            other
            for other in ACCOUNTS
            if other != post.account
            and (there := self.decide(other, self.used(other), self.limits, self.now)).at <= self.now
            and not there.is_taught
        ]

    def _commit(self, post: Post) -> None:
        post.status, post.not_before = "sent", None
        outcome = self.rng.choice(("live", "live", "unknown"))
        self.rows.commits.append(Commit(post.id, post.account, self.now, outcome, self.true_now))
        self._check_windows(post.account)
        self._check_order(post)

    def _drain(self) -> None:
        """Forty hours in which the owner allows enough, the clock runs true and workers look each half hour."""
        self.limits = PostLimits(4, 20)
        for _ in range(80):
            self._pass(timedelta(minutes=30))
            for post in sorted(self.rows.posts, key=lambda one: one.turn):
                self.look(post)
        left = [post.id for post in self.rows.posts if post.status == "queued" and post.due <= self.now]
        if left:
            self.broken.append(f"starved: {left}")

    # The checker: counts of its own

    def _check_windows(self, account: str) -> None:
        out = [one for one in self.rows.commits if one.account == account and one.outcome != "not_live"]
        for span, most, name in ((HOUR, self.limits.per_hour, "hour"), (DAY, self.limits.per_day, "day")):
            stamped = sum(one.at >= self.now - span for one in out)
            truly = 0 if self.jumped_ahead else sum(one.true_at >= self.true_now - span for one in out)
            if max(stamped, truly) > most:
                self.broken.append(f"window: {max(stamped, truly)} posts in a {name}, {most} allowed")

    def _check_order(self, post: Post) -> None:
        if self.now < post.due:
            self.broken.append(f"early: {post.id}")
        for other in self.rows.posts:
            is_waiting = other.status == "queued" and other.account == post.account and other.not_before is not None
            if is_waiting and other.due <= self.now and other.turn < post.turn:
                self.broken.append(f"order: {post.id} before {other.id}")
        if self.strategy == "skip_until_reset" and (post.due - START) % HOUR:
            self.broken.append(f"grid: {post.due}")
        lesson = self.rows.lessons.get(post.account)
        if lesson and lesson.blocked_until and self.now < lesson.blocked_until:
            self.broken.append(f"blocked: {post.id}")

    def _check_transfer(self, post: Post, found: Admission) -> None:
        if post.transferred_from or any(one.post == post.id for one in self.rows.commits):
            self.broken.append(f"transfer: {post.id} moved twice or after it was sent")
        lesson = self.rows.lessons.get(post.account)
        if lesson and lesson.blocked_until and self.now < lesson.blocked_until:
            self.broken.append(f"transfer: {post.id} after TikTok refused the account")


def fixed_windows(account: str, used: Used, limits: PostLimits, now: datetime) -> Admission:
    """A mutant: counts since the full hour and midnight, as many tools do."""
    opened = now.replace(minute=0, second=0, microsecond=0)
    this_hour = [at for at in used.posts if at >= opened]
    found = admitted(account, replace(used, posts=this_hour), limits, now)
    return found if found.at <= now else replace(found, at=opened + HOUR)


def forgets_unknown(trace: Trace) -> Trace:
    """A mutant: only what is surely live takes a place."""
    honest = trace.used

    def used(account: str) -> Used:
        known = {one.at for one in trace.rows.commits if one.account == account and one.outcome == "live"}
        found = honest(account)
        return replace(found, posts=[at for at in found.posts if at in known])

    trace.used = used  # type: ignore[method-assign]  # that is what makes it a mutant
    return trace


def no_tie(account: str, used: Used, limits: PostLimits, now: datetime) -> Admission:
    """A mutant: a post exactly one window after another is not counted with it."""
    inside = [at for at in used.posts if at > now - DAY]
    hour_full = len([at for at in inside if at > now - HOUR]) >= limits.per_hour
    found = admitted(account, replace(used, posts=inside), limits, now)
    return found if hour_full or len(inside) >= limits.per_day else replace(found, at=now)


def _times(values: dict[str, object]) -> dict[str, object]:
    moments = {"due", "not_before", "at", "true_at", "blocked_until", "learned_at"}
    return {
        key: datetime.fromisoformat(value) if key in moments and isinstance(value, str) else value
        for key, value in values.items()
    }
