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

from reposter.deliver.publishing.attempt import AttemptState
from reposter.deliver.publishing.consents import Consent, consent_carried
from reposter.deliver.publishing.moves import last_attempt
from reposter.deliver.publishing.order import Grounds, PostOrder, Step, StepState
from reposter.deliver.publishing.service import confirm, find_post_id, send
from reposter.deliver.scheduling.service import get_post
from reposter.deliver.scheduling.tables import PostState, ScheduledPostRow
from reposter.kit.clock import utc_now
from reposter.kit.database import serialise
from reposter.kit.errors import AppError, Verdict
from reposter.pipeline.consenting import settled_consent
from reposter.pipeline.engine import RECOVERY_ATTEMPTS_MAX
from reposter.pipeline.exporting import hand_out, is_by_hand
from reposter.pipeline.follow_up import HANDED_OVER_SECONDS, TROUBLE_SECONDS, Answer, after, confirm_again, done, wait
from reposter.pipeline.giving_way import give_way
from reposter.pipeline.limiting import LimitReached
from reposter.pipeline.orders import order_of, rules_of
from reposter.pipeline.refusals import PostWithdrawn, cleared, consent_changed, refusal_of
from reposter.pipeline.settle_post import begin, hold, post_key, set_aside, settle, wait_in_queue
from reposter.pipeline.steps import durable_step, working
from reposter.pipeline.tools import tools

ROUNDS_MAX = 500
"""A bound on what the engine keeps of one workflow; the sweep of the timetable carries on with a new one."""

REFUSED_SECONDS_MAX = 300.0


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
        return wait("again", error.retry_after_seconds or TROUBLE_SECONDS)


@durable_step("send_post")
def send_post(post_id: int) -> Answer:
    """Everything up to the last byte, then over to `confirm_post`; or a wait, or a question."""
    now = utc_now()
    with tools().database.transaction() as session:
        is_out = _may_be_out(session, post_id)
    if not is_out and is_by_hand(tools().database, post_id):
        return _hand_out(post_id)
    with tools().database.transaction() as session:
        serialise(session, post_key(post_id))
        post = get_post(session, post_id)
        if post.status not in (PostState.QUEUED, PostState.PROCESSING):
            return done(post.status)
        consent: Consent | AppError | None = consent_carried(session, str(post_id))
        if not _may_be_out(session, post_id):  # else it is carried to its end, whatever was decided since
            refusal = refusal_of(session, post, tools().options().publishing, now)
            consent = refusal or settled_consent(session, post, now=now)
        if isinstance(consent, AppError):
            return _heed(session, post, consent)
        order = order_of(session, post, consent)
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
    return after(post_id, step, is_sending=True)


def _hand_out(post_id: int) -> Answer:
    with working(f"Packing post {post_id} for posting by hand", step="publish"):
        try:
            hand_out(tools().database, tools().layout, tools().options(), post_id, now=utc_now())
        except AppError as refusal:
            with tools().database.transaction() as session:
                serialise(session, post_key(post_id))
                return _heed(session, get_post(session, post_id), refusal)
    return done(PostState.EXPORTED)


@durable_step("check_post")
def check_post(post_id: int) -> Answer:
    """One look at what became of a post that was sent; changes nothing at TikTok."""
    with tools().database.transaction() as session:
        post = get_post(session, post_id)
        order = order_of(session, post, consent_carried(session, str(post_id)))
        is_watched = post.status in (PostState.PROCESSING, PostState.REVIEW, PostState.POSTED)
        if not is_watched and not _may_be_out(session, post_id):
            return done(post.status)
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
    return after(post_id, answer, is_sending=False)


@durable_step("set_post_aside")
def set_post_aside(post_id: int, error: dict[str, Any]) -> None:
    """What may be live is still looked after, though a person looks too."""
    now = utc_now()
    with tools().database.transaction() as session:
        serialise(session, post_key(post_id))
        post = get_post(session, post_id)
        if post.status in (PostState.CANCELLED, PostState.SKIPPED):
            return
        set_aside(session, post, AppError.from_dict(error), now=now)
        last = last_attempt(session, str(post_id))
        if last is not None and last.state is AttemptState.COMMITTING:
            again_at = now + timedelta(seconds=HANDED_OVER_SECONDS)
            tools().line.enqueue(session, confirm_again(post, again_at))


def find_public_id(order: PostOrder, **hands: Any) -> Step:  # what `find_post_id` takes
    """Look for the public id of a live post; TikTok keeps it back while it moderates, and for private ones always."""
    try:
        post_ids = find_post_id(order, **hands)
    except AppError as error:
        return Step(StepState.PUBLISHED, None, error.message)
    return Step(StepState.PUBLISHED, None, post_ids=post_ids)


def _guard(session: Session, order: PostOrder) -> Grounds:
    """Runs in the transaction that commits to publishing; a worker that slept may hold an order of old."""
    serialise(session, post_key(int(order.post_id)))
    post = get_post(session, int(order.post_id))
    if post.status != PostState.PROCESSING:
        raise PostWithdrawn(f"The post is {post.status} now.", retry_after_seconds=REFUSED_SECONDS_MAX)
    grounds = cleared(session, post, tools().options().publishing, utc_now())
    if grounds.consent_id != order.consent_id:
        raise consent_changed()
    return grounds


def _may_be_out(session: Session, post_id: int) -> bool:
    last = last_attempt(session, str(post_id))
    return last is not None and last.state in (AttemptState.COMMITTING, AttemptState.PUBLISHED)


def _heed(session: Session, post: ScheduledPostRow, refusal: AppError) -> Answer:
    if refusal.verdict is Verdict.NEEDS_PERSON:
        hold(session, post, refusal, now=utc_now())
        return done("held")
    if isinstance(refusal, LimitReached):
        give_way(session, tools().line, post, refusal, tools().options(), now=utc_now())
        return done("limited")
    wait_seconds = refusal.retry_after_seconds or TROUBLE_SECONDS
    wait_in_queue(session, post, refusal.message, now=utc_now())
    return wait("limited", min(wait_seconds, REFUSED_SECONDS_MAX))
