"""One run of one post: the order and its tools in one hand, and the steps that sending and confirming share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from reposter.deliver.publishing.attempt import Attempt, AttemptState, Handover
from reposter.deliver.publishing.journal import CallRecord, InTransaction, Journal
from reposter.deliver.publishing.order import (
    Outcome,
    Point,
    PostOrder,
    Rules,
    Settle,
    Step,
    StepState,
    TooManyTries,
)
from reposter.deliver.publishing.ports import Publisher
from reposter.kit.errors import AppError, Verdict
from reposter.vendors.tiktok.chunks import ChunkPlan
from reposter.vendors.tiktok.errors import PostingCapReached, ReauthNeeded, error_for
from reposter.vendors.tiktok.payloads import PublishPhase, PublishStatus

T = TypeVar("T")


@dataclass(frozen=True)
class Run:
    """`point` is called before and after everything that a crash could separate. With a `pull_url` TikTok fetches."""

    order: PostOrder
    journal: Journal
    publisher: Publisher
    now: Callable[[], datetime]
    settle: Settle
    rules: Rules
    point: Point
    pull_url: str = ""

    def call(self, attempt: Attempt, op: str, ask: Callable[[], T], *, acked_bytes: int | None = None) -> T:
        """Call TikTok and keep a record of it, refusals and doubts included. Success means `acked_bytes` are there."""
        started_at = self.now()
        self.point(f"{op}:before")
        try:
            answer = ask()
        except AppError as error:
            self._record(attempt, _record_of(op, started_at, self.now(), error))
            raise
        self.point(f"{op}:after")
        log_id = str(getattr(answer, "log_id", ""))
        self._record(attempt, CallRecord(op, started_at, self.now(), "ok", log_id=log_id), acked_bytes)
        return answer

    def write(self, name: str, move: Callable[[], T]) -> T:
        self.point(f"{name}:before")
        result = move()
        self.point(f"{name}:after")
        return result

    def settling(self, attempt_n: int, state: StepState, **facts: Any) -> InTransaction:  # Outcome's own fields
        outcome = Outcome(state, self.order.post_id, attempt_n, **facts)
        return lambda session: self.settle(session, outcome)

    def _record(self, attempt: Attempt, call: CallRecord, acked_bytes: int | None = None) -> None:
        self.write("record", lambda: self.journal.record_call(attempt, call, acked_bytes=acked_bytes))


def moved_elsewhere(run: Run) -> Step:
    reason = "Another worker has this post in hand."
    return Step(StepState.WAITING, run.rules.again_seconds, reason, is_elsewhere=True)


def standing(run: Run, attempt: Attempt) -> Step:
    """The step that an attempt's state speaks of by itself, without doing anything."""
    if attempt.state is AttemptState.PUBLISHED:
        return Step(StepState.PUBLISHED, None, attempt.reason, post_ids=attempt.post_ids)
    if attempt.state is AttemptState.COMMITTING and attempt.handover is Handover.IN_INBOX:
        return Step(StepState.IN_INBOX, None, attempt.reason)
    if attempt.state is AttemptState.COMMITTING and attempt.handover is Handover.NEEDS_HUMAN:
        return Step(StepState.NEEDS_HUMAN, None, attempt.reason, _stored_error(attempt))
    if attempt.state is AttemptState.COMMITTING:
        return Step(StepState.COMMITTING, run.rules.poll_wait(age_seconds(run, attempt)), attempt.reason)
    if attempt.is_final:
        return Step(StepState.FAILED, None, attempt.reason, _stored_error(attempt))
    wait_seconds = (attempt.retry_at - run.now()).total_seconds() if attempt.retry_at else 0.0
    return Step(StepState.WAITING, max(wait_seconds, 0.0), attempt.reason, _stored_error(attempt))


def age_seconds(run: Run, attempt: Attempt) -> float:
    """Seconds since the commit, 0 before it."""
    return max((run.now() - attempt.commit_at).total_seconds(), 0.0) if attempt.commit_at else 0.0


def plan_of(attempt: Attempt) -> ChunkPlan:
    """The plan that TikTok was told at init, whatever the rules say by now."""
    return ChunkPlan(attempt.size_bytes, attempt.chunk_bytes)


def give_up(  # what the journal keeps of a closed attempt
    run: Run,
    attempt: Attempt,
    reason: str,
    *,
    counts: bool,
    wait_seconds: float,
    error: AppError | None = None,
    proof: dict[str, Any] | None = None,  # JSON evidence
) -> Step:
    """Abandon an attempt that can never be posted; after too many that TikTok may have opened, a person is asked.

    The post does not fail: an upload that broke off is not the platform's no.
    """
    if counts and run.journal.tries(attempt.post_id).abandoned + 1 >= run.rules.abandoned_max:
        error = too_many_tries(run, reason)
        reason, wait_seconds = error.message, run.rules.hold_seconds
    now = run.now()
    moved = run.write(
        "abandon",
        lambda: run.journal.close(
            attempt,
            AttemptState.ABANDONED,
            reason=reason,
            now=now,
            retry_at=now + timedelta(seconds=wait_seconds),
            counts=counts,
            verdict={"by": "us", "error": error and error.to_dict(), **(proof or {})},
        ),
    )
    return _waiting(wait_seconds, reason, error) if moved else moved_elsewhere(run)


def too_many_tries(run: Run, reason: str) -> TooManyTries:
    return TooManyTries(
        f"The upload was opened {run.rules.abandoned_max} times and broke off each time; nothing was posted. {reason}",
        hint="Look at the connection, then send the post again.",
    )


def not_opened(run: Run, attempt: Attempt, error: AppError, *, proof: dict[str, Any] | None = None) -> Step:
    """TikTok did not open the upload, or nobody can know its address: the attempt ends here."""
    if error.verdict is Verdict.PERMANENT:
        return refuse(run, attempt, error, proof=proof)
    ladder_seconds = run.rules.retry_wait(run.journal.tries(attempt.post_id).given_up + 1)
    wait_seconds = max(ladder_seconds, error.retry_after_seconds or 0.0)
    if error.verdict is Verdict.NEEDS_PERSON:
        wait_seconds = run.rules.hold_seconds
    counts = error.verdict is Verdict.OUTCOME_UNKNOWN  # only then may TikTok have opened something
    return give_up(run, attempt, error.message, counts=counts, wait_seconds=wait_seconds, error=error, proof=proof)


def wait_open(run: Run, error: AppError) -> Step:
    """The attempt stays as it is; nothing of it can be live."""
    wait_seconds = error.retry_after_seconds or run.rules.again_seconds
    if error.verdict is Verdict.NEEDS_PERSON:
        wait_seconds = run.rules.hold_seconds
    return _waiting(wait_seconds, error.message, error)


def late_truth(run: Run, attempt: Attempt) -> Step | None:
    """A person said that an earlier upload is not live. Look once more before this one can double it.

    What TikTok no longer knows, and what went to another account, has no news for us.
    """
    for doubted in run.journal.doubted(attempt.post_id) if attempt.n > 1 else ():
        if doubted.account != attempt.account:
            continue
        try:
            status = run.call(doubted, "status", partial(run.publisher.status, doubted.publish_id or ""))
        except AppError as error:
            if error.verdict is Verdict.PERMANENT:
                continue
            raise
        if status.phase is PublishPhase.COMPLETE:
            give_up(run, attempt, "The earlier upload went live after all.", counts=False, wait_seconds=0)
            return record_published(run, doubted, status.post_ids, words_of(status))
    return None


def refuse(run: Run, attempt: Attempt, error: AppError, *, proof: dict[str, Any] | None = None) -> Step:
    """The post ends here by a refusal that no waiting mends; nothing was posted."""
    return _fail(run, attempt, error, evidence={"by": "refusal", "error": error.to_dict(), **(proof or {})})


def record_published(
    run: Run,
    attempt: Attempt,
    post_ids: tuple[str, ...],
    evidence: dict[str, Any],  # JSON evidence
) -> Step:
    """The post is live: nothing may fail between knowing it and writing it."""
    settle = run.settling(attempt.n, StepState.PUBLISHED, post_ids=post_ids, evidence=evidence)
    moved = run.write(
        "published",
        lambda: run.journal.close(
            attempt,
            AttemptState.PUBLISHED,
            reason="",
            now=run.now(),
            verdict=evidence,
            post_ids=post_ids,
            settle=settle,
        ),
    )
    return Step(StepState.PUBLISHED, None, post_ids=post_ids) if moved else moved_elsewhere(run)


def record_verdict(run: Run, attempt: Attempt, status: PublishStatus) -> Step:
    """TikTok says FAILED: try again where that can help and the rules allow it, else the post failed."""
    error = error_for(status.fail_reason or "internal", said=status.said, log_id=status.log_id)
    evidence = {
        "by": "tiktok",
        "status": status.said,
        "fail_reason": status.fail_reason,
        "log_id": status.log_id,
        "error": error.to_dict(),
    }
    may_retry = error.verdict is Verdict.RETRY_LATER or isinstance(error, ReauthNeeded)
    counts = may_retry and not isinstance(error, PostingCapReached | ReauthNeeded)
    tries = run.journal.tries(attempt.post_id).failed + counts
    if not may_retry or tries >= run.rules.attempts_max:
        return _fail(run, attempt, error, evidence=evidence)
    wait_seconds = max(run.rules.retry_wait(tries), error.retry_after_seconds or 0.0)
    now = run.now()
    moved = run.write(
        "verdict",
        lambda: run.journal.close(
            attempt,
            AttemptState.FAILED,
            reason=error.message,
            now=now,
            retry_at=now + timedelta(seconds=wait_seconds),
            counts=counts,
            verdict=evidence,
        ),
    )
    return _waiting(wait_seconds, error.message, error) if moved else moved_elsewhere(run)


def words_of(status: PublishStatus) -> dict[str, Any]:  # JSON evidence
    return {
        "by": "tiktok",
        "status": status.said,
        "uploaded_bytes": status.uploaded_bytes,
        "log_id": status.log_id,
    }


def _fail(run: Run, attempt: Attempt, error: AppError, *, evidence: dict[str, Any]) -> Step:  # JSON evidence
    settle = run.settling(attempt.n, StepState.FAILED, reason=error.message, error=error, evidence=evidence)
    moved = run.write(
        "fail",
        lambda: run.journal.close(
            attempt, AttemptState.FAILED, reason=error.message, now=run.now(), verdict=evidence, settle=settle
        ),
    )
    return Step(StepState.FAILED, None, error.message, error) if moved else moved_elsewhere(run)


def _stored_error(attempt: Attempt) -> AppError | None:
    """The error that the journal keeps of an attempt, so that a second call tells what the first one told."""
    stored = (attempt.verdict or {}).get("error")
    return AppError.from_dict(stored) if stored else None


def _waiting(wait_seconds: float, reason: str, error: AppError | None) -> Step:
    return Step(StepState.WAITING, wait_seconds, reason, error)


def _record_of(op: str, started_at: datetime, ended_at: datetime, error: AppError) -> CallRecord:
    context = error.context
    http = context.get("http")
    return CallRecord(
        op,
        started_at,
        ended_at,
        "unknown" if error.verdict is Verdict.OUTCOME_UNKNOWN else "rejected",
        http=http if isinstance(http, int) else None,
        code=str(context.get("vendor_code") or error.code)[:80],
        log_id=str(context.get("log_id") or "")[:100],
    )
