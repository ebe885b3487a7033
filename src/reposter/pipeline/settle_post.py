"""What becomes of a post's row: begun, held, back in the queue, settled. Each in the transaction that makes it true."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from reposter.deliver.publishing.order import Outcome, Step, StepState
from reposter.deliver.scheduling.service import change_post, get_post
from reposter.deliver.scheduling.tables import PostState, ScheduledPostRow
from reposter.kit.clock import utc_now
from reposter.kit.errors import AppError, Verdict
from reposter.pipeline.engine import Line
from reposter.pipeline.measure_post import measure_jobs
from reposter.pipeline.options import LineOptions
from reposter.pipeline.telling import tell, tell_error, tell_queue
from reposter.pipeline.tools import tools
from reposter.vocabulary.events import PostPublished

SETTLED = {
    StepState.PUBLISHED: PostState.POSTED,
    StepState.FAILED: PostState.FAILED,
    StepState.NEEDS_HUMAN: PostState.REVIEW,
    StepState.IN_INBOX: PostState.REVIEW,
}
CLOSED = (PostState.POSTED, PostState.FAILED, PostState.CANCELLED)
INBOX_SENTENCE = "The draft waits for you in TikTok: open the app, and post it from your inbox."


def post_key(post_id: int) -> str:
    """Whoever decides about a post names this key, so that nobody decides beside them."""
    return f"post:{post_id}"


def begin(session: Session, post: ScheduledPostRow, *, now: datetime) -> None:
    change_post(
        session,
        post.id,
        now=now,
        status=PostState.PROCESSING,
        not_before=None,
        last_attempt=now,
        error_message=None,
        error_code=None,
        remedy=None,
    )
    tell_queue(session, post)


def hold(session: Session, post: ScheduledPostRow, error: AppError, *, now: datetime) -> None:
    """Nothing is out, and nothing goes out before a person has answered."""
    change_post(session, post.id, now=now, status=PostState.HELD, **_why(error))
    tell_queue(session, post)


def wait_in_queue(session: Session, post: ScheduledPostRow, reason: str, *, now: datetime) -> None:
    """It keeps its turn; the reason is told once, not at every look."""
    is_new = post.status != PostState.QUEUED or post.error_message != reason
    change_post(
        session, post.id, now=now, status=PostState.QUEUED, error_message=reason or None, error_code=None, remedy=None
    )
    if is_new:
        tell_queue(session, post)


def say_why(session: Session, post: ScheduledPostRow, step: Step, *, now: datetime) -> None:
    """A sent post that cannot be watched as long as a person does not act says so; it takes it back when it can."""
    error = step.error if step.error is not None and step.error.verdict is Verdict.NEEDS_PERSON else None
    if post.status == PostState.PROCESSING and post.error_code != (error and error.code):
        why = _why(error) if error else {"error_code": None, "error_message": None, "remedy": None}
        change_post(session, post.id, now=now, **why)
        tell_queue(session, post)


def set_aside(session: Session, post: ScheduledPostRow, error: AppError, *, now: datetime) -> None:
    """A situation that nobody foresaw: a person looks before anything else happens to the post."""
    tell_error(session, error, where="publish", video_id=post.video_id)
    if post.status == PostState.POSTED:
        return  # it is live; only its public id could not be had
    change_post(session, post.id, now=now, status=PostState.REVIEW, **_why(error))
    tell_queue(session, post)


def bring_in_line(session: Session, post: ScheduledPostRow, step: Step) -> None:
    """The journal is the truth: a row that missed its end (another worker wrote it) is given it now."""
    if post.status not in (PostState.QUEUED, PostState.PROCESSING):
        return
    if step.state is StepState.PUBLISHED:
        mark_posted(session, tools().line, tools().options(), post, *step.post_ids[:1], now=utc_now())
    elif step.state is StepState.FAILED:
        why = _why(step.error) if step.error else {"error_code": "failed", "error_message": step.reason}
        change_post(session, post.id, now=utc_now(), status=PostState.FAILED, **why)
        tell_queue(session, post)


def settle(session: Session, outcome: Outcome) -> None:
    """Write a post's end, in the very transaction in which the journal writes it."""
    now = utc_now()
    post = get_post(session, int(outcome.post_id))
    if outcome.state is StepState.PUBLISHED:
        mark_posted(session, tools().line, tools().options(), post, *outcome.post_ids[:1], now=now)
        return
    message = INBOX_SENTENCE if outcome.state is StepState.IN_INBOX else outcome.reason
    code = outcome.error.code if outcome.error else outcome.state.value.lower()
    status = SETTLED[outcome.state]
    remedy = outcome.error.hint if outcome.error else None
    change_post(
        session,
        post.id,
        now=now,
        status=status,
        error_code=code,
        error_message=message,
        remedy=remedy,
        attempts=outcome.n,
    )
    tell_queue(session, post)
    if outcome.error:
        tell_error(session, outcome.error, where="publish", video_id=post.video_id)


def mark_posted(
    session: Session,
    line: Line,
    options: LineOptions,
    post: ScheduledPostRow,
    found_id: str | None = None,
    *,
    now: datetime,
) -> None:
    """The post is live; its public id may become known only later. Measuring begins the first time."""
    is_first = post.published_at is None
    public_id = found_id or post.post_id
    url = f"https://www.tiktok.com/{post.tiktok_account}/video/{public_id}" if public_id else None
    change_post(
        session,
        post.id,
        now=now,
        status=PostState.POSTED,
        post_id=public_id,
        post_url=url,
        published_at=post.published_at or now,
        error_message=None,
        error_code=None,
        remedy=None,
    )
    tell_queue(session, post)
    event = PostPublished(post.id, post.video_id, post.tiktok_account, post.caption, public_id, url)
    tell(session, event)
    if is_first:
        for job in measure_jobs(post.id, now, options.metrics_ages_seconds):
            line.enqueue(session, job)


def _why(error: AppError) -> dict[str, str]:
    return {"error_code": error.code, "error_message": error.message, "remedy": error.hint}
