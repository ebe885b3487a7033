"""Publishers that lack one safeguard each: what checks the real one must notice every one of them.

A mutant takes pytest's `monkeypatch` (or anything with its `setattr`) and the bench, and changes the running code.
"""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa

from benchmarks.chaos.fake_tiktok import FAULTS
from reposter.deliver.publishing import addresses, confirming, journal, moves, pulling, reconciling, run, sending
from reposter.deliver.publishing.order import Step, StepState
from reposter.deliver.publishing.run import plan_of
from reposter.deliver.publishing.tables import AttemptRow
from reposter.kit.errors import AppError

HARSH = {"faults": FAULTS, "crash_chance": 0.03, "zombie_chance": 0.03, "stuck_chance": 0.1, "fail_chance": 0.1}


def late_journal(monkeypatch, _bench):
    """The publish id is written only after all bytes were sent."""

    def send_first(this, attempt):
        try:
            upload = this.publisher.init(this.order, plan_of(attempt))
            for chunk in plan_of(attempt).chunks():
                this.publisher.put(this.order, upload.upload_url, chunk)
                this.point("put:after")
        except AppError as error:
            return run.not_opened(this, attempt, error)
        expires_at = this.now() + this.rules.upload_life
        this.write("open", lambda: this.journal.open(attempt, upload, expires_at=expires_at, now=this.now()))
        return Step(StepState.WAITING, 0)

    monkeypatch.setattr(sending, "_open", send_first)


def no_commit_intent(monkeypatch, _bench):
    """The last chunk goes out while the journal still says OPEN."""
    right = sending._commit

    def send_first(this, attempt, guard, last, upload_url):
        try:
            this.call(attempt, "put", partial(this.publisher.put, this.order, upload_url, last))
        except AppError:
            return sending.give_up(this, attempt, "no answer", counts=False, wait_seconds=10)
        return right(this, attempt, guard, last, upload_url)

    monkeypatch.setattr(sending, "_commit", send_first)


def retry_on_silence(monkeypatch, _bench):
    """No verdict after a minute: start again."""
    right = confirming._pending

    def impatient(this, attempt, status):
        if run.age_seconds(this, attempt) > 20:
            return run.give_up(this, attempt, "no verdict", counts=False, wait_seconds=0)
        return right(this, attempt, status)

    monkeypatch.setattr(confirming, "_pending", impatient)


def published_at_last_byte(monkeypatch, _bench):
    """Green as soon as the bytes are there."""
    monkeypatch.setattr(
        confirming,
        "_pending",
        lambda this, attempt, _status: confirming.record_published(this, attempt, (), {"by": "hope"}),
    )


def newest_in_list(monkeypatch, _bench):
    """A silent post is taken to be the newest video of the account."""
    monkeypatch.setattr(reconciling, "matching_videos", lambda videos, **_: list(videos)[:1])


def doubt_is_failure(monkeypatch, _bench):
    """An unanswered status call counts as a failed post."""
    monkeypatch.setattr(confirming, "_unanswered", run.refuse)


def settled_apart(monkeypatch, _bench):
    """The caller's row changes in a transaction of its own."""
    right = journal.Journal.close

    def apart(self, attempt, to, *, settle=None, **rest):
        if settle is None:
            return right(self, attempt, to, **rest)
        if not right(self, attempt, to, settle=lambda _session: None, **rest):
            return False
        with self._database.transaction() as session:
            settle(session)
        return True

    monkeypatch.setattr(journal.Journal, "close", apart)


def neither_guard_nor_index(monkeypatch, bench):
    """Updates hold whatever the row says by now, and two attempts may be live."""

    def anyway(attempt, _state):
        return (
            sa.update(AttemptRow)
            .where(AttemptRow.post_id == attempt.post_id, AttemptRow.n == attempt.n)
            .execution_options(synchronize_session=False)
        )

    for module in (moves, journal):
        monkeypatch.setattr(module, "row_in", anyway)
    with bench.database.transaction() as session:
        session.execute(sa.text("DROP INDEX one_live"))
        session.execute(sa.text("DROP INDEX one_publication"))


def abandoned_while_alive(monkeypatch, _bench):
    """A commit whose bytes seem to lack is given up before its address has expired."""
    monkeypatch.setattr(confirming, "_is_surely_dead", lambda _run, _attempt: True)
    monkeypatch.setattr(sending, "_is_expiring", lambda _run, _attempt, _in=0.0: False)


def pull_without_revoke(monkeypatch, _bench):
    """An offer that nobody answered for is given up at once, and its address goes on serving."""

    def forget(this, attempt, error):
        return run.give_up(this, attempt, "no answer", counts=False, wait_seconds=10, error=error)

    monkeypatch.setattr(pulling, "_settle_unnamed", forget)
    monkeypatch.setattr(
        addresses, "_serves", lambda token, _now: (AttemptRow.pull_token_sha256 == addresses.hash_of(token),)
    )


def pull_uncounted(monkeypatch, _bench):
    """The file is given out without a record of it, so that "never fetched" proves nothing."""
    monkeypatch.setattr(
        addresses, "count_fetch", lambda session, token, now: addresses.offered(session, token, now) is not None
    )


MUTANTS = [
    late_journal,
    no_commit_intent,
    retry_on_silence,
    published_at_last_byte,
    newest_in_list,
    doubt_is_failure,
    settled_apart,
    neither_guard_nor_index,
    abandoned_while_alive,
]
PULL_MUTANTS = [pull_without_revoke, pull_uncounted]
