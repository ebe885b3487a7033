"""Workflows: `publish_post` sends one post at its minute; `confirm_post` watches until TikTok says what came of it.

The journal of `deliver.publishing` is the truth. Steps here may run twice: each looks at the journal first and takes
only the move that it allows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from dbos import DBOS
from sqlalchemy.orm import Session

from reposter.deliver.accounts.service import get_account
from reposter.deliver.publishing.attempt import AttemptState
from reposter.deliver.publishing.calls import CallsUsedUp
from reposter.deliver.publishing.consents import Consent, consent_carried
from reposter.deliver.publishing.order import Grounds, PostOrder, Rules, Step, StepState
from reposter.deliver.publishing.service import confirm, find_post_id, send
from reposter.deliver.scheduling.service import change_post, get_post
from reposter.deliver.scheduling.tables import PostState, ScheduledPostRow
from reposter.kit.clock import utc_now
from reposter.kit.database import serialise
from reposter.kit.errors import AppError, Verdict
from reposter.library.service import get_video
from reposter.pipeline.consenting import settled_consent
from reposter.pipeline.engine import RECOVERY_ATTEMPTS_MAX, Job
from reposter.pipeline.exporting import hand_out, is_by_hand
from reposter.pipeline.giving_way import again_job, give_way
from reposter.pipeline.limiting import LimitReached, learn_from, unlearn_from
from reposter.pipeline.options import PublishingOptions
from reposter.pipeline.queues import PRIORITIES, Queue
from reposter.pipeline.refusals import PostWithdrawn, cleared, consent_changed, refusal_of
from reposter.pipeline.settle_post import CLOSED, begin, bring_in_line, hold, post_key, set_aside, settle, wait_in_queue
from reposter.pipeline.steps import durable_step, working
from reposter.pipeline.tools import tools

ROUNDS_MAX = 500
"""A bound on what the engine keeps of one workflow; the sweep of the timetable carries on with a new one."""

TROUBLE_SECONDS = 30.0
REFUSED_SECONDS_MAX = 300.0
ID_WAIT_SECONDS_MIN = 5.0
ID_WAIT_SECONDS_MAX = 3600.0
ID_WAIT_MAX = timedelta(hours=24)
HANDED_OVER_SECONDS = 900.0
HANDED_OVER_MAX = timedelta(days=3)

Answer = dict[str, Any]  # {"state": str, "wait_seconds": float | None}, as the engine keeps it


def confirm_job(post: ScheduledPostRow) -> Job:
    return Job(
        "confirm_post",
        Queue.CONFIRM,
        f"confirm:{post.id}:{post.attempts}:{post.scheduled_time:%Y%m%dT%H%M%S.%f}",
        (post.id,),
        priority=PRIORITIES[post.priority],
    )


@DBOS.workflow(name="publish_post", max_recovery_attempts=RECOVERY_ATTEMPTS_MAX)
def publish_post(post_id: int) -> str:
    return _carry(send_post, post_id)


@DBOS.workflow(name="confirm_post", max_recovery_attempts=RECOVERY_ATTEMPTS_MAX)
def confirm_post(post_id: int) -> str:
    return _carry(check_post, post_id)


def _carry(step: Callable[[int], Answer], post_id: int) -> str:
    """Repeat a step after each wait it asks for, or after a trouble that passes; what remains goes to a person."""
    try:
        for _ in range(ROUNDS_MAX):
            answer = _answer_or_wait(step, post_id)
            if answer["wait_seconds"] is None:
                return str(answer["state"])
            DBOS.sleep(answer["wait_seconds"])
    except AppError as error:
        set_post_aside(post_id, error.to_dict())
        return "set_aside"
    return "handed_on"


def _answer_or_wait(step: Callable[[int], Answer], post_id: int) -> Answer:
    try:
        return step(post_id)
    except AppError as error:
        if error.verdict is not Verdict.RETRY_LATER:
            raise
        return _wait("again", error.retry_after_seconds or TROUBLE_SECONDS)


@durable_step("send_post")
def send_post(post_id: int) -> Answer:
    """Everything up to the last byte, then over to `confirm_post`; or a wait, or a question."""
    now = utc_now()
    if not _may_be_out(post_id) and is_by_hand(tools().database, post_id):
        return _hand_out(post_id)
    with tools().database.transaction() as session:
        serialise(session, post_key(post_id))
        post = get_post(session, post_id)
        if post.status not in (PostState.QUEUED, PostState.PROCESSING):
            return _done(post.status)
        consent: Consent | AppError | None = consent_carried(session, str(post_id))
        if not _may_be_out(post_id):  # what may be live already is carried to its end, whatever was decided since
            refusal = refusal_of(session, post, tools().options().publishing, now)
            consent = refusal or settled_consent(session, post, now=now)
        if isinstance(consent, AppError):
            return _heed(session, post, consent)
        order = _order(session, post, consent)
        begin(session, post, now=now)
    with working(f"Publishing {order.post_id} as {order.account}", step="publish"):
        step = send(
            order,
            journal=tools().journal,
            publisher=tools().publisher_for(order.account),
            now=utc_now,
            commit_guard=lambda session: _guard(session, order),
            settle=settle,
            rules=rules_of(tools().options().publishing),
            point=tools().point,
            pull_url=tools().options().publishing.pull_url,
        )
    return _after(post_id, step, is_sending=True)


def _hand_out(post_id: int) -> Answer:
    with working(f"Packing post {post_id} for posting by hand", step="publish"):
        try:
            hand_out(tools().database, tools().layout, tools().options(), post_id, now=utc_now())
        except AppError as refusal:
            with tools().database.transaction() as session:
                serialise(session, post_key(post_id))
                return _heed(session, get_post(session, post_id), refusal)
    return _done(PostState.EXPORTED)


@durable_step("check_post")
def check_post(post_id: int) -> Answer:
    """One look at what became of a post that was sent; changes nothing at TikTok."""
    with tools().database.transaction() as session:
        post = get_post(session, post_id)
        order = _order(session, post, consent_carried(session, str(post_id)))
        if post.status not in (PostState.PROCESSING, PostState.REVIEW, PostState.POSTED):
            return _done(post.status)
    look = find_public_id if post.status == PostState.POSTED else confirm
    answer = look(
        order,
        journal=tools().journal,
        publisher=tools().publisher_for(order.account),
        now=utc_now,
        settle=settle,
        rules=rules_of(tools().options().publishing),
        point=tools().point,
    )
    return _after(post_id, answer, is_sending=False)


@durable_step("set_post_aside")
def set_post_aside(post_id: int, error: dict[str, Any]) -> None:
    with tools().database.transaction() as session:
        set_aside(session, get_post(session, post_id), AppError.from_dict(error), now=utc_now())


def find_public_id(order: PostOrder, **hands: Any) -> Step:  # what `find_post_id` takes
    """Look for the public id of a live post; TikTok keeps it back while it moderates, and for private ones always."""
    try:
        post_ids = find_post_id(order, **hands)
    except AppError as error:
        return Step(StepState.PUBLISHED, None, error.message)
    return Step(StepState.PUBLISHED, None, post_ids=post_ids)


def rules_of(options: PublishingOptions) -> Rules:
    """The pace of asking and trying; `hurry` divides every wait towards the platform."""
    base, hurry = Rules(), options.hurry
    return Rules(
        attempts_max=options.max_attempts,
        retry_waits=options.retry_delays_seconds,
        hold_seconds=base.hold_seconds / hurry,
        again_seconds=base.again_seconds / hurry,
        polls=tuple((times, seconds / hurry) for times, seconds in base.polls),
        slow_poll_seconds=base.slow_poll_seconds / hurry,
        resend_after_seconds=base.resend_after_seconds / hurry,
    )


def _guard(session: Session, order: PostOrder) -> Grounds:
    """Runs in the transaction that commits to publishing; a worker that slept may hold an order of old."""
    post = get_post(session, int(order.post_id))
    if post.status != PostState.PROCESSING:
        raise PostWithdrawn(f"The post is {post.status} now.")
    grounds = cleared(session, post, tools().options().publishing, utc_now())
    if grounds.consent_id != order.consent_id:
        raise consent_changed()
    return grounds


def _may_be_out(post_id: int) -> bool:
    last = tools().journal.last(str(post_id))
    return last is not None and last.state in (AttemptState.COMMITTING, AttemptState.PUBLISHED)


def _heed(session: Session, post: ScheduledPostRow, refusal: AppError) -> Answer:
    if refusal.verdict is Verdict.NEEDS_PERSON:
        hold(session, post, refusal, now=utc_now())
        return _done("held")
    if isinstance(refusal, LimitReached):
        give_way(session, tools().line, post, refusal, tools().options(), now=utc_now())
        return _done("limited")
    wait_seconds = refusal.retry_after_seconds or TROUBLE_SECONDS
    wait_in_queue(session, post, refusal.message, now=utc_now())
    return _wait("limited", min(wait_seconds, REFUSED_SECONDS_MAX))


def _after(post_id: int, step: Step, *, is_sending: bool) -> Answer:
    """What follows a move: watch it, try again, hold it for a person, look for its id, or nothing."""
    with tools().database.transaction() as session:
        serialise(session, post_key(post_id))
        post = get_post(session, post_id)
        last = tools().journal.last(str(post_id))
        tries = last.n if last else 0
        if post.attempts != tries:
            change_post(session, post_id, now=utc_now(), attempts=tries)
        if step.is_elsewhere or (step.state is StepState.WAITING and post.status in CLOSED):
            return _wait("elsewhere", step.wait_seconds or 0) if post.status not in CLOSED else _done(post.status)
        is_taught = step.error is not None and learn_from(session, post, step.error, now=utc_now())
        bring_in_line(session, post, step)
        if step.state is StepState.COMMITTING and is_sending:
            unlearn_from(session, post, now=utc_now())
            tools().line.enqueue(session, confirm_job(post))
            return _done("sent")
        if step.state is StepState.WAITING and step.error and step.error.verdict is Verdict.NEEDS_PERSON:
            hold(session, post, step.error, now=utc_now())
            return _done("held")
        if step.state is StepState.WAITING:
            wait_in_queue(session, post, step.reason, now=utc_now())
            if is_sending and not is_taught and not isinstance(step.error, LimitReached | CallsUsedUp):
                return _wait("again", step.wait_seconds or 0)
            again_at = utc_now() + timedelta(seconds=0 if is_taught else step.wait_seconds or 0)
            tools().line.enqueue(session, again_job(post, again_at))  # others of the account may go meanwhile
            return _done("again")
        if step.state is StepState.PUBLISHED and not is_sending and post.post_id is None:
            return _id_wait(post)
        if step.state in (StepState.NEEDS_HUMAN, StepState.IN_INBOX) and not is_sending:
            return _handed_over_wait(post)
    return {"state": step.state.value, "wait_seconds": step.wait_seconds}


def _id_wait(post: ScheduledPostRow) -> Answer:
    age = utc_now() - (post.published_at or utc_now())
    if age > ID_WAIT_MAX:
        return _done("published")
    wait_seconds = min(ID_WAIT_SECONDS_MAX, max(ID_WAIT_SECONDS_MIN, age.total_seconds()))
    return _wait("published", wait_seconds / tools().options().publishing.hurry)


def _handed_over_wait(post: ScheduledPostRow) -> Answer:
    """TikTok may still speak up, or the creator post the draft: look on, seldom, for some days."""
    if utc_now() - (post.last_attempt or post.scheduled_time) > HANDED_OVER_MAX:
        return _done("handed_over")
    return _wait("handed_over", HANDED_OVER_SECONDS / tools().options().publishing.hurry)


def _order(session: Session, post: ScheduledPostRow, consent: Consent | None) -> PostOrder:
    """On the terms of its consent; what was sent before there were any, on the account's."""
    video = get_video(session, post.video_id)
    terms = consent or get_account(session, post.tiktok_account)
    assert video.local_path and video.rendition_sha256 and video.rendition_bytes, "a post is planned for finished files"
    return PostOrder(
        post_id=str(post.id),
        account=post.tiktok_account,
        video_path=tools().layout.absolute(video.local_path),
        content_sha256=video.rendition_sha256,
        size_bytes=video.rendition_bytes,
        duration_seconds=video.rendition_seconds or 0.0,
        caption=post.caption,
        choices=terms.choices,
        route=terms.route,
        consent_id=consent.id if consent else None,
    )


def _done(state: str) -> Answer:
    return {"state": state, "wait_seconds": None}


def _wait(state: str, seconds: float) -> Answer:
    return {"state": state, "wait_seconds": seconds}
