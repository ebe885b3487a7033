"""Every code that TikTok is known to say has a meaning of ours."""

from __future__ import annotations

import pytest

from reposter.kit.errors import Verdict
from reposter.vendors.tiktok.errors import CODES, UnlistedRefusal, error_for

API = [
    "access_token_invalid",
    "scope_not_authorized",
    "scope_permission_missed",
    "rate_limit_exceeded",
    "internal_error",
    "invalid_param",
    "invalid_params",
    "invalid_file_upload",
    "spam_risk_too_many_posts",
    "spam_risk_too_many_pending_share",
    "reached_active_user_cap",
    "spam_risk_user_banned_from_posting",
    "unaudited_client_can_only_post_to_private_accounts",
    "privacy_level_option_mismatch",
    "url_ownership_unverified",
    "app_version_check_failed",
    "invalid_publish_id",
    "token_not_authorized_for_specified_publish_id",
    "publish_not_cancellable",
]
FAIL_REASONS = [
    "file_format_check_failed",
    "duration_check_failed",
    "frame_rate_check_failed",
    "picture_size_check_failed",
    "internal",
    "video_pull_failed",
    "photo_pull_failed",
    "publish_cancelled",
    "auth_removed",
    "spam_risk_too_many_posts",
    "spam_risk_user_banned_from_posting",
    "spam_risk_text",
    "spam_risk",
]
OAUTH = [
    "access_denied",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
    "server_error",
    "temporarily_unavailable",
]


def test_the_table_holds_every_known_code_and_no_other():
    assert set(CODES) == {*API, *FAIL_REASONS, *OAUTH}


@pytest.mark.parametrize("code", CODES)
def test_a_code_tells_what_happened_and_what_to_do(code):
    error = error_for(code, http=400, log_id="20261122")
    assert error.message.endswith(".") and error.hint.endswith(".")
    assert error.verdict in {Verdict.RETRY_LATER, Verdict.PERMANENT, Verdict.NEEDS_PERSON}
    assert error.context["log_id"] == "20261122"


def test_an_unknown_code_is_for_a_person():
    error = error_for("brand_new_code", said="hm")
    assert isinstance(error, UnlistedRefusal)
    assert error.verdict is Verdict.NEEDS_PERSON
    assert error.context["vendor_code"] == "brand_new_code"


@pytest.mark.parametrize("code", ["internal", "internal_error", "rate_limit_exceeded", "spam_risk_too_many_posts"])
def test_what_passes_by_itself_is_tried_again(code):
    assert error_for(code).verdict is Verdict.RETRY_LATER
