"""Hand a finished video to a person: make its package, and take their word that they posted it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.accounts.service import get_account
from reposter.deliver.publishing.packages import Package, write_package
from reposter.deliver.scheduling.service import change_post, find_post, get_post
from reposter.deliver.scheduling.tables import PostState, ScheduledPostRow
from reposter.guard.rights.rules import may
from reposter.guard.rights.service import right_of
from reposter.guard.rights.tables import RightsRow
from reposter.kit.database import Database, serialise
from reposter.kit.errors import AppError, Conflict, NotFound, Verdict
from reposter.library.service import get_video
from reposter.library.tables import VideoRow
from reposter.pipeline.answered_links import public_id_of
from reposter.pipeline.engine import Line
from reposter.pipeline.options import LineOptions
from reposter.pipeline.plan_post import release
from reposter.pipeline.refusals import ANEW_SECONDS, AccountStandsStill, PublishingPaused, RightsUnknown
from reposter.pipeline.settle_post import mark_posted, post_key
from reposter.pipeline.telling import tell_queue
from reposter.pipeline.version_question import version_refusal
from reposter.storage.layout import Layout
from reposter.vendors.tiktok.posting import Route
from reposter.vocabulary.rights import Act
from reposter.vocabulary.wishes import Version

READY = "Package ready: download it and post it by hand; then mark it as posted."
PAUSE_SECONDS = 5.0
PACKAGE = "package"  # in a post's extra


class FileMissing(Conflict):
    """The finished file is not there, so that there is nothing to hand out."""

    code = "file_missing"
    verdict = Verdict.NEEDS_PERSON


class FileExchanged(AppError):
    """The finished file was exchanged for another while it was packed; the package is made anew."""

    code = "file_exchanged"
    verdict = Verdict.RETRY_LATER


class PackageUnknown(NotFound):
    code = "package_unknown"


def is_by_hand(database: Database, post_id: int) -> bool:
    """Whether the post is due on an account that a person posts to."""
    with database.transaction() as session:
        post = get_post(session, post_id)
        account = get_account(session, post.tiktok_account)
        return post.status in (PostState.QUEUED, PostState.PROCESSING) and account.route is Route.EXPORT


def hand_out(database: Database, layout: Layout, options: LineOptions, post_id: int, *, now: datetime) -> None:
    """Make the package of a due post and say that it is ready. Done twice, the second package replaces the first.

    Raises:
        RightsUnknown, FileMissing, PublishingPaused, AccountStandsStill, VideoInWork, WatermarkDoubtful,
        FileExchanged: it waits.
        StorageExhausted: the disk is full.
    """
    if options.publishing.paused:
        raise PublishingPaused("Publishing is paused.", retry_after_seconds=PAUSE_SECONDS)
    with database.transaction() as session:
        post = get_post(session, post_id)
        account = get_account(session, post.tiktok_account)
        if account.paused_reason is not None:  # whether it is connected does not matter here
            raise AccountStandsStill(
                account.paused_reason or f"{account.handle} is paused.", hint="Resume the account."
            )
        packed_sha256 = _sha256_to_hand_out(session, post)
        name, package = package_name(post), _package(session, layout, post.video_id, post.caption, now)
    write_package(package, layout.package(name))
    with database.transaction() as session:
        serialise(session, post_key(post_id))
        post = get_post(session, post_id)
        if post.status not in (PostState.QUEUED, PostState.PROCESSING):
            return  # cancelled while the package was made
        if _sha256_to_hand_out(session, post) != packed_sha256:
            raise FileExchanged("Its file was exchanged while it was packed.", retry_after_seconds=ANEW_SECONDS)
        change_post(
            session,
            post_id,
            now=now,
            status=PostState.EXPORTED,
            last_attempt=now,
            error_message=READY,
            error_code=None,
            remedy=f"Download: /api/posts/{post_id}/package. When it is live, give its link as the answer.",
            extra={**post.extra, PACKAGE: name},
        )
        tell_queue(session, post)


def _sha256_to_hand_out(session: Session, post: ScheduledPostRow) -> str | None:
    """Which file of its video goes out.

    Raises:
        VideoInWork, WatermarkDoubtful: none does now.
    """
    refusal = version_refusal(session, post.video_id)
    if refusal is not None:
        raise refusal
    return get_video(session, post.video_id).rendition_sha256


def export_video(
    database: Database, layout: Layout, video_id: str, *, account: str | None, now: datetime, to: Path | None = None
) -> Path:
    """Make a package of any finished video, with the caption planned for `account` where there is one.

    Raises:
        VideoUnknown, FileMissing, RightsUnknown: there is nothing that may be handed out.
        StorageExhausted: the disk is full.
    """
    with database.transaction() as session:
        video = get_video(session, video_id)
        post = find_post(session, video_id, account) if account else None
        caption = post.caption if post else video.caption or video.title
        package = _package(session, layout, video_id, caption, now)
        path = to or layout.package(package_name(post) if post else video_id)
    write_package(package, path)
    return path


def package_of_post(session: Session, layout: Layout, post_id: int) -> Path:
    """The package that was handed out for a post, as long as its video has that file.

    Raises:
        PostUnknown, PackageUnknown: there is none.
    """
    name = get_post(session, post_id).extra.get(PACKAGE)
    if name is None:
        raise PackageUnknown("No package was made of this post.", hint="It is made when the post is due.")
    return package_named(layout, name)


def forget_package(session: Session, post: ScheduledPostRow, *, now: datetime) -> None:
    """The file in it is not the video's any more; the next one replaces it."""
    if PACKAGE in post.extra:
        rest = {name: value for name, value in post.extra.items() if name != PACKAGE}
        change_post(session, post.id, now=now, extra=rest)


def package_named(layout: Layout, name: str) -> Path:
    """Raises:
    PackageUnknown: there is none.
    """
    path = layout.package(name)
    if not path.is_file():
        raise PackageUnknown("There is no such package.", hint="Make it with POST /api/videos/{id}/export.")
    return path


def package_name(post: ScheduledPostRow) -> str:
    return f"{post.video_id}-{post.id}"


def answer_exported(
    session: Session, line: Line, options: LineOptions, post: ScheduledPostRow, *, link: str | None, now: datetime
) -> ScheduledPostRow:
    """A person posted the package under `link`; or (None) they did not, and it gets another slot.

    The journal stays empty: the post is known by their word alone, and is measured like any other.

    Raises:
        NotATikTokSource, InvalidInput, LinkOfAnother: the link leads to no video, or to another post's.
    """
    if link is None:
        return release(session, line, options.scheduling, post.id, now=now)
    public_id = public_id_of(session, post, link)
    mark_posted(session, line, options, post, public_id, now=now)
    return post


def _package(session: Session, layout: Layout, video_id: str, caption: str, now: datetime) -> Package:
    """Raises:
    RightsUnknown, FileMissing: it may not, or cannot, be handed out.
    """
    video = get_video(session, video_id)
    right = right_of(session, video.source_id, now=now)
    answer = may(right.basis, Act.PUBLISH)
    if not answer.allowed:
        raise RightsUnknown(answer.sentence, hint="Say on what ground the source's videos are used.")
    evidence = session.scalar(sa.select(RightsRow.evidence).where(RightsRow.id == right.rights_id))
    return Package(
        video_path=_finished_file(layout, video),
        cover_path=_cover(layout, video),
        caption=caption,
        author=video.author,
        source_url=video.original_url,
        basis=right.basis,
        evidence=evidence or "",
    )


def _finished_file(layout: Layout, video: VideoRow) -> Path:
    path = layout.absolute(video.local_path) if video.local_path else None
    if path is None or not path.is_file():
        raise FileMissing(
            f"Video {video.video_id} has no finished file, so no package can be made.",
            hint="Wait until it is processed, or process it again.",
        )
    return path


def _cover(layout: Layout, video: VideoRow) -> Path | None:
    """A still, unless the cleaned version was chosen: stills are of the one with its mark."""
    if not video.thumbnails or video.watermark_choice == Version.CLEANED:
        return None
    path = layout.absolute(video.thumbnails[0])
    return path if path.is_file() else None
