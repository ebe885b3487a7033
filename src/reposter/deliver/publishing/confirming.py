"""From the last byte to the truth: only looking, and sending the same bytes to the same address again."""

from __future__ import annotations

from functools import partial

from reposter.deliver.publishing.attempt import Attempt, AttemptState, Handover
from reposter.deliver.publishing.order import Step, StepState
from reposter.deliver.publishing.pulling import look_unnamed
from reposter.deliver.publishing.reconciling import reconcile
from reposter.deliver.publishing.run import (
    Run,
    age_seconds,
    give_up,
    moved_elsewhere,
    plan_of,
    record_published,
    record_verdict,
    standing,
    words_of,
)
from reposter.kit.errors import AppError, Verdict
from reposter.vendors.tiktok.payloads import PublishPhase, PublishStatus


def look(run: Run) -> Step:
    """Ask TikTok once and write down what it settles."""
    attempt = run.journal.last(run.order.post_id)
    if attempt is None:
        return Step(StepState.WAITING, 0, "Nothing was sent yet.")
    if attempt.state is not AttemptState.COMMITTING:
        return standing(run, attempt)
    if attempt.publish_id is None:
        return look_unnamed(run, attempt)
    try:
        status = run.call(attempt, "status", partial(run.publisher.status, attempt.publish_id))
    except AppError as error:
        return _unanswered(run, attempt, error)
    if status.phase is PublishPhase.COMPLETE:
        return record_published(run, attempt, status.post_ids, words_of(status))
    if status.phase is PublishPhase.FAILED:
        return record_verdict(run, attempt, status)
    if status.phase is PublishPhase.IN_INBOX:
        return _delivered(run, attempt, status)
    return _pending(run, attempt, status)


def _pending(run: Run, attempt: Attempt, status: PublishStatus) -> Step:
    if attempt.handover is not None:
        return standing(run, attempt)
    received = None if attempt.is_pull else status.uploaded_bytes
    is_short = received is not None and received < attempt.size_bytes
    if is_short and _is_surely_dead(run, attempt):
        reason = "The last bytes never reached TikTok and its upload address has expired; nothing was posted."
        return give_up(run, attempt, reason, counts=True, wait_seconds=0, proof={"uploaded_bytes": received})
    may_resend = run.now() < (attempt.upload_expires_at or run.now())
    if is_short and may_resend and age_seconds(run, attempt) >= run.rules.resend_after_seconds:
        _send_again(run, attempt, received or 0)
    if age_seconds(run, attempt) >= run.rules.stuck_after.total_seconds():
        return reconcile(run, attempt, words_of(status))
    return standing(run, attempt)


def _unanswered(run: Run, attempt: Attempt, error: AppError) -> Step:
    """No answer is no verdict: the post stays as it is, whatever the error says."""
    if attempt.handover is not None:
        return standing(run, attempt)
    is_stuck = age_seconds(run, attempt) >= run.rules.stuck_after.total_seconds()
    if error.verdict in (Verdict.PERMANENT, Verdict.NEEDS_PERSON) and is_stuck:
        return reconcile(run, attempt, {"status_error": error.to_dict()})
    wait_seconds = max(run.rules.poll_wait(age_seconds(run, attempt)), error.retry_after_seconds or 0.0)
    if error.verdict is Verdict.NEEDS_PERSON:
        wait_seconds = run.rules.hold_seconds
    return Step(StepState.COMMITTING, wait_seconds, error.message, error)


def _send_again(run: Run, attempt: Attempt, received: int) -> None:
    """Same bytes, same address, same publish id: it can complete the upload, never make a second one."""
    try:
        upload_url = run.journal.upload_url(attempt)
        for chunk in plan_of(attempt).chunks():
            if chunk.end > received:
                run.call(attempt, "put_again", partial(run.publisher.put, run.order, upload_url, chunk))
    except AppError:
        return  # recorded; the next look decides


def _delivered(run: Run, attempt: Attempt, status: PublishStatus) -> Step:
    reason = "Waiting for you in TikTok: open the app's inbox and finish the post."
    if attempt.handover is Handover.IN_INBOX:
        return standing(run, attempt)
    evidence = words_of(status)
    settle = run.settling(attempt.n, StepState.IN_INBOX, reason=reason, evidence=evidence)
    moved = run.write(
        "hand_over",
        lambda: run.journal.hand_over(
            attempt, Handover.IN_INBOX, reason=reason, evidence=evidence, now=run.now(), settle=settle
        ),
    )
    return Step(StepState.IN_INBOX, None, reason) if moved else moved_elsewhere(run)


def _is_surely_dead(run: Run, attempt: Attempt) -> bool:
    expires_at = attempt.upload_expires_at
    return expires_at is not None and run.now() > expires_at + run.rules.upload_surely_dead
