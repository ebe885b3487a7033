"""/api/review, /api/posts/{id} and /api/publishing: what waits for a person, the whole story, and stopping it all."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from reposter.api.idempotency import IdempotentRoute
from reposter.api.paging import cursor_of, place_of
from reposter.api.routes.posts import PostNumber, PostOut, post_out
from reposter.api.routes.watermarks import WatermarkOut, watermark_out
from reposter.api.wiring import Wired
from reposter.bootstrap import change_settings
from reposter.deliver.scheduling.service import get_post
from reposter.views.review import Action, Evidence, Waiting, list_waiting
from reposter.views.story import AttemptStory, CallStory, ConsentStory, MoveStory, calls_of, story_of

router = APIRouter(prefix="/api", tags=["review"], route_class=IdempotentRoute)


class ReviewItem(BaseModel):
    """`what` happened and what to do (`remedy`), by what to judge it, and what the line takes for an answer.

    `watermark`: what was done about the video's mark, with both versions where a person is to choose.
    """

    post: PostOut
    what: str
    code: str | None
    remedy: str
    since: datetime
    evidence: Evidence | None
    actions: list[Action]
    watermark: WatermarkOut | None


class ReviewPage(BaseModel):
    items: list[ReviewItem]
    next: str | None


class PostStoryOut(BaseModel):
    """Each list oldest first. `calls`: their first page, the others under `/calls`. `moves`: the last 200."""

    item: ReviewItem
    attempts: list[AttemptStory]
    moves: list[MoveStory]
    consents: list[ConsentStory]
    calls: list[CallStory]


class CallPage(BaseModel):
    items: list[CallStory]
    next: int | None


class PublishingState(BaseModel):
    paused: bool


@router.get("/review")
def review(
    app: Wired,
    account: Annotated[str | None, Query(max_length=100)] = None,
    after: Annotated[str | None, Query(max_length=200, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ReviewPage:
    """List everything that waits for a person, last changed first, with the evidence and the possible answers."""
    with app.database.transaction() as session:
        waiting = list_waiting(session, account=account, after=place_of(after), limit=limit)
    last = waiting[-1].view.post if len(waiting) == limit else None
    return ReviewPage(items=[_item(one) for one in waiting], next=cursor_of(last.updated_at, last.id) if last else None)


@router.get("/posts/{post_id}")
def story(app: Wired, post_id: PostNumber) -> PostStoryOut:
    """The whole story of a post: every try, call and move, and who agreed to it."""
    with app.database.transaction() as session:
        found = story_of(session, get_post(session, post_id).id)
        assert found is not None  # get_post has answered for it
    return PostStoryOut(
        item=_item(found.waiting),
        attempts=found.attempts,
        moves=found.moves,
        consents=found.consents,
        calls=found.calls,
    )


@router.get("/posts/{post_id}/calls")
def calls(
    app: Wired,
    post_id: PostNumber,
    after: Annotated[int, Query(ge=0, le=2**53, description="`next` of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> CallPage:
    """Every call to TikTok that was made for a post, oldest first."""
    with app.database.transaction() as session:
        items = calls_of(session, get_post(session, post_id).id, after=after, limit=limit)
    return CallPage(items=items, next=items[-1].id if len(items) == limit else None)


@router.post("/publishing/pause")
def pause(app: Wired) -> PublishingState:
    """Send nothing more on any account; posts keep their turn, and what is on its way is looked after."""
    return _set_paused(app, paused=True)


@router.post("/publishing/resume")
def resume(app: Wired) -> PublishingState:
    """Take back the pause of all publishing; what fell due meanwhile goes out as the limits allow."""
    return _set_paused(app, paused=False)


def _set_paused(app: Wired, *, paused: bool) -> PublishingState:
    chosen = change_settings(app, {"publishing": {"paused": paused}})
    return PublishingState(paused=chosen.publishing.paused)


def _item(waiting: Waiting) -> ReviewItem:
    post = waiting.view.post
    return ReviewItem(
        post=post_out(waiting.view),
        what=post.error_message or "",
        code=post.error_code,
        remedy=waiting.remedy,
        since=post.updated_at,
        evidence=waiting.evidence,
        actions=list(waiting.actions),
        watermark=watermark_out(post.video_id, waiting.watermark),
    )
