"""Posts that wait for a person: what, why, what to do about it, and by what one can judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.publishing.attempt import CLOSED, AttemptState
from reposter.deliver.publishing.tables import AttemptRow
from reposter.deliver.scheduling.tables import PostState, ScheduledPostRow
from reposter.views.line import HELD_HINTS
from reposter.views.posts import PostView, list_posts
from reposter.views.watermark import WatermarkView, watermarks_of

WAITING = (PostState.HELD, PostState.REVIEW, PostState.FAILED, PostState.EXPORTED)
MAY_BE_LIVE = (AttemptState.COMMITTING, AttemptState.PUBLISHED)


class Action(StrEnum):
    """What a person may do about a post that waits for them."""

    APPROVE = "approve"
    ANSWER_LIVE = "answer_live"
    ANSWER_NOT_LIVE = "answer_not_live"
    RETRY = "retry"
    CANCEL = "cancel"
    RECONNECT = "reconnect"
    CHOOSE = "choose"
    DECLARE_RIGHTS = "declare_rights"
    CHOOSE_VERSION = "choose_version"


QUESTIONS = {
    "rights_unknown": Action.DECLARE_RIGHTS,
    "watermark_doubtful": Action.CHOOSE_VERSION,
    "approval_needed": Action.APPROVE,
    "posting_choice_missing": Action.CHOOSE,
    "tiktok_choice_refused": Action.CHOOSE,
    "choices_unfit": Action.CHOOSE,
    "reauth_needed": Action.RECONNECT,
    "tiktok_auth_expired": Action.RECONNECT,
    "account_stands_still": Action.RECONNECT,
}
FOR_GOOD = frozenset({"already_posted"})
"""Failures that trying again cannot mend."""


@dataclass(frozen=True)
class Candidate:
    """A video on the account that could be the post; `created_at` is TikTok's."""

    video_id: str
    share_url: str
    description: str
    created_at: str


@dataclass(frozen=True)
class Evidence:
    """By what a person can judge whether a post is live. `said` is the status that TikTok gave last."""

    publish_id: str | None
    sent_at: datetime | None
    said: str
    candidates: tuple[Candidate, ...]
    profile_url: str


@dataclass(frozen=True)
class Waiting:
    view: PostView
    evidence: Evidence | None
    remedy: str
    actions: tuple[Action, ...]
    watermark: WatermarkView | None


def list_waiting(
    session: Session, *, account: str | None = None, after: tuple[datetime, int] | None = None, limit: int = 50
) -> list[Waiting]:
    """Last changed first, paged as `list_posts`."""
    views = list_posts(session, states=WAITING, account=account, after=after, limit=limit)
    attempts = newest_attempts(session, [str(view.post.id) for view in views])
    marks = watermarks_of(session, [view.post.video_id for view in views])
    return [to_waiting(view, attempts.get(str(view.post.id)), marks.get(view.post.video_id)) for view in views]


def to_waiting(view: PostView, attempt: AttemptRow | None, watermark: WatermarkView | None) -> Waiting:
    post = view.post
    return Waiting(
        view=view,
        evidence=evidence_of(post, attempt),
        remedy=post.remedy or HELD_HINTS.get(post.error_code or "", ""),
        actions=actions_for(post, attempt),
        watermark=watermark,
    )


def newest_attempts(session: Session, post_ids: Sequence[str]) -> dict[str, AttemptRow]:
    """Of each post the attempt that matters: the live or published one, else the newest."""
    rows = session.scalars(sa.select(AttemptRow).where(AttemptRow.post_id.in_(post_ids)).order_by(AttemptRow.n))
    ranked = sorted(rows, key=lambda row: (row.state not in CLOSED, row.n))
    return {row.post_id: row for row in ranked}


def evidence_of(post: ScheduledPostRow, attempt: AttemptRow | None) -> Evidence | None:
    """None where nothing was handed to TikTok that could be live."""
    if post.status not in (PostState.REVIEW, PostState.EXPORTED):
        return None
    facts: dict[str, Any] = (attempt.verdict or {}) if attempt else {}  # JSON evidence
    return Evidence(
        publish_id=attempt.publish_id if attempt else None,
        sent_at=attempt.commit_at if attempt else None,
        said=str(facts.get("status") or ""),
        candidates=tuple(Candidate(**_texts(one)) for one in facts.get("candidates", ())),
        profile_url=f"https://www.tiktok.com/{post.tiktok_account}",
    )


def actions_for(post: ScheduledPostRow, attempt: AttemptRow | None) -> tuple[Action, ...]:
    """What the line will take for an answer, the likeliest first."""
    may_be_live = attempt is not None and attempt.state in MAY_BE_LIVE
    if post.status == PostState.EXPORTED:
        return (Action.ANSWER_LIVE, Action.ANSWER_NOT_LIVE)
    if post.status == PostState.REVIEW:
        return (Action.ANSWER_LIVE, Action.ANSWER_NOT_LIVE) if may_be_live else (Action.RETRY,)
    if post.status == PostState.HELD:
        return (QUESTIONS.get(post.error_code or "", Action.RETRY), Action.CANCEL)
    if post.status == PostState.FAILED and not may_be_live and post.error_code not in FOR_GOOD:
        return (Action.RETRY, Action.CANCEL)
    return (Action.CANCEL,) if post.status in (PostState.FAILED, PostState.QUEUED) else ()


def _texts(video: dict[str, Any]) -> dict[str, str]:  # JSON evidence
    return {name: str(video.get(name, "")) for name in Candidate.__dataclass_fields__}
