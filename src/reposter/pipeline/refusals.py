"""Why a post may not go out now: asked before its first byte, and again in the transaction that commits to it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from reposter.deliver.accounts.account import AccountStatus
from reposter.deliver.accounts.service import get_account
from reposter.deliver.publishing.consents import ConsentChanged, consent_carried
from reposter.deliver.publishing.order import Grounds
from reposter.deliver.scheduling.tables import ScheduledPostRow
from reposter.guard.rights.rules import may
from reposter.guard.rights.service import right_of
from reposter.kit.errors import AppError, Verdict
from reposter.pipeline.consenting import settled_consent
from reposter.pipeline.limiting import limit_refusal
from reposter.pipeline.options import PublishingOptions
from reposter.pipeline.version_question import version_refusal
from reposter.vocabulary.rights import Act

STANDS_STILL_HINTS = {
    AccountStatus.PAUSED: "Resume the account; its posts go on by themselves.",
    AccountStatus.REAUTH_NEEDED: "Connect the account again; its posts go on by themselves.",
}
PAUSE_SECONDS = 5.0
ANEW_SECONDS = 1.0


class PublishingPaused(AppError):
    """The owner has paused all publishing; posts keep their turn."""

    code = "publishing_paused"
    verdict = Verdict.RETRY_LATER


class RightsUnknown(AppError):
    code = "rights_unknown"
    verdict = Verdict.NEEDS_PERSON


class AccountStandsStill(AppError):
    code = "account_stands_still"
    verdict = Verdict.NEEDS_PERSON


class PostWithdrawn(AppError):
    """The post was taken back while its upload ran; nothing of it is out, and the attempt decides nothing about it."""

    code = "post_withdrawn"
    verdict = Verdict.RETRY_LATER


def refusal_of(session: Session, post: ScheduledPostRow, options: PublishingOptions, now: datetime) -> AppError | None:
    """Why the post may not go out at `now`; checked before the first byte, and again where the last one commits."""
    if options.paused:
        return PublishingPaused("Publishing is paused.", retry_after_seconds=PAUSE_SECONDS)
    account = get_account(session, post.tiktok_account)
    if account.status is not AccountStatus.CONNECTED:
        reason = account.pause_reason or f"{account.handle} must be connected again."
        return AccountStandsStill(reason, hint=STANDS_STILL_HINTS[account.status])
    answer = may(right_of(session, post.source_id, now=now).basis, Act.PUBLISH)
    if not answer.allowed:
        return RightsUnknown(answer.sentence, hint="Say on what ground the source's videos are used.")
    version = version_refusal(session, post.video_id)
    if version is not None:
        return version
    consent = settled_consent(session, post, now=now)
    if isinstance(consent, AppError):
        return consent
    return limit_refusal(session, post, options, now)


def cleared(session: Session, post: ScheduledPostRow, options: PublishingOptions, now: datetime) -> Grounds:
    """What the commit to posting rests on; called in the transaction that commits.

    The upload must have been opened on the very consent that is in force now: its choices went with the opening.

    Raises:
        AppError: it may not go out now.
    """
    refusal = refusal_of(session, post, options, now)
    if refusal is not None:
        raise refusal
    consent = settled_consent(session, post, now=now)
    if isinstance(consent, AppError):
        raise consent
    carried = consent_carried(session, str(post.id))
    if carried is None or carried.id != consent.id:
        raise consent_changed()
    return Grounds(consent.id, right_of(session, post.source_id, now=now).rights_id)


def consent_changed() -> ConsentChanged:
    return ConsentChanged(
        "What was agreed to has changed since the upload was opened; it is given up and begun anew.",
        retry_after_seconds=ANEW_SECONDS,
    )
