"""What TikTok's refusals mean: one table from every code we know to an error of ours, a sentence and a remedy.

AppError
├── OutcomeUnknown          outcome unknown   the call may have taken effect; look before doing anything again
├── VendorUnavailable       retry later       (kit) TikTok failed, and provably did nothing
│   └── RateLimited         retry later       too many calls in a minute
├── AccessTokenRejected     retry later       the access token is too old; refresh it once
├── PostingCapReached       retry later       the creator's, the app's or the drafts' quota is full
├── PublishFailed           retry later       TikTok gave up on a post for a reason of its own
├── ReauthNeeded            needs a person    the account must be connected again
├── AccountRefused          needs a person    TikTok does not let this account post
├── AppRefused              needs a person    TikTok does not let this app do that
├── ChoiceRefused           needs a person    a posting choice is not on offer for this account
├── UnlistedRefusal         needs a person    a code that the table below does not know
├── PublishIdRefused        permanent         TikTok does not know this publish id
├── MediaRefused            permanent         the file does not meet TikTok's rules
├── ContentRefused          permanent         TikTok's moderation said no
└── RequestRefused          permanent         TikTok found our request wrong

Codes: Content Posting API, Display API, Login Kit v2 and the `fail_reason` values of status/fetch.
"""

from __future__ import annotations

from dataclasses import dataclass

from reposter.kit.errors import AppError, VendorUnavailable, Verdict

DAY_SECONDS = 86_400.0
MINUTE_SECONDS = 60.0


class OutcomeUnknown(AppError):
    code = "outcome_unknown"
    verdict = Verdict.OUTCOME_UNKNOWN


class RateLimited(VendorUnavailable):
    code = "tiktok_rate_limited"


class AccessTokenRejected(AppError):
    code = "tiktok_access_token_rejected"
    verdict = Verdict.RETRY_LATER


class PostingCapReached(AppError):
    code = "tiktok_posting_cap_reached"
    verdict = Verdict.RETRY_LATER


class PublishFailed(AppError):
    code = "tiktok_publish_failed"
    verdict = Verdict.RETRY_LATER


class ReauthNeeded(AppError):
    code = "reauth_needed"
    verdict = Verdict.NEEDS_PERSON


class AccountRefused(AppError):
    code = "tiktok_account_refused"
    verdict = Verdict.NEEDS_PERSON


class AppRefused(AppError):
    code = "tiktok_app_refused"
    verdict = Verdict.NEEDS_PERSON


class ChoiceRefused(AppError):
    code = "tiktok_choice_refused"
    verdict = Verdict.NEEDS_PERSON


class UnlistedRefusal(AppError):
    code = "tiktok_unlisted_refusal"
    verdict = Verdict.NEEDS_PERSON


class PublishIdRefused(AppError):
    code = "tiktok_publish_id_refused"


class MediaRefused(AppError):
    code = "tiktok_media_refused"


class ContentRefused(AppError):
    code = "tiktok_content_refused"


class RequestRefused(AppError):
    code = "tiktok_request_refused"


class UploadGone(AppError):
    """The upload address is expired, finished or unknown (PUT answered 403 or 404)."""

    code = "tiktok_upload_gone"


class UploadOutOfStep(AppError):
    """The bytes sent are not the ones TikTok waits for (416); `context["received_bytes"]` says how many it has."""

    code = "tiktok_upload_out_of_step"
    verdict = Verdict.RETRY_LATER


@dataclass(frozen=True)
class Meaning:
    """What one code of TikTok's is to us."""

    kind: type[AppError]
    message: str
    hint: str
    retry_after_seconds: float | None = None


_REPORT = "Report this with the log id; nothing was posted."
_FIX_FILE = "Process the video again with the TikTok target, or send another file."
_CONNECT = "Connect the account again; what is waiting goes on by itself."
_CHECK_APP = "Check the app's key, secret, scopes and redirect address in TikTok's developer portal."

CODES: dict[str, Meaning] = {
    # every API
    "access_token_invalid": Meaning(AccessTokenRejected, "TikTok no longer accepts the access token.", _CONNECT),
    "scope_not_authorized": Meaning(
        ReauthNeeded,
        "The account has not given the permission that this needs.",
        "Connect the account again and leave every permission ticked.",
    ),
    "scope_permission_missed": Meaning(
        ReauthNeeded,
        "A field was asked for that the granted permissions do not cover.",
        "Connect the account again and leave every permission ticked.",
    ),
    "rate_limit_exceeded": Meaning(
        RateLimited, "Too many calls to TikTok in a minute.", "It goes on by itself.", MINUTE_SECONDS
    ),
    "internal_error": Meaning(VendorUnavailable, "TikTok has trouble of its own.", "It is tried again by itself."),
    "invalid_param": Meaning(RequestRefused, "TikTok found the request wrong.", _REPORT),
    "invalid_params": Meaning(RequestRefused, "TikTok found the request wrong.", _REPORT),
    "invalid_file_upload": Meaning(MediaRefused, "TikTok found the upload wrong.", _FIX_FILE),
    # posting
    "spam_risk_too_many_posts": Meaning(
        PostingCapReached,
        "The account has used up what TikTok lets apps post in 24 hours (about 15, shared by all apps).",
        "The post waits until a place is free.",
        DAY_SECONDS / 4,
    ),
    "spam_risk_too_many_pending_share": Meaning(
        PostingCapReached,
        "Five drafts of the last 24 hours wait in the account's inbox; TikTok takes no more.",
        "Finish or delete drafts in the TikTok app; the post waits.",
        DAY_SECONDS / 24,
    ),
    "reached_active_user_cap": Meaning(
        PostingCapReached,
        "The app has reached the number of accounts that may post in 24 hours.",
        "The post waits for a free place; TikTok can raise the number on request.",
        DAY_SECONDS / 4,
    ),
    "spam_risk_user_banned_from_posting": Meaning(
        AccountRefused,
        "TikTok has barred this account from posting.",
        "Look at the account's messages in the TikTok app.",
    ),
    "unaudited_client_can_only_post_to_private_accounts": Meaning(
        AppRefused,
        "The app has not passed TikTok's audit, so it may post to private accounts only.",
        "Set the account to private, choose the inbox route, or ask TikTok for the audit.",
    ),
    "privacy_level_option_mismatch": Meaning(
        ChoiceRefused,
        "The account does not offer the chosen privacy.",
        "Choose one of the offered privacy levels for this account.",
    ),
    "url_ownership_unverified": Meaning(
        AppRefused, "TikTok has not verified the address that the video lies at.", "Use the direct upload."
    ),
    "app_version_check_failed": Meaning(
        AccountRefused, "The account's TikTok app is too old for this.", "Update the TikTok app on the phone."
    ),
    # status and cancel
    "invalid_publish_id": Meaning(
        PublishIdRefused, "TikTok does not know this publish id.", "Look at the account before posting again."
    ),
    "token_not_authorized_for_specified_publish_id": Meaning(
        PublishIdRefused,
        "The publish id belongs to another account.",
        "Look at the account before posting again.",
    ),
    "publish_not_cancellable": Meaning(
        RequestRefused, "TikTok can no longer stop this post.", "Delete it in the TikTok app if it is not wanted."
    ),
    # fail_reason
    "file_format_check_failed": Meaning(MediaRefused, "TikTok does not accept the file's format.", _FIX_FILE),
    "duration_check_failed": Meaning(MediaRefused, "TikTok does not accept the video's length.", _FIX_FILE),
    "frame_rate_check_failed": Meaning(MediaRefused, "TikTok does not accept the frame rate.", _FIX_FILE),
    "picture_size_check_failed": Meaning(MediaRefused, "TikTok does not accept the picture size.", _FIX_FILE),
    "internal": Meaning(PublishFailed, "TikTok failed while it processed the video.", "It is tried again by itself."),
    "video_pull_failed": Meaning(PublishFailed, "TikTok could not fetch the video.", "It is tried again by itself."),
    "photo_pull_failed": Meaning(PublishFailed, "TikTok could not fetch the photo.", "It is tried again by itself."),
    "publish_cancelled": Meaning(RequestRefused, "The post was cancelled.", "Schedule it again if it is wanted."),
    "auth_removed": Meaning(
        ReauthNeeded, "The creator took back the permission while the post was on its way.", _CONNECT
    ),
    "spam_risk_text": Meaning(ContentRefused, "TikTok's moderation refused the caption.", "Write another caption."),
    "spam_risk": Meaning(ContentRefused, "TikTok's moderation refused the post.", "Look at the account in the app."),
    # sign-in
    "access_denied": Meaning(ReauthNeeded, "The permission was refused on TikTok's page.", _CONNECT),
    "invalid_client": Meaning(AppRefused, "TikTok does not know the app's key or secret.", _CHECK_APP),
    "invalid_grant": Meaning(ReauthNeeded, "TikTok no longer accepts the account's refresh token.", _CONNECT),
    "invalid_request": Meaning(AppRefused, "TikTok found the sign-in request wrong.", _CHECK_APP),
    "invalid_scope": Meaning(AppRefused, "The app asks for a permission that it was not given.", _CHECK_APP),
    "unauthorized_client": Meaning(AppRefused, "The app may not sign in this way.", _CHECK_APP),
    "unsupported_grant_type": Meaning(AppRefused, "TikTok does not offer this kind of sign-in.", _CHECK_APP),
    "unsupported_response_type": Meaning(AppRefused, "TikTok does not offer this kind of sign-in.", _CHECK_APP),
    "server_error": Meaning(VendorUnavailable, "TikTok's sign-in has trouble.", "It is tried again by itself."),
    "temporarily_unavailable": Meaning(VendorUnavailable, "TikTok's sign-in is busy.", "It is tried again by itself."),
}

_UNLISTED = Meaning(
    UnlistedRefusal,
    "TikTok refused for a reason that Reposter does not know yet.",
    "Look at the account and TikTok's words below; report the code so that it is learned.",
)


def error_for(
    vendor_code: str,
    *,
    http: int = 0,
    said: str = "",
    log_id: str = "",
    retry_after_seconds: float | None = None,
) -> AppError:
    """The error that a code of TikTok's stands for; an unknown code needs a person.

    `said` is TikTok's own text and `log_id` what its support asks for; both are kept as context.
    """
    meaning = CODES.get(vendor_code, _UNLISTED)
    return meaning.kind(
        meaning.message,
        hint=meaning.hint,
        retry_after_seconds=retry_after_seconds or meaning.retry_after_seconds,
        vendor_code=vendor_code,
        http=http,
        said=said[:300],
        log_id=log_id,
    )
