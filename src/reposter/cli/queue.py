"""`reposter queue …`: try again, put in another order, stop and go on, and the whole story of a post."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from reposter.cli.console import messages, print_json, results
from reposter.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir, opened
from reposter.cli.posts import PostId
from reposter.kit.clock import to_iso, utc_now
from reposter.kit.errors import InvalidInput

if TYPE_CHECKING:
    from reposter.views.story import PostStory


def retry(post_id: PostId, data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Give a failed or held post the next free slot.

    Refused where the post may be live: look at the account, then use `reposter queue answer`.
    """
    from reposter.pipeline.queue_commands import retry_post

    with opened(data_dir) as app, app.database.transaction() as session:
        post = retry_post(session, app.line, app.options(), post_id, now=utc_now())
    messages.print(f"Post {post_id} is {post.status}. {post.error_message or ''}", markup=False)


def retry_failed(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    account: Annotated[str | None, typer.Option(help="Only posts of this handle.")] = None,
    as_json: AsJson = False,
) -> None:
    """Queue failed posts again, at most 200 at once.

    None of them can be live already: posts whose outcome is in doubt are not touched.
    """
    from reposter.pipeline.queue_commands import retry_failed as retry_all

    with opened(data_dir) as app, app.database.transaction() as session:
        done = retry_all(session, app.line, app.options(), account=account, now=utc_now())
    if as_json:
        print_json(asdict(done))
    else:
        messages.print(f"{done.queued} are queued again, {done.held} wait for an answer, {done.left} are left.")


def pause(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Send nothing more on any account.

    Posts keep their turn; what is on its way is looked after.
    """
    _set_paused(data_dir, paused=True)
    messages.print("Publishing is paused. `reposter queue resume` takes it back.", markup=False)


def resume(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Take back the pause of all publishing."""
    _set_paused(data_dir, paused=False)
    messages.print("Publishing goes on.")


def priority(
    post_id: PostId,
    priority: Annotated[str, typer.Argument(metavar="PRIORITY", help="high, normal or low.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Let a post go before or after others that are due on its account."""
    from reposter.deliver.scheduling.tables import Priority
    from reposter.pipeline.queue_commands import set_priority

    with opened(data_dir) as app:
        if priority not in set(Priority):
            raise InvalidInput(f"There is no priority {priority!r}.", hint=f"Choose one of: {', '.join(Priority)}.")
        set_priority(app.database, app.line, post_id, Priority(priority), now=utc_now())
    messages.print(f"Post {post_id} has priority {priority}.", markup=False)


def show(post_id: PostId, data_dir: DataDir = DEFAULT_DATA_DIR, as_json: AsJson = False) -> None:
    """Show the whole story of a post: every try, call and move, and who agreed to it."""
    from reposter.deliver.scheduling.service import get_post
    from reposter.views.story import story_of

    with opened(data_dir) as app, app.database.transaction() as session:
        get_post(session, post_id)
        story = story_of(session, post_id)
    assert story is not None  # get_post has answered for it
    moments = _moments(story)
    waiting = story.waiting
    if as_json:
        print_json(
            {
                "id": post_id,
                "status": waiting.view.post.status,
                "what": waiting.view.post.error_message,
                "remedy": waiting.remedy,
                "actions": list(waiting.actions),
                "moments": [{"at": at, "what": what, "detail": detail} for at, what, detail in moments],
            }
        )
        return
    table = Table("when (UTC)", "what", "in words")
    for moment in moments:
        table.add_row(*moment)
    results.print(table)
    post = waiting.view.post
    messages.print(f"Post {post_id} is {post.status}. {post.error_message or ''} {waiting.remedy}", markup=False)
    if waiting.actions:
        messages.print(f"You can: {', '.join(waiting.actions)}.", markup=False)


def _moments(story: PostStory) -> list[tuple[str, str, str]]:
    """Everything that happened, in order."""
    found: list[tuple[Any, str, str]] = []  # times, sortable
    for one in story.consents:
        kind = "standing choices of" if one.is_standing else "approved by"
        found.append((one.given_at, "consent", f"{kind} {one.given_by}"))
        if one.withdrawn_at:
            found.append((one.withdrawn_at, "consent", "withdrawn"))
    for attempt in story.attempts:
        found.append((attempt.begun_at, f"try {attempt.n}", "begun"))
        if attempt.sent_at:
            found.append((attempt.sent_at, f"try {attempt.n}", f"sent; publish id {attempt.publish_id}"))
        found.append((attempt.changed_at, f"try {attempt.n}", f"{attempt.state} {attempt.reason}".strip()))
    found += [(move.at, move.status, move.reason) for move in story.moves]
    for call in story.calls:
        said = " ".join(str(word) for word in (call.outcome, call.http, call.code, call.log_id) if word)
        found.append((call.at, f"call {call.op}", said))
    return [(to_iso(at), what, detail) for at, what, detail in sorted(found, key=lambda moment: moment[0])]


def _set_paused(data_dir: DataDir, *, paused: bool) -> None:
    from reposter.bootstrap import change_settings

    with opened(data_dir) as app:
        change_settings(app, {"publishing": {"paused": paused}})
