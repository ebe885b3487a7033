"""What a person decides about the removal of a mark: which version goes out, or once more with their regions.

Each function is one transaction of its caller. Nothing is changed under a post that is on its way or live.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from reposter.deliver.publishing.answers import rearm
from reposter.deliver.publishing.attempt import AttemptState
from reposter.deliver.publishing.consents import withdraw
from reposter.deliver.publishing.moves import last_attempt
from reposter.deliver.scheduling.service import posts_of
from reposter.deliver.scheduling.tables import PostState, ScheduledPostRow
from reposter.kit.database import serialise
from reposter.kit.errors import Conflict
from reposter.kit.ids import new_id
from reposter.library.service import change_video
from reposter.library.states import HAS_RENDITION, VideoState
from reposter.library.tables import VideoRow
from reposter.pipeline.commands import NotReady, PostSettled, require_not_out
from reposter.pipeline.engine import Line
from reposter.pipeline.exporting import FileMissing, forget_package
from reposter.pipeline.fetch_video import process_job
from reposter.pipeline.options import LineOptions
from reposter.pipeline.plan_post import queue_or_hold, release
from reposter.pipeline.settle_post import post_key
from reposter.pipeline.telling import tell_step
from reposter.pipeline.version_question import WatermarkDoubtful, reserve_version, version_key
from reposter.storage.layout import Layout
from reposter.vocabulary.wishes import Version, Wishes

IN_WORK = (VideoState.DOWNLOADED, VideoState.PROCESSING)
MAY_BE_MADE_ANEW = (*HAS_RENDITION, VideoState.REVIEW)
OUT = (PostState.PROCESSING, PostState.REVIEW, PostState.POSTED, PostState.EXPORTED)
REASON = "The video's file was changed by hand."


class NoSecondVersion(Conflict):
    """There is nothing to choose from: only one version of the video was kept."""

    code = "no_second_version"


@dataclass(frozen=True)
class Hands:
    """What a decision takes effect through."""

    line: Line
    layout: Layout
    options: LineOptions


def choose_version(session: Session, hands: Hands, video_id: str, version: Version, *, now: datetime) -> VideoRow:
    """Let this version of a video go out; posts that waited for the choice get their slots.

    Chosen twice, it is chosen once. The other version stays, so that one may think again while nothing is out. What was
    agreed to for another file is taken back.

    Raises:
        VideoUnknown, NotReady, NoSecondVersion, FileMissing: there is nothing to choose.
        PostSettled: a post of it is on its way or live.
    """
    video = reserve_version(session, video_id)
    if video.processing_status not in HAS_RENDITION:
        raise _not_now(video)
    if video.watermark_choice == version:
        return video
    if video.alternative_path is None or video.local_path is None:
        raise NoSecondVersion(
            f"Only one version of video {video_id} was kept, so there is nothing to choose.",
            hint='Use the choice "again" with regions to have it processed once more.',
        )
    posts = _free_posts(session, video_id)
    is_swap = Version.CLEANED in (version, video.watermark_choice)
    if is_swap:
        _require_file(hands.layout.absolute(video.alternative_path))
        _swap(session, video, now)
        _void_what_was_begun(session, posts, now)
    change_video(session, video_id, now=now, watermark_choice=version.value)
    tell_step(session, video_id, "watermark", "done", f"A person chose the {version} version.")
    for post in posts:
        _go_on(session, hands, post, now)
    return video


def remove_again(session: Session, hands: Hands, video_id: str, wishes: Wishes, *, now: datetime) -> VideoRow:
    """Process a video once more with a person's regions; until that is done none of its posts goes out.

    Asked again for the same while it is processed, it is processed once.

    Raises:
        VideoUnknown, NotReady, FileMissing: it cannot be processed now.
        PostSettled: a post of it is on its way or live.
    """
    video = reserve_version(session, video_id)
    if video.processing_status in IN_WORK and video.watermark_wishes == wishes.to_json():
        return video
    if video.processing_status not in MAY_BE_MADE_ANEW or video.original_path is None:
        raise _not_now(video)
    _require_file(hands.layout.absolute(video.original_path))
    posts = _free_posts(session, video_id)
    change_video(session, video_id, now=now, watermark_wishes=wishes.to_json())
    _process_again(session, hands.line, video_id, posts, now=now)
    tell_step(session, video_id, "watermark", "started", "A person asked for it again with their regions.")
    for post in posts:
        if post.error_code == WatermarkDoubtful.code:
            _go_on(session, hands, post, now)
    return video


def process_again_where_free(session: Session, line: Line, video_ids: Sequence[str], *, now: datetime) -> list[str]:
    """Process those videos anew of which nothing is out; returns them. All keys are taken before the first change."""
    for video_id in sorted(video_ids):
        serialise(session, version_key(video_id))
    posts = {video_id: posts_of(session, video_id) for video_id in video_ids}
    for post_id in sorted(post.id for found in posts.values() for post in found):
        serialise(session, post_key(post_id))
    begun = []
    for video_id in video_ids:
        try:
            free = _free_posts(session, video_id)
        except PostSettled:
            continue
        if reserve_version(session, video_id).processing_status in HAS_RENDITION:
            _process_again(session, line, video_id, free, now=now)
            begun.append(video_id)
    return begun


def _process_again(
    session: Session, line: Line, video_id: str, posts: Sequence[ScheduledPostRow], *, now: datetime
) -> None:
    _void_what_was_begun(session, posts, now)
    change_video(session, video_id, now=now, processing_status=VideoState.DOWNLOADED, error=None)
    line.enqueue(session, process_job(video_id, new_id("again")))


def _free_posts(session: Session, video_id: str) -> Sequence[ScheduledPostRow]:
    """The posts of a video, reserved for this transaction.

    Raises:
        PostSettled: something of it may be out; nothing was changed.
    """
    posts = posts_of(session, video_id)
    for post in posts:
        serialise(session, post_key(post.id))
        session.refresh(post)
        if post.status in OUT or _may_be_out(session, post.id):
            raise PostSettled(
                f"Post {post.id} of video {video_id} is {post.status} on {post.tiktok_account}; its file cannot be "
                "changed any more.",
                hint="Wait until its outcome is known, or answer it with `reposter queue answer`; what is live stays.",
            )
    return posts


def _may_be_out(session: Session, post_id: int) -> bool:
    last = last_attempt(session, str(post_id))
    return last is not None and last.state in (AttemptState.COMMITTING, AttemptState.PUBLISHED)


def _void_what_was_begun(session: Session, posts: Sequence[ScheduledPostRow], now: datetime) -> None:
    """What was agreed to, uploaded or packed was another file."""
    for post in posts:
        require_not_out(session, post.id, reason=REASON, now=now)
        withdraw(session, str(post.id), now=now)
        forget_package(session, post, now=now)


def _go_on(session: Session, hands: Hands, post: ScheduledPostRow, now: datetime) -> None:
    if post.status == PostState.HELD and post.error_code == WatermarkDoubtful.code:
        rearm(session, str(post.id))
        release(session, hands.line, hands.options.scheduling, post.id, now=now)
    elif post.status == PostState.QUEUED:
        queue_or_hold(session, hands.line, post, now=now)


def _swap(session: Session, video: VideoRow, now: datetime) -> None:
    change_video(
        session,
        video.video_id,
        now=now,
        local_path=video.alternative_path,
        rendition_sha256=video.alternative_sha256,
        rendition_bytes=video.alternative_bytes,
        alternative_path=video.local_path,
        alternative_sha256=video.rendition_sha256,
        alternative_bytes=video.rendition_bytes,
    )


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise FileMissing(
            f"{path.name} is no longer on the disk, so it cannot be used.", hint="Restore it from a backup."
        )


def _not_now(video: VideoRow) -> NotReady:
    return NotReady(
        f"Video {video.video_id} is {video.processing_status}; its watermark cannot be decided about now.",
        hint="Wait until it is processed, or see its error in GET /api/videos and use POST /api/videos/{id}/retry.",
    )
