"""From nothing to the last byte: INTENT → OPEN → COMMITTING."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from reposter.deliver.publishing.attempt import Attempt, AttemptState
from reposter.deliver.publishing.order import (
    AlreadyPosted,
    ChoiceMissing,
    Guard,
    PostOrder,
    Step,
    StepState,
    VideoChanged,
)
from reposter.deliver.publishing.run import (
    Run,
    give_up,
    moved_elsewhere,
    plan_of,
    record_published,
    record_verdict,
    refuse,
    standing,
    words_of,
)
from reposter.kit.errors import AppError, InvalidInput, Verdict
from reposter.kit.files import sha256_of
from reposter.vendors.tiktok.chunks import Chunk, plan_chunks
from reposter.vendors.tiktok.errors import ChoiceRefused, MediaRefused, RequestRefused, UploadGone, UploadOutOfStep
from reposter.vendors.tiktok.payloads import PublishPhase
from reposter.vendors.tiktok.posting import PrivacyLevel, Route

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
        return _begin(run, 0)
    if attempt.state is AttemptState.INTENT:
        return _leave_intent(run, attempt)
    if attempt.state is AttemptState.OPEN:
        return _upload(run, attempt, guard)
    step = standing(run, attempt)
    if step.state is StepState.WAITING and not step.wait_seconds:
        return _begin(run, attempt.n)
    return step


def _leave_intent(run: Run, attempt: Attempt) -> Step:
    """Whoever wrote it crashed around the call, or is still at it: two workers that give up each other's would duel.

    Nobody knows the upload's address unless its opener writes it here, so giving up can neither lose nor double.
    """
    left_seconds = run.rules.intent_patience_seconds - (run.now() - attempt.created_at).total_seconds()
    if 0 < left_seconds <= run.rules.intent_patience_seconds:
        return Step(StepState.WAITING, left_seconds, "The upload is being opened.")
    return give_up(run, attempt, "The opening of the upload was interrupted.", counts=True, wait_seconds=0)


def _begin(run: Run, after: int) -> Step:
    """Write the intent, then open an upload."""
    order = run.order
    try:
        _require_choices(order)
        _require_video(order)
        plan = plan_chunks(
            order.size_bytes, whole_bytes_max=run.rules.whole_bytes_max, chunk_bytes=run.rules.chunk_bytes
        )
        attempt = run.write(
            "intent",
            lambda: run.journal.begin(order, after=after, chunk_bytes=plan.chunk_bytes, now=run.now()),
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
    return _open(run, attempt)


def _open(run: Run, attempt: Attempt) -> Step:
    asked_at = run.now()
    try:
        upload = run.call(attempt, "init", lambda: run.publisher.init(run.order, plan_of(attempt)))
    except AppError as error:
        return _not_opened(run, attempt, error)
    expires_at = asked_at + run.rules.upload_life
    moved = run.write("open", lambda: run.journal.open(attempt, upload, expires_at=expires_at, now=run.now()))
    return Step(StepState.WAITING, 0) if moved else moved_elsewhere(run)


def _not_opened(run: Run, attempt: Attempt, error: AppError) -> Step:
    if error.verdict is Verdict.PERMANENT:
        return refuse(run, attempt, error)
    wait_seconds = error.retry_after_seconds or run.rules.retry_wait(run.journal.tries(attempt.post_id).given_up + 1)
    if error.verdict is Verdict.NEEDS_PERSON:
        wait_seconds = run.rules.hold_seconds
    counts = error.verdict is Verdict.OUTCOME_UNKNOWN  # only then may TikTok have opened something
    return give_up(run, attempt, error.message, counts=counts, wait_seconds=wait_seconds, error=error)


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
        late = _late_truth(run, attempt)
    except (UploadGone, RequestRefused) as error:
        return give_up(run, attempt, error.message, counts=True, wait_seconds=run.rules.again_seconds, error=error)
    except AppError as error:
        return _wait_open(run, error)
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


def _late_truth(run: Run, attempt: Attempt) -> Step | None:
    """A person said that an earlier upload is not live. Look once more before this one can double it."""
    for doubted in run.journal.doubted(attempt.post_id) if attempt.n > 1 else ():
        status = run.call(doubted, "status", partial(run.publisher.status, doubted.publish_id or ""))
        if status.phase is PublishPhase.COMPLETE:
            give_up(run, attempt, "The earlier upload went live after all.", counts=False, wait_seconds=0)
            return record_published(run, doubted, status.post_ids, words_of(status))
    return None


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
    if refusal.verdict is Verdict.RETRY_LATER and not _is_expiring(run, attempt, wait_seconds):
        return Step(StepState.WAITING, wait_seconds, refusal.message, refusal)
    return give_up(run, attempt, refusal.message, counts=False, wait_seconds=wait_seconds, error=refusal)


def _refuse_unbegun(run: Run, after: int, error: AppError) -> Step:
    settle = run.settling(after + 1, StepState.FAILED, reason=error.message, error=error)
    moved = run.write(
        "refuse", lambda: run.journal.refuse(run.order, error.message, after=after, now=run.now(), settle=settle)
    )
    return Step(StepState.FAILED, None, error.message, error) if moved else moved_elsewhere(run)


def _wait_open(run: Run, error: AppError) -> Step:
    wait_seconds = error.retry_after_seconds or run.rules.again_seconds
    if error.verdict is Verdict.NEEDS_PERSON:
        wait_seconds = run.rules.hold_seconds
    return Step(StepState.WAITING, wait_seconds, error.message, error)


def _is_expiring(run: Run, attempt: Attempt, in_seconds: float = 0.0) -> bool:
    if attempt.upload_expires_at is None:
        return True
    left_seconds = (attempt.upload_expires_at - run.rules.upload_margin - run.now()).total_seconds()
    return left_seconds < in_seconds


def _require_choices(order: PostOrder) -> None:
    """TikTok allows no default privacy, and no private post for a paid partnership."""
    if order.route is Route.EXPORT:
        raise InvalidInput("This account is posted to by hand; make an export package.", hint="Use `reposter export`.")
    if order.route is Route.INBOX:
        return
    if order.choices.privacy_level is None:
        raise ChoiceMissing(
            f"Nobody has chosen who may see posts of {order.account}; TikTok allows no default.",
            hint="Choose the privacy in the account's settings; the post goes on by itself.",
        )
    if order.choices.brand_content and order.choices.privacy_level is PrivacyLevel.SELF_ONLY:
        raise ChoiceRefused(
            "A paid partnership cannot be private; TikTok refuses it.",
            hint="Choose another privacy, or take back the disclosure.",
        )


def _require_video(order: PostOrder) -> None:
    path = order.video_path
    if path.is_file() and path.stat().st_size == order.size_bytes and sha256_of(path) == order.content_sha256:
        return
    raise VideoChanged(
        "The file is missing, or is not the one that was approved; nothing was sent.",
        hint="Process the video again and approve it.",
    )
