"""`reposter publish` and `reposter queue`: what goes out."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from reposter.cli.console import messages, print_json, results
from reposter.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir, opened
from reposter.kit.clock import to_iso, utc_now
from reposter.kit.errors import InvalidInput

PostId = Annotated[int, typer.Argument(metavar="POST", help="The number that `reposter queue` shows.")]


def publish(
    video: Annotated[str, typer.Argument(metavar="VIDEO", help="The video's id.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    account: Annotated[str | None, typer.Option(help="Handle to post as; the default account otherwise.")] = None,
    as_json: AsJson = False,
) -> None:
    """Send a finished video ahead of its slot.

    The agents do it at the next moment that the limits allow.
    """
    from reposter.pipeline.commands import publish_now

    with opened(data_dir) as app, app.database.transaction() as session:
        post = publish_now(session, app.line, app.options(), video, account=account, now=utc_now())
    if as_json:
        print_json(_as_json(post))
        return
    messages.print(
        f"Post {post.id} on {post.tiktok_account} is {post.status}. {post.error_message or ''}", markup=False
    )


def queue(
    context: typer.Context,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many at most.")] = 30,
) -> None:
    """Show what is planned, on its way and live."""
    if context.invoked_subcommand:
        return
    from reposter.views.posts import list_posts

    with opened(data_dir) as app, app.database.transaction() as session:
        posts = [view.post for view in list_posts(session, limit=limit)]
    if as_json:
        print_json([_as_json(post) for post in posts])
        return
    table = Table("post", "video", "account", "status", "when (UTC)", "tries", "what it waits for, or its link")
    for post in posts:
        when = to_iso(post.published_at or post.scheduled_time)
        table.add_row(
            str(post.id), post.video_id, post.tiktok_account, post.status, when,
            f"{post.attempts}/{post.max_attempts}", post.error_message or post.post_url or "",
        )  # fmt: skip
    results.print(table if posts else "Nothing is planned yet. Videos get their slots once they are processed.")


def cancel(post_id: PostId, data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Take a post that has not been begun out of the queue."""
    from reposter.pipeline.commands import cancel_post

    with opened(data_dir) as app, app.database.transaction() as session:
        cancel_post(session, post_id, now=utc_now())
    messages.print(f"Post {post_id} is cancelled.", markup=False)


def answer(
    post_id: PostId,
    live: Annotated[str | None, typer.Option("--live", metavar="LINK", help="It is live under this link.")] = None,
    not_live: Annotated[bool, typer.Option("--not-live", help="It is not live; send it again.")] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Settle a post in doubt after looking at the account."""
    from reposter.pipeline.commands import answer_post

    with opened(data_dir) as app, app.database.transaction() as session:
        if (live is None) == (not not_live):
            raise InvalidInput("Say what you saw on the account.", hint="Give either --live LINK or --not-live.")
        post = answer_post(session, app.line, app.options(), post_id, link=live, by="owner", now=utc_now())
    messages.print(f"Post {post_id} is {post.status}.", markup=False)


def approve(
    post_id: PostId,
    caption: Annotated[str | None, typer.Option(help="Another caption, for this post alone.")] = None,
    agree_music_usage: Annotated[
        bool, typer.Option("--agree-music-usage", help="You agree to TikTok's Music Usage Confirmation.")
    ] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Approve a post of an account that asks first.

    It goes out with this file and caption and the account's choices; anything else needs your approval again.
    """
    from reposter.bootstrap import creator_reader
    from reposter.deliver.scheduling.service import get_post
    from reposter.pipeline.approving import Approval, Decider, approve_post, read_offer

    approval = Approval(caption=caption, music_usage_confirmed=agree_music_usage or None)
    with opened(data_dir) as app:
        with app.database.transaction() as session:
            handle = get_post(session, post_id).tiktok_account
        decider = Decider(read_offer(creator_reader(app), handle))
        with app.database.transaction() as session:
            post = approve_post(session, app.line, app.options(), post_id, approval, decider=decider, now=utc_now())
    messages.print(f"Post {post_id} is approved and {post.status}. {post.error_message or ''}", markup=False)


def reject(
    post_id: PostId,
    reason: Annotated[str, typer.Option(help="Why; it is shown with the post.")] = "",
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Take a post out of the queue with the reason."""
    from reposter.pipeline.approving import reject_post

    with opened(data_dir) as app, app.database.transaction() as session:
        reject_post(session, post_id, reason=reason, now=utc_now())
    messages.print(f"Post {post_id} is rejected.", markup=False)


def _as_json(post: Any) -> dict[str, Any]:  # ScheduledPostRow, named in a heavy module
    return {
        "id": post.id,
        "videoId": post.video_id,
        "tiktokAccount": post.tiktok_account,
        "status": post.status,
        "priority": post.priority,
        "scheduledTime": to_iso(post.scheduled_time),
        "attempts": post.attempts,
        "maxAttempts": post.max_attempts,
        "errorMessage": post.error_message,
        "postId": post.post_id,
        "postUrl": post.post_url,
        "metadata": {"caption": post.caption, "hashtags": post.hashtags},
    }
