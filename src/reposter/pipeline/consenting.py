"""Whose word lets a post out: a person's for this very post, or the account's standing choices."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from reposter.deliver.accounts.account import Account
from reposter.deliver.accounts.service import get_account
from reposter.deliver.publishing.composer import UNSEEN, complaint, findings
from reposter.deliver.publishing.consents import Consent, Terms, consent_for, give_consent
from reposter.deliver.scheduling.tables import ScheduledPostRow
from reposter.kit.errors import AppError, Verdict
from reposter.library.service import get_video

SOMEBODY = "owner"


class ApprovalNeeded(AppError):
    """The account asks first, and nobody has approved this file with this caption."""

    code = "approval_needed"
    verdict = Verdict.NEEDS_PERSON


def terms_of(session: Session, post: ScheduledPostRow, account: Account) -> Terms:
    """What would be sent if the post went out now."""
    video = get_video(session, post.video_id)
    return Terms(str(post.id), account.handle, video.rendition_sha256 or "", post.caption, account.route)


def settled_consent(session: Session, post: ScheduledPostRow, *, now: datetime) -> Consent | AppError:
    """The consent that the post goes out on, or why there is none.

    Standing choices are written out as a row of their own for exactly what is sent. The caller holds the post's key.
    """
    account = get_account(session, post.tiktok_account)
    terms = terms_of(session, post, account)
    consent = consent_for(session, terms)
    if consent is not None and not consent.is_standing:
        return consent
    if account.asks_first:
        return approval_needed(account.handle)
    found = findings(account.choices, UNSEEN, route=account.route, caption=post.caption)
    if found:
        return complaint(found, account=account.handle)
    by = account.choices_by or SOMEBODY
    return give_consent(session, terms, account.choices, by=by, now=now, is_standing=True)


def approval_needed(handle: str) -> ApprovalNeeded:
    return ApprovalNeeded(
        f"{handle} asks first, and nobody has approved this file with this caption.",
        hint="Look at the post and approve it, or reject it.",
    )
