"""What the outside may ask of the line. Each function is one transaction of its caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.acquire.discovery.filters import parse_filters
from reposter.acquire.discovery.ports import SourceReader
from reposter.acquire.sources.errors import SourceUnknown
from reposter.acquire.sources.rules import guess_kind, parse_link, parse_source
from reposter.acquire.sources.service import SourceConfig, add_source, get_source
from reposter.acquire.sources.tables import SourceRow
from reposter.deliver.publishing.answers import answer_live, answer_not_live, rearm, withdraw_open
from reposter.deliver.publishing.attempt import AttemptState
from reposter.deliver.publishing.moves import last_attempt
from reposter.deliver.scheduling.service import (
    NewPost,
    change_post,
    find_post,
    get_post,
    held_posts,
    reserve_slot,
)
from reposter.deliver.scheduling.tables import PostState, ScheduledPostRow
from reposter.guard.rights.service import declare_basis
from reposter.kit.clock import to_iso, utc_now
from reposter.kit.database import Database, serialise
from reposter.kit.errors import AppError, Conflict, Verdict
from reposter.kit.ids import new_id
from reposter.library.service import add_video, change_video
from reposter.library.states import HAS_RENDITION, VideoState
from reposter.library.tables import VideoRow
from reposter.pipeline.answered_links import public_id_of
from reposter.pipeline.engine import Line
from reposter.pipeline.exporting import answer_exported
from reposter.pipeline.fetch_video import process_job
from reposter.pipeline.follow_up import confirm_again
from reposter.pipeline.judging import fetch_job
from reposter.pipeline.options import LineOptions
from reposter.pipeline.plan_post import default_account, plan_job, queue_or_hold, release
from reposter.pipeline.scan_source import scan_job
from reposter.pipeline.settle_post import mark_posted, post_key
from reposter.pipeline.telling import tell_queue, tell_step
from reposter.pipeline.version_question import reserve_version
from reposter.vocabulary.found import FoundVideo
from reposter.vocabulary.rights import Basis

MAY_BE_SENT = (PostState.QUEUED, PostState.HELD, PostState.FAILED, PostState.CANCELLED, PostState.SKIPPED)


class NoAccount(AppError):
    code = "no_account"
    verdict = Verdict.NEEDS_PERSON


class NotReady(Conflict):
    code = "video_not_ready"


class PostSettled(Conflict):
    code = "post_settled"


@dataclass(frozen=True)
class NewSource:
    """A source as a person describes it; `kind` may be left out where the value says it (@name, #tag)."""

    value: str
    kind: str | None = None
    frequency: str = "daily"
    cron_expression: str | None = None
    timezone: str = "UTC"
    active: bool = True
    filters: dict[str, Any] = field(default_factory=dict)
    basis: Basis = Basis.UNKNOWN
    evidence: str = ""


def watch(session: Session, new: NewSource, options: LineOptions, *, now: datetime) -> SourceRow:
    """Add a source with its rights; the timetable starts its first scan within seconds.

    Raises:
        NotATikTokSource, InvalidCron, NeverFires, TooFrequent, InvalidInput, SourceExists: with what to do.
    """
    name = parse_source(new.kind or guess_kind(new.value), new.value)
    parse_filters(new.filters)
    config = SourceConfig(new.frequency, new.cron_expression, new.timezone, new.active, new.filters)
    shortest = timedelta(seconds=options.acquire.scan_seconds_min)
    source = add_source(session, name, config, now=now, shortest_wait=shortest)
    if new.basis is not Basis.UNKNOWN:
        declare_basis(session, source.source_id, new.basis, evidence=new.evidence, now=now)
    return source


def take_link(database: Database, line: Line, reader: SourceReader, url: str, *, basis: Basis) -> FoundVideo:
    """Put one video on the line by its link. Its author becomes a source that is not scanned, to carry the rights.

    Raises:
        NotATikTokSource, AppError: it is no link to a video, or nothing is there.
    """
    found = reader.look_up(parse_link(url))
    now = utc_now()
    with database.transaction() as session:
        source_id = _author_source(session, found.author, basis, now)
        verdict = {"passes": True, "sentence": "Asked for by its link."}
        if add_video(session, found, source_id=source_id, state=VideoState.FOUND, verdict=verdict, now=now):
            tell_step(session, found.video_id, "find", "done", "Asked for by its link.")
            line.enqueue(session, fetch_job(found.video_id))
    return found


def _author_source(session: Session, author: str, basis: Basis, now: datetime) -> str:
    try:
        source = get_source(session, author.lower())
    except SourceUnknown:
        source = add_source(session, parse_source("username", author), SourceConfig(active=False), now=now)
    if basis is not Basis.UNKNOWN:
        declare_basis(session, source.source_id, basis, evidence="Stated with the link.", now=now)
    return source.source_id


def scan_now(session: Session, line: Line, reference: str, *, now: datetime) -> SourceRow:
    source = get_source(session, reference)
    line.enqueue(session, scan_job(source.source_id, f"asked:{to_iso(now)}"))
    return source


def release_account(session: Session, line: Line, options: LineOptions, account: str, *, now: datetime) -> list[int]:
    """Something about an account was answered: let its held posts try again and plan what waited for an account."""
    unplanned = session.scalars(sa.select(VideoRow.video_id).where(VideoRow.processing_status == VideoState.READY))
    for video_id in unplanned:
        line.enqueue(session, plan_job(video_id, new_id("again")))
    return release_held(session, line, options, held_posts(session, account=account), now=now)


def publish_now(
    session: Session, line: Line, options: LineOptions, video_id: str, *, account: str | None, now: datetime
) -> ScheduledPostRow:
    """Send a finished video at the next moment the limits allow, ahead of its slot.

    Raises:
        VideoUnknown, NotReady, NoAccount: there is nothing to send, or nowhere to send it.
        PostSettled: it is being sent, is live, or its outcome is in doubt: sending again could double it.
    """
    video = reserve_version(session, video_id)
    if video.processing_status not in HAS_RENDITION:
        raise NotReady(
            f"Video {video_id} is not ready to be posted: it is {video.processing_status}.",
            hint="Wait until it is processed, or see its error in GET /api/videos.",
        )
    account = account or options.publishing.default_account or default_account(session)
    if account is None:
        raise NoAccount("No TikTok account is connected.", hint="Connect one with `reposter account connect`.")
    post = find_post(session, video_id, account)
    if post is None:
        new = NewPost(video_id, video.source_id, account, video.caption or video.title, tuple(video.hashtags))
        post = reserve_slot(session, new, options.scheduling, now=now)
        change_video(session, video_id, now=now, processing_status=VideoState.SCHEDULED)
    serialise(session, post_key(post.id))
    session.refresh(post)
    if post.status not in MAY_BE_SENT:
        raise PostSettled(
            f"Video {video_id} is {post.status} on {account}; sending it again could post it twice.",
            hint="See it under GET /api/posts; a post in review waits for `reposter queue answer`.",
        )
    rearm(session, str(post.id))
    change_post(
        session, post.id, now=now, status=PostState.QUEUED, scheduled_time=now, error_message=None, error_code=None,
        planned_because="asked for by hand", not_before=None,
    )  # fmt: skip
    queue_or_hold(session, line, post, now=now)
    return post


def answer_post(
    session: Session, line: Line, options: LineOptions, post_id: int, *, link: str | None, by: str, now: datetime
) -> ScheduledPostRow:
    """A person looked at the account: the post is live under `link`, or (None) it is not and may be sent again.

    Raises:
        NotATikTokSource, InvalidInput, LinkOfAnother: the link leads to no video, or to another post's.
        PostUnknown, PostSettled, Conflict: there is no such post, or it waits for no answer.
    """
    serialise(session, post_key(post_id))
    post = get_post(session, post_id)
    if post.status == PostState.EXPORTED:
        return answer_exported(session, line, options, post, link=link, now=now)
    if post.status != PostState.REVIEW:
        raise PostSettled(f"Post {post_id} is {post.status} and waits for no answer.", hint="See `reposter queue`.")
    attempt = last_attempt(session, str(post_id))
    if attempt is not None and attempt.state is AttemptState.COMMITTING and attempt.handover is None:
        change_post(session, post_id, now=now, status=PostState.PROCESSING)
        line.enqueue(session, confirm_again(post, now))  # TikTok itself was not asked to the end: that comes first
        return post
    if link is None:
        if attempt is not None and attempt.handover is not None:
            answer_not_live(session, str(post_id), by=by, now=now)
        rearm(session, str(post_id))
        return release(session, line, options.scheduling, post_id, now=now)
    public_id = public_id_of(session, post, link)
    answer_live(session, str(post_id), tiktok_post_id=public_id, by=by, now=now)
    mark_posted(session, line, options, post, public_id, now=now)
    return post


def cancel_post(session: Session, post_id: int, *, now: datetime) -> ScheduledPostRow:
    """Take a post that has not been begun out of the queue.

    Raises:
        PostSettled: it is on its way or live.
    """
    serialise(session, post_key(post_id))
    post = get_post(session, post_id)
    if post.status not in (PostState.QUEUED, PostState.HELD, PostState.FAILED):
        raise PostSettled(f"Post {post_id} is {post.status} and cannot be cancelled.", hint="Delete it in TikTok.")
    require_not_out(session, post_id, reason="The post was cancelled.", now=now)
    change_post(session, post_id, now=now, status=PostState.CANCELLED, error_message="cancelled by hand")
    tell_queue(session, post)
    return post


def require_not_out(session: Session, post_id: int, *, reason: str, now: datetime) -> None:
    """Give up what was begun of a post that is taken back.

    Raises:
        PostSettled: it may be live, whatever its row says.
    """
    if not withdraw_open(session, str(post_id), reason=reason, now=now):
        raise PostSettled(
            f"Post {post_id} is on its way to TikTok or live already; it cannot be taken back here.",
            hint="Wait until its outcome is known, then delete it in TikTok.",
        )


def release_held(
    session: Session, line: Line, options: LineOptions, post_ids: Sequence[int], *, now: datetime
) -> list[int]:
    """Give posts whose question was answered their slots; one that was decided about meanwhile is left alone.

    All posts are reserved before the first takes a slot, in one order, so that no two who release wait for each other.
    """
    for post_id in sorted(post_ids):
        serialise(session, post_key(post_id))
    released = []
    for post_id in post_ids:
        post = get_post(session, post_id)
        session.refresh(post)
        if post.status != PostState.HELD:
            continue
        rearm(session, str(post_id))  # the answer has come: nothing of an old refusal is waited for
        release(session, line, options.scheduling, post_id, now=now)
        released.append(post_id)
    return released


def retry_video(session: Session, line: Line, video_id: str, *, now: datetime) -> VideoRow:
    """Put a video that was set aside or skipped back on the line: fetched, or where its original is there, rendered.

    Raises:
        NotReady: nothing failed.
    """
    video = reserve_version(session, video_id)
    if video.processing_status not in (VideoState.REVIEW, VideoState.SKIPPED):
        raise NotReady(f"Video {video_id} is {video.processing_status}; there is nothing to repeat.")
    again = new_id("again")
    job = process_job(video_id, again) if video.original_path else fetch_job(video_id, again)
    state = VideoState.DOWNLOADED if video.original_path else VideoState.FOUND
    change_video(session, video_id, now=now, processing_status=state, error=None)
    line.enqueue(session, job)
    return video
