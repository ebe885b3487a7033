"""From nothing to the last byte: INTENT → OPEN → COMMITTING. Where TikTok fetches the file, see `pulling`."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from reposter.deliver.publishing.attempt import Attempt, AttemptState, Transfer
from reposter.deliver.publishing.composer import UNSEEN, complaint, findings
from reposter.deliver.publishing.consents import ConsentChanged
from reposter.deliver.publishing.order import (
    AlreadyPosted,
    ChoiceMissing,
    Guard,
    PostOrder,
    Step,
    StepState,
    VideoChanged,
)
from reposter.deliver.publishing.pulling import commit_pull
from reposter.deliver.publishing.run import (
    Run,
    give_up,
    late_truth,
    moved_elsewhere,
    not_opened,
    plan_of,
    record_verdict,
    refuse,
    standing,
    too_many_tries,
    wait_open,
)
from reposter.deliver.publishing.windows import DAY
from reposter.kit.errors import AppError, InvalidInput, Verdict
from reposter.kit.files import sha256_of
from reposter.vendors.tiktok.chunks import Chunk, plan_chunks
from reposter.vendors.tiktok.errors import ChoiceRefused, MediaRefused, RequestRefused, UploadGone, UploadOutOfStep
from reposter.vendors.tiktok.payloads import PublishPhase
from reposter.vendors.tiktok.posting import Route

MOVES_MAX = 8  # a run makes few moves; more would be a circle


def advance(run: Run, guard: Guard) -> Step:
    """Make the moves that the journal allows until the bytes are sent or something has to wait."""
    for _ in range(MOVES_MAX):
        attempt = run.journal.last(run.order.post_id)
        step = _move_on(run, attempt, guard)
        if step.state is not StepState.WAITING or step.wait_seconds:
            return step
    return moved_elsewhere(run)


def _move_on(run: Run, attempt: Attempt | None, guard: Guard) -> Step:
    if attempt is None:
        return _rest_of_account(run) or _begin(run, 0, guard)
    if attempt.state is AttemptState.INTENT and attempt.is_pull:
        return commit_pull(run, attempt, guard)
    if attempt.state is AttemptState.INTENT:
        return _leave_intent(run, attempt)
    if attempt.state is AttemptState.OPEN:
        return _upload(run, attempt, guard)
    step = standing(run, attempt)
    if step.state is not StepState.WAITING or step.wait_seconds:
        return step
    if run.journal.tries(attempt.post_id).abandoned >= run.rules.abandoned_max:
        error = too_many_tries(run, "")
        return Step(StepState.WAITING, run.rules.hold_seconds, error.message, error)
    return _rest_of_account(run) or _begin(run, attempt.n, guard)


def _rest_of_account(run: Run) -> Step | None:
    """Openings that came to nothing count at TikTok too: after many in a day the account's uploads wait."""
    most = run.rules.account_abandoned_max
    in_vain = run.journal.opened_in_vain(run.order.account, run.now() - DAY)
    if len(in_vain) < most:
        return None
    wait_seconds = (in_vain[most - 1] + DAY - run.now()).total_seconds()
    reason = f"{most} uploads of {run.order.account} broke off in 24 hours; it rests until a day has passed."
    return Step(StepState.WAITING, max(wait_seconds, run.rules.again_seconds), reason)


def _leave_intent(run: Run, attempt: Attempt) -> Step:
    """Whoever wrote it crashed around the call, or is still at it: two workers that give up each other's would duel.

    Nobody knows the upload's address unless its opener writes it here, so giving up can neither lose nor double.
    """
    left_seconds = run.rules.intent_patience_seconds - (run.now() - attempt.created_at).total_seconds()
    if 0 < left_seconds <= run.rules.intent_patience_seconds:
        return Step(StepState.WAITING, left_seconds, "The upload is being opened.")
    return give_up(run, attempt, "The opening of the upload was interrupted.", counts=True, wait_seconds=0)


def _begin(run: Run, after: int, guard: Guard) -> Step:
    """Write the intent, then open an upload or offer the file."""
    order = run.order
    transfer = Transfer.PULL if run.pull_url else Transfer.FILE
    try:
        _require_choices(order)
        _require_video(order)
        plan = plan_chunks(
            order.size_bytes, whole_bytes_max=run.rules.whole_bytes_max, chunk_bytes=run.rules.chunk_bytes
        )
        attempt = run.write(
            "intent",
            lambda: run.journal.begin(
                order, after=after, chunk_bytes=plan.chunk_bytes, now=run.now(), transfer=transfer
            ),
        )
    except ValueError:
        return _refuse_unbegun(run, after, MediaRefused("The file is empty or larger than 4 GiB.", hint="Shorten it."))
    except AlreadyPosted as error:
        if error.context["is_live"]:
            return _refuse_unbegun(run, after, error)
        return Step(StepState.WAITING, run.rules.retry_wait(2), error.message, error)
    except (ChoiceMissing, ChoiceRefused, VideoChanged) as error:
        return Step(StepState.WAITING, run.rules.hold_seconds, error.message, error)
    if attempt is None:
        return moved_elsewhere(run)
    return commit_pull(run, attempt, guard) if attempt.is_pull else _open(run, attempt)


def _open(run: Run, attempt: Attempt) -> Step:
    asked_at = run.now()
    try:
        upload = run.call(attempt, "init", lambda: run.publisher.init(run.order, plan_of(attempt)))
    except AppError as error:
        return not_opened(run, attempt, error)
    expires_at = asked_at + run.rules.upload_life
    moved = run.write("open", lambda: run.journal.open(attempt, upload, expires_at=expires_at, now=run.now()))
    return Step(StepState.WAITING, 0) if moved else moved_elsewhere(run)


def _upload(run: Run, attempt: Attempt, guard: Guard) -> Step:
    """Send what TikTok lacks, then commit. Up to the last chunk the attempt can be given up at any time."""
    if _is_expiring(run, attempt):
        return give_up(run, attempt, "The upload address ran out of time.", counts=True, wait_seconds=0)
    *others, last = plan_of(attempt).chunks()
    try:
        if others:
            received = _received_bytes(run, attempt)
            if isinstance(received, Step):
                return received
            _send_missing(run, attempt, others, received)
        upload_url = run.journal.upload_url(attempt)
        late = late_truth(run, attempt)
    except (UploadGone, RequestRefused) as error:
        return give_up(run, attempt, error.message, counts=True, wait_seconds=run.rules.again_seconds, error=error)
    except AppError as error:
        return wait_open(run, error)
    return late or _commit(run, attempt, guard, last, upload_url)


def _received_bytes(run: Run, attempt: Attempt) -> int | Step:
    """What TikTok has already; the verdict's step where it has given one."""
    if attempt.acked_bytes == 0 and attempt.updated_at + run.rules.upload_margin > run.now():
        return 0  # just opened: if that is wrong after a crash, TikTok answers 416 with its count
    status = run.call(attempt, "status", lambda: run.publisher.status(attempt.publish_id or ""))
    if status.phase is PublishPhase.FAILED:
        return record_verdict(run, attempt, status)
    return status.uploaded_bytes or 0


def _send_missing(run: Run, attempt: Attempt, chunks: list[Chunk], received: int) -> None:
    upload_url = run.journal.upload_url(attempt)
    for chunk in chunks:
        if chunk.end <= received:
            continue
        try:
            put = partial(run.publisher.put, run.order, upload_url, chunk)
            run.call(attempt, "put", put, acked_bytes=chunk.end)
        except UploadOutOfStep as error:
            received = error.context.get("received_bytes") or 0
            if received < chunk.end:
                raise  # it lacks earlier bytes: the next run asks for its count and starts there


def _commit(run: Run, attempt: Attempt, guard: Guard, last: Chunk, upload_url: str) -> Step:
    """Write that the post may be live from now on, then send the chunk that makes it so."""
    try:
        moved = run.write("commit", lambda: run.journal.commit(attempt, guard=guard, now=run.now))
    except AppError as refusal:
        return _refused_by_guard(run, attempt, refusal)
    if not moved:
        return moved_elsewhere(run)
    if not _is_expiring(run, attempt):  # a worker that slept here for hours must not send
        with suppress(AppError):  # it is recorded; whether the bytes arrived is for `confirm` to see
            run.call(attempt, "put_last", partial(run.publisher.put, run.order, upload_url, last))
    return Step(StepState.COMMITTING, run.rules.poll_wait(0), "Sent; TikTok is looking at it.")


def _refused_by_guard(run: Run, attempt: Attempt, refusal: AppError) -> Step:
    """Rights, consent or limits said no inside the commit: the last chunk was not sent."""
    if refusal.verdict is Verdict.PERMANENT:
        return refuse(run, attempt, refusal)
    wait_seconds = refusal.retry_after_seconds or run.rules.hold_seconds
    may_stay_open = refusal.verdict is Verdict.RETRY_LATER and not isinstance(refusal, ConsentChanged)
    if may_stay_open and not _is_expiring(run, attempt, wait_seconds):
        return Step(StepState.WAITING, wait_seconds, refusal.message, refusal)
    return give_up(run, attempt, refusal.message, counts=False, wait_seconds=wait_seconds, error=refusal)


def _refuse_unbegun(run: Run, after: int, error: AppError) -> Step:
    settle = run.settling(after + 1, StepState.FAILED, reason=error.message, error=error)
    moved = run.write(
        "refuse", lambda: run.journal.refuse(run.order, error.message, after=after, now=run.now(), settle=settle)
    )
    return Step(StepState.FAILED, None, error.message, error) if moved else moved_elsewhere(run)


def _is_expiring(run: Run, attempt: Attempt, in_seconds: float = 0.0) -> bool:
    if attempt.upload_expires_at is None:
        return True
    left_seconds = (attempt.upload_expires_at - run.rules.upload_margin - run.now()).total_seconds()
    return left_seconds < in_seconds


def _require_choices(order: PostOrder) -> None:
    """TikTok allows no default privacy, no private paid partnership, and wants its music terms agreed to."""
    if order.route is Route.EXPORT:
        raise InvalidInput("This account is posted to by hand; make an export package.", hint="Use `reposter export`.")
    found = findings(order.choices, UNSEEN, route=order.route, caption=order.caption)
    if found:
        raise complaint(found, account=order.account)


def _require_video(order: PostOrder) -> None:
    path = order.video_path
    if path.is_file() and path.stat().st_size == order.size_bytes and sha256_of(path) == order.content_sha256:
        return
    raise VideoChanged(
        "The file is missing, or is not the one that was approved; nothing was sent.",
        hint="Process the video again and approve it.",
    )
