"""What TikTok says, through the real client and the real steps, to the state that its post ends in."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa

from builders import ALT, NOON, a_finished_video, a_post, a_source, an_account
from reposter.deliver.accounts.service import set_choices
from reposter.deliver.publishing.attempt import AttemptState
from reposter.deliver.publishing.tables import AttemptRow, LessonRow
from reposter.deliver.publishing.tiktok import TikTokPublisher
from reposter.deliver.scheduling.service import change_post, get_post
from reposter.deliver.scheduling.tables import PostState
from reposter.guard.rights.service import declare_basis
from reposter.kit.clock import utc_now
from reposter.pipeline.checking import check_promises, verify_publishing
from reposter.pipeline.publish_post import check_post, send_post
from reposter.pipeline.tools import hand_over
from reposter.vendors.tiktok.client import TikTokClient
from reposter.vendors.tiktok.posting import PostingChoices, PrivacyLevel, Route
from reposter.vocabulary.rights import Basis

BASE = "https://open.tiktokapis.com"
CONTENT = b"moving pictures" * 1000
OFFER = {"privacy_level_options": ["PUBLIC_TO_EVERYONE"], "max_video_post_duration_sec": 600}
LADDER = [60, 300, 900]


class Script(httpx.BaseTransport):
    """TikTok by heart: an answer per kind of call, the usual one where none is set."""

    def __init__(self):
        self.answers = {}
        self.calls = defaultdict(int)

    def handle_request(self, request):
        request.read()
        op = next(name for name in ("creator_info", "status", "init", "upload") if name in request.url.path)
        self.calls[op] += 1
        answer = self.answers.get(op) or getattr(self, f"_{op}")()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _creator_info(self):
        return ok(OFFER)

    def _init(self):
        return ok({"publish_id": f"p{self.calls['init']}", "upload_url": f"{BASE}/upload"})

    def _upload(self):
        return httpx.Response(201)

    def _status(self):
        return ok({"status": "PUBLISH_COMPLETE", "publicaly_available_post_id": [7399999999999999999]})


def ok(data):
    return httpx.Response(200, json={"data": data, "error": {"code": "ok", "log_id": "L"}})


def refused(http, code):
    return httpx.Response(http, json={"data": {}, "error": {"code": code, "log_id": "L"}})


def failed(reason):
    return ok({"status": "FAILED", "fail_reason": reason})


@pytest.fixture
def tiktok(agent):
    script = Script()
    with httpx.Client(transport=script) as http:
        publisher = TikTokPublisher(TikTokClient(BASE, http), lambda _refused: "token")
        hand_over(replace(agent, publisher_for=lambda _account: publisher))
        yield script


@pytest.fixture
def post_id(installation, tiktok):
    """A post that may go out now."""
    with installation.session() as session:
        source_id = a_source(session).source_id
        declare_basis(session, source_id, Basis.OWN, now=NOON)
        video = a_finished_video(
            session,
            "1",
            source_id=source_id,
            rendition_sha256=hashlib.sha256(CONTENT).hexdigest(),
            rendition_bytes=len(CONTENT),
        )
        an_account(session)
        chosen = PostingChoices(PrivacyLevel.PUBLIC_TO_EVERYONE, music_usage_confirmed=True)
        set_choices(session, ALT, chosen, route=Route.DIRECT, now=NOON)
        file = installation.layout.absolute(video.local_path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(CONTENT)
        post = a_post(session, "1", source_id=source_id)
        return change_post(session, post.id, now=utc_now(), scheduled_time=utc_now()).id


def go(installation, post_id):
    """Send, and look once if something was sent; the post as it then stands."""
    if send_post(post_id)["state"] == "sent":
        check_post(post_id)
    with installation.session() as session:
        return get_post(session, post_id)


def waits(installation):
    with installation.session() as session:
        rows = session.scalars(sa.select(AttemptRow).order_by(AttemptRow.n)).all()
        return [round((row.retry_at - row.updated_at).total_seconds()) for row in rows if row.retry_at]


def let_time_pass(installation, post_id):
    """As if the wait were over; TikTok's lessons are forgotten, so that only the ladder is seen."""
    with installation.session() as session:
        session.execute(sa.delete(LessonRow))
        past = utc_now() - timedelta(seconds=1)
        for row in session.scalars(sa.select(AttemptRow).where(AttemptRow.retry_at.is_not(None))):
            moved = past - row.retry_at
            row.retry_at, row.updated_at = past, row.updated_at + moved
        change_post(session, post_id, now=utc_now(), status=PostState.QUEUED, not_before=None)


def promises_are_kept(installation):
    now, choices = utc_now(), installation.options.publishing
    found = check_promises(installation.database, installation.line, choices, now=now)
    return [*found, *verify_publishing(installation.database, installation.line, now=now)] == []


def test_what_tiktok_completes_is_posted_and_keeps_every_promise(installation, post_id):
    assert promises_are_kept(installation)
    post = go(installation, post_id)
    assert (post.status, post.post_id) == (PostState.POSTED, "7399999999999999999")
    with installation.session() as session:
        attempt = session.get_one(AttemptRow, (str(post_id), 1))
        assert attempt.consent_id and attempt.rights_id
    assert promises_are_kept(installation)


# Retry later: the ladder of 1, 5 and 15 minutes

RETRYABLE = {
    "temporary_server_error": refused(500, "internal_error"),
    "network_timeout": httpx.ConnectTimeout("no connection in time"),
    "invalid_token": refused(401, "access_token_invalid"),
}


@pytest.mark.parametrize("condition", RETRYABLE)
def test_a_call_that_may_pass_is_made_again_after_1_5_and_15_minutes(installation, tiktok, post_id, condition):
    tiktok.answers["init"] = RETRYABLE[condition]
    for _ in LADDER:
        post = go(installation, post_id)
        assert post.status == PostState.QUEUED and post.error_message
        let_time_pass(installation, post_id)
    assert waits(installation) == LADDER
    del tiktok.answers["init"]
    assert go(installation, post_id).status == PostState.POSTED


def test_rate_limit_exceeded_makes_the_whole_account_wait_a_minute_or_more(installation, tiktok, post_id):
    tiktok.answers["init"] = refused(429, "rate_limit_exceeded")
    post = go(installation, post_id)
    assert post.status == PostState.QUEUED and post.error_message
    with installation.session() as session:
        (lesson,) = session.scalars(sa.select(LessonRow))
        assert lesson.blocked_until - lesson.learned_at >= timedelta(seconds=LADDER[0])
    post = go(installation, post_id)
    assert post.status == PostState.QUEUED, (post.error_code, post.error_message)
    assert tiktok.calls["init"] == 1  # the lesson is heeded
    del tiktok.answers["init"]
    let_time_pass(installation, post_id)
    assert go(installation, post_id).status == PostState.POSTED


@pytest.mark.parametrize("reason", ["internal", "video_pull_failed", "photo_pull_failed"])
def test_a_passing_verdict_is_tried_three_times_and_then_left_to_a_person(installation, tiktok, post_id, reason):
    tiktok.answers["status"] = failed(reason)
    states = []
    for _ in range(3):
        states.append(go(installation, post_id).status)
        if states[-1] == PostState.QUEUED:
            let_time_pass(installation, post_id)
    assert states == [PostState.QUEUED, PostState.QUEUED, PostState.FAILED]
    assert (waits(installation), tiktok.calls["init"]) == (LADDER[:2], 3)
    assert go(installation, post_id).status == PostState.FAILED and tiktok.calls["init"] == 3
    assert promises_are_kept(installation)


# Permanent: at once to a person, with the remedy

PERMANENT = {
    "file_format_check_failed": "tiktok_media_refused",
    "duration_check_failed": "tiktok_media_refused",
    "frame_rate_check_failed": "tiktok_media_refused",
    "picture_size_check_failed": "tiktok_media_refused",
    "publish_cancelled": "tiktok_request_refused",
    "spam_risk_text": "tiktok_content_refused",
    "spam_risk": "tiktok_content_refused",
    "spam_risk_user_banned_from_posting": "tiktok_account_refused",
    "a_reason_of_tomorrow": "tiktok_unlisted_refusal",
}


@pytest.mark.parametrize("reason", PERMANENT)
def test_a_verdict_that_no_waiting_mends_fails_the_post_at_once_with_its_remedy(installation, tiktok, post_id, reason):
    tiktok.answers["status"] = failed(reason)
    post = go(installation, post_id)
    assert (post.status, post.error_code) == (PostState.FAILED, PERMANENT[reason])
    assert post.error_message and post.remedy
    assert waits(installation) == [] and tiktok.calls["init"] == 1
    assert promises_are_kept(installation)


@pytest.mark.parametrize("code", ["invalid_param", "invalid_params"])
def test_a_request_that_tiktok_finds_wrong_fails_the_post_before_a_byte_is_sent(installation, tiktok, post_id, code):
    tiktok.answers["init"] = refused(400, code)
    post = go(installation, post_id)
    assert (post.status, post.error_code) == (PostState.FAILED, "tiktok_request_refused")
    assert post.remedy and tiktok.calls["upload"] == 0


# Needs a person: held, and nothing is out

FOR_A_PERSON = {
    "scope_not_authorized": 401,
    "unaudited_client_can_only_post_to_private_accounts": 403,
    "url_ownership_unverified": 403,
    "privacy_level_option_mismatch": 403,
    "spam_risk_user_banned_from_posting": 403,
    "a_code_of_tomorrow": 403,
}


@pytest.mark.parametrize("code", FOR_A_PERSON)
def test_what_only_a_person_can_mend_holds_the_post(installation, tiktok, post_id, code):
    tiktok.answers["init"] = refused(FOR_A_PERSON[code], code)
    post = go(installation, post_id)
    assert post.status == PostState.HELD
    assert post.error_message and post.error_code and tiktok.calls["upload"] == 0
    assert promises_are_kept(installation)


@pytest.mark.parametrize("code", ["spam_risk_too_many_posts", "reached_active_user_cap"])
def test_a_full_quota_of_tiktoks_costs_the_post_nothing(installation, tiktok, post_id, code):
    tiktok.answers["init"] = refused(403, code)
    post = go(installation, post_id)
    assert post.status == PostState.QUEUED and post.error_message
    assert tiktok.calls["upload"] == 0


# Outcome unknown: look, never send again

DOUBTS = {
    "a lost answer to the last chunk": {"upload": httpx.ReadTimeout("silence")},
    "a server error after the last chunk": {"upload": httpx.Response(500)},
    "no status": {"status": httpx.Response(503)},
    "a status refused for now": {"status": refused(429, "rate_limit_exceeded")},
    "an unknown status": {"status": ok({"status": "PUBLISH_SUCCESS"})},
}


@pytest.mark.parametrize("doubt", DOUBTS)
def test_doubt_is_looked_into_and_never_sent_again(installation, tiktok, post_id, doubt):
    tiktok.answers.update({"status": ok({"status": "PROCESSING_UPLOAD", "uploaded_bytes": len(CONTENT)})})
    tiktok.answers.update(DOUBTS[doubt])
    for _ in range(3):
        assert go(installation, post_id).status == PostState.PROCESSING
    assert tiktok.calls["init"] == 1
    with installation.session() as session:
        assert session.get_one(AttemptRow, (str(post_id), 1)).state == AttemptState.COMMITTING
    tiktok.answers.clear()
    check_post(post_id)
    assert go(installation, post_id).status == PostState.POSTED
    assert tiktok.calls["init"] == 1 and promises_are_kept(installation)
