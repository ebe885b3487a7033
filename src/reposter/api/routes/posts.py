"""/api/posts and /api/publish: what is planned, on its way and live."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from reposter.api.idempotency import IdempotentRoute
from reposter.api.paging import cursor_of, place_of
from reposter.api.wiring import Wired
from reposter.deliver.scheduling.tables import PostState, Priority, ScheduledPostRow
from reposter.kit.clock import utc_now
from reposter.kit.errors import InvalidInput
from reposter.pipeline.commands import answer_post, cancel_post, publish_now
from reposter.pipeline.queue_commands import Retried, retry_failed, retry_post, set_priority
from reposter.views.posts import PostMetrics, PostView, list_posts

router = APIRouter(prefix="/api", tags=["posts"], route_class=IdempotentRoute)
PostNumber = Annotated[int, Path(ge=1, le=2**53)]


class PostOut(BaseModel):
    id: int
    video_id: str
    title: str
    caption: str
    hashtags: list[str]
    account: str
    status: PostState
    priority: str
    attempts: int
    max_attempts: int
    scheduled_time: datetime
    planned_because: str
    published_at: datetime | None
    post_id: str | None
    post_url: str | None
    thumbnail_url: str | None
    reason: str | None
    reason_code: str | None
    remedy: str | None
    metrics: PostMetrics | None
    updated_at: datetime


class PostPage(BaseModel):
    items: list[PostOut]
    next: str | None


class PublishIn(BaseModel):
    """`account`: the handle to post as; the default account when it is left out."""

    model_config = ConfigDict(extra="forbid")

    account: str | None = Field(None, max_length=100)


class PostAnswer(BaseModel):
    """What a person saw: the post is live under `link`, or it is not live and may be sent again."""

    model_config = ConfigDict(extra="forbid")

    live: bool
    link: str | None = Field(None, max_length=300)


class RetryIn(BaseModel):
    """`account`: only its failed posts; all when it is left out."""

    model_config = ConfigDict(extra="forbid")

    account: str | None = Field(None, max_length=100)


class PriorityIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    priority: Priority


class Queued(BaseModel):
    id: int
    video_id: str
    account: str
    status: PostState
    scheduled_time: datetime
    reason: str | None


@router.get("/posts")
def list_all(
    app: Wired,
    status: Annotated[list[PostState] | None, Query()] = None,
    account: Annotated[str | None, Query(max_length=100)] = None,
    after: Annotated[str | None, Query(max_length=200, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> PostPage:
    """List posts, last changed first."""
    with app.database.transaction() as session:
        views = list_posts(session, states=status or (), account=account, after=place_of(after), limit=limit)
    last = views[-1].post if len(views) == limit else None
    return PostPage(
        items=[post_out(view) for view in views], next=cursor_of(last.updated_at, last.id) if last else None
    )


@router.post("/publish/{video_id}", status_code=202)
def publish(
    app: Wired,
    video_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,50}$")],
    body: PublishIn | None = None,
) -> Queued:
    """Manually trigger publish: at the next moment the limits allow, ahead of its slot."""
    account = body.account if body else None
    with app.database.transaction() as session:
        return _queued(publish_now(session, app.line, app.options(), video_id, account=account, now=utc_now()))


@router.post("/posts/{post_id}/answer")
def answer(app: Wired, post_id: PostNumber, body: PostAnswer) -> Queued:
    """Settle a post whose outcome is in doubt, after looking at the account itself."""
    link = body.link if body.live else None
    if body.live and link is None:
        raise InvalidInput("A live post has a link.", hint="Open it in TikTok and paste its link as `link`.")
    with app.database.transaction() as session:
        post = answer_post(session, app.line, app.options(), post_id, link=link, by="owner", now=utc_now())
        return _queued(post)


@router.post("/posts/{post_id}/cancel")
def cancel(app: Wired, post_id: PostNumber) -> Queued:
    """Take a post that has not been begun out of the queue."""
    with app.database.transaction() as session:
        return _queued(cancel_post(session, post_id, now=utc_now()))


@router.post("/posts/{post_id}/retry")
def retry(app: Wired, post_id: PostNumber) -> Queued:
    """Give a failed or held post the next free slot, with all its tries. Refused where it may be live."""
    with app.database.transaction() as session:
        return _queued(retry_post(session, app.line, app.options(), post_id, now=utc_now()))


@router.post("/posts/retry-failed")
def retry_all_failed(app: Wired, body: RetryIn | None = None) -> Retried:
    """Queue failed posts again, oldest first, at most 200 a call. None of them can be live already."""
    account = body.account if body else None
    with app.database.transaction() as session:
        return retry_failed(session, app.line, app.options(), account=account, now=utc_now())


@router.put("/posts/{post_id}/priority")
def prioritise(app: Wired, post_id: PostNumber, body: PriorityIn) -> Queued:
    """Let a post go before or after others that are due on its account."""
    return _queued(set_priority(app.database, app.line, post_id, body.priority, now=utc_now()))


def _queued(post: ScheduledPostRow) -> Queued:
    return Queued(
        id=post.id,
        video_id=post.video_id,
        account=post.tiktok_account,
        status=PostState(post.status),
        scheduled_time=post.scheduled_time,
        reason=post.error_message,
    )


def post_out(view: PostView) -> PostOut:
    post = view.post
    return PostOut(
        id=post.id,
        video_id=post.video_id,
        title=view.title,
        caption=post.caption,
        hashtags=post.hashtags,
        account=post.tiktok_account,
        status=PostState(post.status),
        priority=post.priority,
        attempts=post.attempts,
        max_attempts=post.max_attempts,
        scheduled_time=post.scheduled_time,
        planned_because=post.planned_because,
        published_at=post.published_at,
        post_id=post.post_id,
        post_url=post.post_url,
        thumbnail_url=f"/api/videos/{post.video_id}/thumbnails/1" if view.thumbnail else None,
        reason=post.error_message,
        reason_code=post.error_code,
        remedy=post.remedy,
        metrics=view.metrics,
        updated_at=post.updated_at,
    )
