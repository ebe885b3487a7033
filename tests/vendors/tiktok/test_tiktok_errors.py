"""Every code that TikTok is known to say, on every endpoint, has one meaning of ours and one verdict.

The lists here are written from TikTok's pages, not from our table: a code that lacks on either side fails.
"""

from __future__ import annotations

import httpx
import pytest

from reposter.kit.errors import AppError, VendorUnavailable, Verdict
from reposter.vendors.tiktok.auth import AppKeys, TikTokOAuth
from reposter.vendors.tiktok.chunks import Chunk, plan_chunks
from reposter.vendors.tiktok.client import TikTokClient
from reposter.vendors.tiktok.errors import (
    CODES,
    AccessTokenRejected,
    AccountRefused,
    AppRefused,
    ChoiceRefused,
    ContentRefused,
    MediaRefused,
    OutcomeUnknown,
    PostingCapReached,
    PublishFailed,
    PublishIdRefused,
    RateLimited,
    ReauthNeeded,
    RequestRefused,
    UnlistedRefusal,
    UploadGone,
    UploadOutOfStep,
    error_for,
)
from reposter.vendors.tiktok.payloads import PublishPhase
from reposter.vendors.tiktok.posting import PostingChoices, PrivacyLevel

BASE = "https://open.tiktokapis.com"
PLAN = plan_chunks(100)
LATER, NEVER, PERSON, DOUBT = Verdict.RETRY_LATER, Verdict.PERMANENT, Verdict.NEEDS_PERSON, Verdict.OUTCOME_UNKNOWN

TOKEN_AND_PACE = {
    ("access_token_invalid", 401): (AccessTokenRejected, LATER),
    ("scope_not_authorized", 401): (ReauthNeeded, PERSON),
    ("rate_limit_exceeded", 429): (RateLimited, LATER),
}
CREATOR_INFO = {
    **TOKEN_AND_PACE,
    ("spam_risk_too_many_posts", 200): (PostingCapReached, LATER),  # said with 200 on purpose
    ("spam_risk_user_banned_from_posting", 200): (AccountRefused, PERSON),
    ("reached_active_user_cap", 200): (PostingCapReached, LATER),
    ("internal_error", 500): (VendorUnavailable, LATER),
}
INIT_EITHER = {
    **TOKEN_AND_PACE,
    ("invalid_param", 400): (RequestRefused, NEVER),
    ("invalid_params", 400): (RequestRefused, NEVER),  # as it is spelt in the wild
    ("spam_risk_user_banned_from_posting", 403): (AccountRefused, PERSON),
    ("url_ownership_unverified", 403): (AppRefused, PERSON),
    ("internal_error", 500): (OutcomeUnknown, DOUBT),  # an upload may have been opened
}
DIRECT_INIT = {
    **INIT_EITHER,
    ("spam_risk_too_many_posts", 403): (PostingCapReached, LATER),
    ("reached_active_user_cap", 403): (PostingCapReached, LATER),
    ("unaudited_client_can_only_post_to_private_accounts", 403): (AppRefused, PERSON),
    ("privacy_level_option_mismatch", 403): (ChoiceRefused, PERSON),
}
INBOX_INIT = {**INIT_EITHER, ("spam_risk_too_many_pending_share", 403): (PostingCapReached, LATER)}
PHOTO_INIT = {**DIRECT_INIT, **INBOX_INIT, ("app_version_check_failed", 400): (AccountRefused, PERSON)}
STATUS = {
    **TOKEN_AND_PACE,
    ("invalid_publish_id", 400): (PublishIdRefused, NEVER),
    ("token_not_authorized_for_specified_publish_id", 400): (PublishIdRefused, NEVER),
    ("internal_error", 500): (VendorUnavailable, LATER),
}
CANCEL = {
    **STATUS,
    ("publish_not_cancellable", 400): (RequestRefused, NEVER),
    ("url_ownership_unverified", 403): (AppRefused, PERSON),
    ("internal_error", 500): (OutcomeUnknown, DOUBT),
}
DISPLAY = {
    **TOKEN_AND_PACE,
    ("invalid_file_upload", 400): (MediaRefused, NEVER),
    ("invalid_params", 400): (RequestRefused, NEVER),
    ("scope_permission_missed", 400): (ReauthNeeded, PERSON),
    ("internal_error", 500): (VendorUnavailable, LATER),
}
FAIL_REASONS = {
    "file_format_check_failed": (MediaRefused, NEVER),
    "duration_check_failed": (MediaRefused, NEVER),
    "frame_rate_check_failed": (MediaRefused, NEVER),
    "picture_size_check_failed": (MediaRefused, NEVER),
    "internal": (PublishFailed, LATER),
    "video_pull_failed": (PublishFailed, LATER),
    "photo_pull_failed": (PublishFailed, LATER),
    "publish_cancelled": (RequestRefused, NEVER),
    "auth_removed": (ReauthNeeded, PERSON),
    "spam_risk_too_many_posts": (PostingCapReached, LATER),
    "spam_risk_user_banned_from_posting": (AccountRefused, PERSON),
    "spam_risk_text": (ContentRefused, NEVER),
    "spam_risk": (ContentRefused, NEVER),
}
SIGN_IN = {
    "access_denied": (ReauthNeeded, PERSON),
    "invalid_client": (AppRefused, PERSON),
    "invalid_grant": (ReauthNeeded, PERSON),
    "invalid_request": (AppRefused, PERSON),
    "invalid_scope": (AppRefused, PERSON),
    "unauthorized_client": (AppRefused, PERSON),
    "unsupported_grant_type": (AppRefused, PERSON),
    "unsupported_response_type": (AppRefused, PERSON),
    "server_error": (VendorUnavailable, LATER),
    "temporarily_unavailable": (VendorUnavailable, LATER),
}
CHUNK = {
    400: (RequestRefused, NEVER),
    401: (OutcomeUnknown, DOUBT),
    403: (UploadGone, NEVER),
    404: (UploadGone, NEVER),
    416: (UploadOutOfStep, LATER),
    429: (RateLimited, LATER),
    500: (OutcomeUnknown, DOUBT),
    502: (OutcomeUnknown, DOUBT),
    503: (OutcomeUnknown, DOUBT),
    504: (OutcomeUnknown, DOUBT),
}
NO_CODE_OF_A_CHANGE = {
    200: (OutcomeUnknown, DOUBT),
    302: (OutcomeUnknown, DOUBT),
    400: (OutcomeUnknown, DOUBT),
    401: (OutcomeUnknown, DOUBT),
    403: (OutcomeUnknown, DOUBT),
    404: (OutcomeUnknown, DOUBT),
    429: (RateLimited, LATER),
    500: (OutcomeUnknown, DOUBT),
    502: (OutcomeUnknown, DOUBT),
    503: (OutcomeUnknown, DOUBT),
    504: (OutcomeUnknown, DOUBT),
}
NO_CODE_OF_A_READ = {
    http: (RateLimited, LATER) if http == 429 else (VendorUnavailable, LATER)
    for http in NO_CODE_OF_A_CHANGE
    if http != 200
}

ENDPOINTS = {
    "creator_info": (CREATOR_INFO, lambda client: client.creator_info("t")),
    "direct init": (
        DIRECT_INIT,
        lambda client: client.init_video("t", caption="c", choices=PostingChoices(PrivacyLevel.SELF_ONLY), plan=PLAN),
    ),
    "inbox init": (INBOX_INIT, lambda client: client.init_inbox_video("t", plan=PLAN)),
    "photo init": (PHOTO_INIT, lambda client: client.init_inbox_video("t", plan=PLAN)),  # read as any init
    "status": (STATUS, lambda client: client.publish_status("t", "p")),
    "cancel": (CANCEL, lambda client: client.cancel("t", "p")),
    "video list": (DISPLAY, lambda client: client.list_videos("t")),
    "video query": (DISPLAY, lambda client: client.query_videos("t", ["1"])),
    "user info": (DISPLAY, lambda client: client.user_info("t")),
}
READS = ("creator_info", "status", "video list", "video query", "user info")
CALLS = [
    (endpoint, code, http, *expected)
    for endpoint, (codes, _) in ENDPOINTS.items()
    for (code, http), expected in codes.items()
]


@pytest.fixture
def door():
    """A client and a sign-in whose every request gets the given answer."""
    opened = []

    def make(answer):
        http = httpx.Client(transport=httpx.MockTransport(lambda _request: answer))
        opened.append(http)
        return http

    yield make
    for http in opened:
        http.close()


def refused(http, code):
    return httpx.Response(http, json={"data": {}, "error": {"code": code, "message": "said", "log_id": "L1"}})


def raised(act):
    with pytest.raises(AppError) as caught:
        act()
    return caught.value


def test_the_table_holds_every_known_code_and_no_other():
    said_by_api = {code for _, code, *_ in CALLS}
    assert set(CODES) == {*said_by_api, *FAIL_REASONS, *SIGN_IN}


@pytest.mark.parametrize(("endpoint", "code", "http", "kind", "verdict"), CALLS)
def test_a_refusal_means_the_same_to_every_caller(door, endpoint, code, http, kind, verdict):
    error = raised(lambda: ENDPOINTS[endpoint][1](TikTokClient(BASE, door(refused(http, code)))))
    assert (type(error), error.verdict) == (kind, verdict)
    assert error.context["log_id"] == "L1" and error.context["http"] == http
    assert error.message and error.hint


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("http", NO_CODE_OF_A_CHANGE)
def test_a_status_without_a_code_is_doubt_about_a_change_and_a_pause_for_a_read(door, endpoint, http):
    expected = NO_CODE_OF_A_READ if endpoint in READS else NO_CODE_OF_A_CHANGE
    kind, verdict = expected.get(http, (VendorUnavailable, LATER))
    error = raised(lambda: ENDPOINTS[endpoint][1](TikTokClient(BASE, door(httpx.Response(http, text="<html>")))))
    assert (type(error), error.verdict) == (kind, verdict)


@pytest.mark.parametrize("reason", FAIL_REASONS)
def test_a_fail_reason_has_its_verdict(door, reason):
    body = {"data": {"status": "FAILED", "fail_reason": reason}, "error": {"code": "ok", "log_id": "L1"}}
    status = TikTokClient(BASE, door(httpx.Response(200, json=body))).publish_status("t", "p")
    assert (status.phase, status.fail_reason) == (PublishPhase.FAILED, reason)
    error = error_for(status.fail_reason)
    assert (type(error), error.verdict) == FAIL_REASONS[reason]


@pytest.mark.parametrize("http", [200, 400, 401])
@pytest.mark.parametrize("code", SIGN_IN)
def test_a_refused_sign_in_counts_whatever_its_status(door, code, http):
    oauth = TikTokOAuth(BASE, AppKeys("k", "s", "r"), door(httpx.Response(http, json={"error": code})))
    error = raised(lambda: oauth.refresh_raw("rft"))
    assert (type(error), error.verdict) == SIGN_IN[code]


@pytest.mark.parametrize("http", [500, 502, 503, 504])
def test_a_sign_in_that_broke_is_doubt_because_the_old_token_may_be_dead(door, http):
    oauth = TikTokOAuth(BASE, AppKeys("k", "s", "r"), door(httpx.Response(http, json={"error": "server_error"})))
    assert raised(lambda: oauth.refresh_raw("rft")).verdict is DOUBT


def put(http):
    chunk = Chunk(0, 99)
    return TikTokClient(BASE, http).put_chunk(f"{BASE}/upload", b"x" * 100, chunk=chunk, size_bytes=100)


@pytest.mark.parametrize("http", CHUNK)
def test_a_chunk_that_was_not_taken_has_its_verdict(door, http):
    error = raised(lambda: put(door(httpx.Response(http))))
    assert (type(error), error.verdict) == CHUNK[http]
    assert error.context["http"] == http


@pytest.mark.parametrize(("http", "is_complete"), [(200, False), (201, True), (206, False)])
def test_a_chunk_that_was_taken_says_whether_it_was_the_last(door, http, is_complete):
    assert put(door(httpx.Response(http))).is_complete is is_complete


@pytest.mark.parametrize("code", CODES)
def test_a_code_tells_what_happened_and_what_to_do(code):
    error = error_for(code, http=400, log_id="20261122")
    assert error.message.endswith(".") and error.hint.endswith(".")
    assert error.context["log_id"] == "20261122"


def test_an_unknown_code_is_for_a_person(door):
    error = raised(lambda: TikTokClient(BASE, door(refused(400, "brand_new_code"))).publish_status("t", "p"))
    assert (type(error), error.verdict) == (UnlistedRefusal, PERSON)
    assert error.context["vendor_code"] == "brand_new_code" and error.context["said"] == "said"
