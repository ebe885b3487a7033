"""Posting by an address that TikTok fetches from: INTENT → COMMITTING → the call.

The call itself can post, so the commit comes before it. When its answer is lost nobody knows the publish id; then the
address is revoked first, durably, and only then it counts whether the file was ever fetched. A worker that slept
between commit and call, and calls after another one revoked, gives TikTok an address that serves nothing.
"""

from __future__ import annotations

from reposter.deliver.publishing.addresses import hash_of, new_token
from reposter.deliver.publishing.attempt import Attempt, AttemptState
from reposter.deliver.publishing.order import Guard, Step, StepState
from reposter.deliver.publishing.reconciling import reconcile
from reposter.deliver.publishing.run import (
    Run,
    age_seconds,
    give_up,
    late_truth,
    moved_elsewhere,
    not_opened,
    refuse,
    standing,
    wait_open,
)
from reposter.kit.errors import AppError, Verdict


def commit_pull(run: Run, attempt: Attempt, guard: Guard) -> Step:
    """Write that the post may be live from now on, then tell TikTok where the file is. One worker wins the commit."""
    if not run.pull_url:
        return give_up(run, attempt, "Files are no longer offered for fetching.", counts=False, wait_seconds=0)
    try:
        late = late_truth(run, attempt)
    except AppError as error:
        return wait_open(run, error)
    if late is not None:
        return late
    token = new_token()
    try:
        moved = run.write(
            "commit",
            lambda: run.journal.commit(attempt, guard=guard, now=run.now, pull_token_sha256=hash_of(token)),
        )
    except AppError as refusal:
        return _refused_by_guard(run, attempt, refusal)
    return _offer(run, attempt, token) if moved else moved_elsewhere(run)


def look_unnamed(run: Run, attempt: Attempt) -> Step:
    """A commit without a publish id: its worker is still at the call, or died around it."""
    left_seconds = run.rules.pull_patience_seconds - age_seconds(run, attempt)
    if attempt.handover is not None:
        return standing(run, attempt)
    if attempt.revoked_at is None and left_seconds > 0:
        return Step(StepState.COMMITTING, left_seconds, "TikTok is being told where the video is.")
    return _settle_unnamed(run, attempt, None)


def _refused_by_guard(run: Run, attempt: Attempt, refusal: AppError) -> Step:
    """Rights, consent or limits said no inside the commit: TikTok was told nothing."""
    if refusal.verdict is Verdict.PERMANENT:
        return refuse(run, attempt, refusal)
    wait_seconds = refusal.retry_after_seconds or run.rules.hold_seconds
    return give_up(run, attempt, refusal.message, counts=False, wait_seconds=wait_seconds, error=refusal)


def _offer(run: Run, attempt: Attempt, token: str) -> Step:
    committed = run.journal.last(attempt.post_id)
    if committed is None or committed.n != attempt.n or not _is_ours_to_call(committed):
        return moved_elsewhere(run)  # we slept, and another worker went on
    try:
        opened = run.call(committed, "init", lambda: run.publisher.init_pull(run.order, run.pull_url + token))
    except AppError as error:
        if error.verdict is Verdict.OUTCOME_UNKNOWN:
            return _settle_unnamed(run, committed, error)
        return not_opened(run, committed, error, proof={"init": "rejected"})
    named = run.write("open", lambda: run.journal.name_pull(committed, opened.publish_id, run.now()))
    if not named:
        return moved_elsewhere(run)
    return Step(StepState.COMMITTING, run.rules.poll_wait(0), "TikTok fetches the video.")


def _is_ours_to_call(committed: Attempt) -> bool:
    return committed.state is AttemptState.COMMITTING and not committed.publish_id and committed.revoked_at is None


def _settle_unnamed(run: Run, attempt: Attempt, error: AppError | None) -> Step:
    """Revoke, then look: never fetched is proof that nothing can be posted; fetched is for the list, or a person."""
    fetches = run.write("revoke", lambda: run.journal.revoke(attempt, run.now()))
    if fetches is None:
        return moved_elsewhere(run)
    proof = {"init": "unknown", "pull_fetches": fetches}
    if fetches == 0:
        reason = "TikTok's answer was lost and it had not fetched the file; its address is dead, so nothing is posted."
        wait_seconds = run.rules.retry_wait(run.journal.tries(attempt.post_id).given_up + 1)
        return give_up(run, attempt, reason, counts=True, wait_seconds=wait_seconds, error=error, proof=proof)
    quiet_seconds = run.rules.pull_quiet_seconds - age_seconds(run, attempt)
    if quiet_seconds > 0:
        reason = "TikTok's answer was lost, and it has fetched the file; soon its list is looked at."
        return Step(StepState.COMMITTING, quiet_seconds, reason, error)
    is_young = age_seconds(run, attempt) < run.rules.stuck_after.total_seconds()
    return reconcile(run, attempt, proof, may_wait=is_young)
