"""What the outside may ask about accounts where it touches their posts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.accounts.account import Account
from reposter.deliver.accounts.connecting import Connector
from reposter.deliver.accounts.disconnecting import Disconnected, disconnect
from reposter.deliver.accounts.service import resume
from reposter.deliver.accounts.webhooks import handle_of, note_webhook
from reposter.deliver.publishing.attempt import AttemptState
from reposter.deliver.publishing.tables import AttemptRow
from reposter.deliver.scheduling.tables import ScheduledPostRow
from reposter.kit.errors import Conflict, Verdict
from reposter.kit.ids import new_id
from reposter.pipeline.commands import release_account
from reposter.pipeline.engine import Line
from reposter.pipeline.follow_up import confirm_job
from reposter.pipeline.options import LineOptions
from reposter.vendors.tiktok.webhooks import WebhookMessage

PUBLISH_EVENTS = "post.publish."
AUTHORIZATION_REMOVED = "authorization.removed"


class PostsOnTheirWay(Conflict):
    """Whether they went live can be learned only with the account's tokens."""

    code = "posts_on_their_way"
    verdict = Verdict.NEEDS_PERSON


def disconnect_account(connector: Connector, handle: str, *, by: str, force: bool = False) -> Disconnected:
    """Forget the account's tokens and tell TikTok; its posts wait until it is connected again.

    Raises:
        NotFound: there is no such account.
        PostsOnTheirWay: TikTok has not said what became of some posts; `force` disconnects all the same.
    """
    with connector.database.transaction() as session:
        unsettled = _on_their_way(session, handle)
    if unsettled and not force:
        raise PostsOnTheirWay(
            f"Posts of {handle} are on their way ({', '.join(unsettled)}), and confirming them needs its tokens.",
            hint="Wait until they are live, or disconnect with force and answer for them yourself.",
        )
    return disconnect(connector, handle, by=by)


def resume_account(session: Session, line: Line, options: LineOptions, handle: str, *, now: datetime) -> Account:
    """Take back a pause; posts that waited for it get their slots."""
    account = resume(session, handle, now=now)
    release_account(session, line, options, handle, now=now)
    return account


def heed_webhook(session: Session, line: Line, message: WebhookMessage, *, now: datetime) -> str | None:
    """Look for ourselves at what TikTok speaks of; a message alone changes no state.

    Returns the handle of the account whose connection is to be tried, if that is what the message is about.
    """
    if not note_webhook(session, message, now):
        return None
    if message.event == AUTHORIZATION_REMOVED:
        return handle_of(session, message.open_id)
    if message.event.startswith(PUBLISH_EVENTS) and message.publish_id:
        _look_at(session, line, message.publish_id)
    return None


def _look_at(session: Session, line: Line, publish_id: str) -> None:
    post_id = session.scalars(sa.select(AttemptRow.post_id).where(AttemptRow.publish_id == publish_id)).one_or_none()
    post = session.get(ScheduledPostRow, int(post_id)) if post_id is not None else None
    if post is not None:
        line.enqueue(session, replace(confirm_job(post), id=new_id(f"confirm:{post.id}:told")))


def _on_their_way(session: Session, handle: str) -> Sequence[str]:
    return session.scalars(
        sa.select(AttemptRow.post_id)
        .where(AttemptRow.account == handle, AttemptRow.state == AttemptState.COMMITTING, AttemptRow.handover.is_(None))
        .order_by(AttemptRow.post_id)
    ).all()
