"""Which post on TikTok a person means by a link, and whether it can be the one that is asked about."""

from __future__ import annotations

from typing import NoReturn

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.acquire.sources.rules import parse_link
from reposter.deliver.accounts.account import names_of
from reposter.deliver.accounts.service import get_account
from reposter.deliver.publishing.tables import AttemptRow
from reposter.deliver.scheduling.tables import ScheduledPostRow
from reposter.kit.database import serialise
from reposter.kit.errors import Conflict, InvalidInput, NotFound, Verdict


class LinkOfAnother(Conflict):
    """The link leads to another account's post, or to one that another post of ours is known by already."""

    code = "link_of_another"
    verdict = Verdict.NEEDS_PERSON


def public_id_of(session: Session, post: ScheduledPostRow, link: str) -> str:
    """The id on TikTok that the link names; nobody gives it to another post before this transaction ends.

    Raises:
        NotATikTokSource, InvalidInput: the link does not say which post it is.
        LinkOfAnother: it cannot be this one.
    """
    read = parse_link(link)
    if read.video_id is None:
        raise InvalidInput("A short link does not say which post it is.", hint="Paste the post's full link.")
    names = _names(session, post.tiktok_account)
    if read.author and names and read.author not in names:
        _refuse_author(post, read.author)
    serialise(session, f"public:{read.video_id}")
    other_id = _known_as(session, read.video_id, besides=post.id)
    if other_id is not None:
        raise LinkOfAnother(
            f"Post {other_id} is known by this link already, so post {post.id} cannot be live under it.",
            hint=f"Open the post on {post.tiktok_account} in TikTok, copy its own link and answer with that.",
        )
    return read.video_id


def _refuse_author(post: ScheduledPostRow, author: str) -> NoReturn:
    raise LinkOfAnother(
        f"This link leads to a post of {author}, but post {post.id} went to {post.tiktok_account}.",
        hint="Copy the link from the account's own profile; if the account has a new name, connect it again first.",
    )


def _names(session: Session, handle: str) -> frozenset[str]:
    try:
        return names_of(get_account(session, handle))
    except NotFound:
        return frozenset({handle.lower()})


def _known_as(session: Session, public_id: str, *, besides: int) -> str | None:
    """The post of ours, by its row or by the journal, that has this id on TikTok."""
    row = sa.select(ScheduledPostRow.id).where(ScheduledPostRow.post_id == public_id, ScheduledPostRow.id != besides)
    tried = sa.select(AttemptRow.post_id).where(
        sa.cast(AttemptRow.post_ids, sa.Text).contains(f'"{public_id}"'), AttemptRow.post_id != str(besides)
    )
    found = session.scalars(row.limit(1)).first()
    return str(found) if found is not None else session.scalars(tried.limit(1)).first()
