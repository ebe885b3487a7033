"""A lost account parks what is due and nothing fails; TikTok's messages only make us look."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa

from builders import ALT, NOON, a_finished_video, a_post, a_source, an_account
from reposter.deliver.accounts.account import AccountStatus, place_of
from reposter.deliver.accounts.connecting import Connector
from reposter.deliver.accounts.service import get_account, pause, set_choices
from reposter.deliver.accounts.tables import AccountRow, WebhookRow
from reposter.deliver.accounts.tokens import TokenKeeper
from reposter.deliver.publishing.dry_run import DryRunPublisher
from reposter.deliver.publishing.tables import AttemptRow
from reposter.deliver.scheduling.service import get_post
from reposter.deliver.scheduling.tables import PostState
from reposter.guard.rights.service import declare_basis
from reposter.kit.clock import utc_now
from reposter.kit.errors import VendorUnavailable
from reposter.pipeline.account_commands import PostsOnTheirWay, disconnect_account, heed_webhook, resume_account
from reposter.pipeline.commands import release_account
from reposter.pipeline.keeping_accounts import keep_accounts, tell_account_lost
from reposter.pipeline.publish_post import check_post, send_post
from reposter.pipeline.tools import hand_over
from reposter.vendors.tiktok.auth import AppKeys, TikTokOAuth
from reposter.vendors.tiktok.client import TikTokClient
from reposter.vendors.tiktok.posting import PostingChoices, PrivacyLevel, Route
from reposter.vendors.tiktok.webhooks import WebhookMessage
from reposter.vocabulary.rights import Basis

OTHER = "@other"
FIRST, SECOND, THIRD = "7312345678901234567", "7312345678901234568", "7312345678901234569"


class TokenFirst(DryRunPublisher):
    """The dry run, behind the tokens of the account."""

    def __init__(self, installation, token):
        super().__init__(installation.layout.data_dir / "dry-run", utc_now)
        self.token = token

    def init(self, order, plan):
        self.token()
        return super().init(order, plan)

    def status(self, publish_id):
        self.token()
        return super().status(publish_id)


class Line:
    """Two connected accounts; `is_connected` is TikTok's word on every refresh."""

    def __init__(self, installation):
        self.installation = installation
        self.is_connected = True
        self.revoked = 0
        self.http = httpx.Client(transport=httpx.MockTransport(self.answer))
        oauth = TikTokOAuth("http://tiktok.test", AppKeys("ck", "cs", ""), self.http)
        self.keeper = TokenKeeper(
            installation.database, installation.vault, oauth, utc_now, lambda _s: None, on_lost=tell_account_lost
        )
        client = TikTokClient("http://tiktok.test", self.http)
        self.connector = Connector(installation.database, installation.vault, oauth, client, utc_now)
        with installation.session() as session:
            self.source_id = a_source(session).source_id
            declare_basis(session, self.source_id, Basis.OWN, now=NOON)
            for handle in (ALT, OTHER):
                an_account(session, handle)
                chosen = PostingChoices(PrivacyLevel.PUBLIC_TO_EVERYONE, music_usage_confirmed=True)
                set_choices(session, handle, chosen, route=Route.DIRECT, now=NOON)
        for handle in (ALT, OTHER):
            self.connect(handle)
        self.tools = replace(
            installation.tools(),
            publisher_for=lambda account: TokenFirst(installation, lambda: self.keeper.fresh_token(account)),
            keep_connected=self.keeper.fresh_token,
        )
        hand_over(self.tools)

    def answer(self, request):
        if request.url.path == "/v2/oauth/revoke/":
            self.revoked += 1
            return httpx.Response(200, json={})
        if not self.is_connected:
            return httpx.Response(200, json={"error": "invalid_grant", "error_description": "gone"})
        grant = {"access_token": "act.new", "expires_in": 7200, "refresh_token": "rft.new", "open_id": "o"}
        return httpx.Response(200, json=grant | {"refresh_expires_in": 15_552_000})

    def connect(self, handle, *, life=timedelta(hours=2)):
        seal, now = self.installation.vault.seal, utc_now()
        with self.installation.session() as session:
            row = session.scalars(sa.select(AccountRow).where(AccountRow.handle == handle)).one()
            row.access_token_sealed = seal("act.0", place=place_of(row.open_id, "access"))
            row.refresh_token_sealed = seal("rft.0", place=place_of(row.open_id, "refresh"))
            row.granted_at, row.access_expires_at = now - timedelta(hours=2), now + life
            row.status, row.pause_reason = AccountStatus.CONNECTED, ""

    def lose(self, handle):
        """Its access token is old, and TikTok will not renew it."""
        self.connect(handle, life=-timedelta(hours=1))
        self.is_connected = False

    def post(self, video_id, account=ALT):
        content = video_id.encode() * 500
        with self.installation.session() as session:
            video = a_finished_video(
                session,
                video_id,
                source_id=self.source_id,
                rendition_sha256=hashlib.sha256(content).hexdigest(),
                rendition_bytes=len(content),
            )
            file = self.installation.layout.absolute(video.local_path)
            post_id = a_post(session, video_id, account=account, source_id=self.source_id).id
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return post_id

    def look(self, post_id):
        with self.installation.session() as session:
            return get_post(session, post_id)

    def account(self, handle=ALT):
        with self.installation.session() as session:
            return get_account(session, handle)

    def release(self, handle=ALT):
        with self.installation.session() as session:
            return release_account(session, self.installation.line, self.installation.options, handle, now=utc_now())

    def heed(self, event, **ids):
        message = WebhookMessage(event, ids.pop("open_id", f"open-{ALT}"), "1700000000", **ids)
        with self.installation.session() as session:
            return heed_webhook(session, self.installation.line, message, now=utc_now())

    def publish_id(self, post_id):
        with self.installation.session() as session:
            return session.scalars(sa.select(AttemptRow.publish_id).where(AttemptRow.post_id == str(post_id))).one()

    def uploads(self):
        return len(list((self.installation.layout.data_dir / "dry-run").glob("*.json")))


@pytest.fixture
def line(installation):
    line = Line(installation)
    yield line
    line.http.close()


def losses(told):
    return [event.payload for event in told("error.occurred") if event.payload["code"] == "tiktok_auth_expired"]


def test_a_lost_account_parks_its_posts_tells_it_once_and_others_go_on(line, told):
    mine, mine_too, others = line.post(FIRST), line.post(SECOND), line.post(THIRD, OTHER)
    line.lose(ALT)
    assert [send_post(mine)["state"], send_post(mine_too)["state"]] == ["held", "held"]
    assert send_post(others)["state"] == "sent"
    assert [line.look(post).status for post in (mine, mine_too)] == [PostState.HELD, PostState.HELD]
    assert line.account().status is AccountStatus.REAUTH_NEEDED
    assert line.account(OTHER).status is AccountStatus.CONNECTED
    [loss] = losses(told)
    assert ALT in loss["message"] and "connect" in loss["hint"] and loss["verdict"] == "needs_person"
    assert [event.payload["code"] for event in told("error.occurred")] == ["tiktok_auth_expired"]


def test_what_was_parked_goes_out_once_after_the_account_is_connected_again(line):
    posts = [line.post(FIRST), line.post(SECOND)]
    line.lose(ALT)
    for post in posts:
        send_post(post)
    assert line.uploads() == 0
    line.connect(ALT)
    assert sorted(line.release()) == sorted(posts)
    for post in posts * 2:  # and again, as a second worker would
        send_post(post)
        check_post(post)
    assert [line.look(post).status for post in posts] == [PostState.POSTED, PostState.POSTED]
    assert line.uploads() == 2


def test_a_post_on_its_way_waits_for_the_account_and_does_not_fail(line, told):
    post = line.post(FIRST)
    send_post(post)
    line.lose(ALT)
    for _ in range(3):
        assert check_post(post)["wait_seconds"] > 0
    assert line.look(post).status == PostState.PROCESSING
    assert len(losses(told)) == 1
    line.connect(ALT)
    check_post(post)
    assert line.look(post).status == PostState.POSTED
    assert line.uploads() == 1


def test_tokens_past_half_their_life_are_renewed_and_a_lost_one_is_told(line, installation, told):
    def age(handle):
        line.connect(handle, life=-timedelta(days=99))
        with installation.session() as session:
            row = session.scalars(sa.select(AccountRow).where(AccountRow.handle == handle)).one()
            row.granted_at, row.refresh_expires_at = utc_now() - timedelta(days=100), utc_now() + timedelta(days=80)

    assert keep_accounts(line.tools, now=utc_now()) == 0
    age(ALT)
    assert keep_accounts(line.tools, now=utc_now()) == 1
    assert line.account().refresh_expires_at > utc_now() + timedelta(days=179)
    age(OTHER)
    line.is_connected = False
    assert keep_accounts(line.tools, now=utc_now()) == 0
    assert line.account(OTHER).status is AccountStatus.REAUTH_NEEDED
    assert keep_accounts(line.tools, now=utc_now()) == 0
    assert len(losses(told)) == 1


def test_the_round_outlives_an_outage_and_forgets_old_messages(line, installation):
    line.heed("post.publish.complete")
    with installation.session() as session:
        row = session.scalars(sa.select(AccountRow).where(AccountRow.handle == ALT)).one()
        row.granted_at, row.refresh_expires_at = NOON, NOON + timedelta(days=2)

    def away(_handle):
        raise VendorUnavailable("TikTok is away.")

    tools = replace(line.tools, keep_connected=away)
    assert keep_accounts(tools, now=utc_now() + timedelta(days=6)) == 0
    with installation.session() as session:
        assert session.scalars(sa.select(WebhookRow)).all() == []


def test_an_account_with_posts_on_their_way_is_disconnected_only_by_force(line):
    post = line.post(FIRST)
    send_post(post)
    with pytest.raises(PostsOnTheirWay, match=str(post)):
        disconnect_account(line.connector, ALT, by="a test")
    assert line.account().status is AccountStatus.CONNECTED and line.revoked == 0
    assert disconnect_account(line.connector, ALT, by="a test", force=True).is_revoked
    assert check_post(post)["wait_seconds"] > 0  # it waits for an answer that only tokens can get
    assert line.look(post).status == PostState.PROCESSING


def test_posts_of_a_disconnected_account_park_with_the_reason(line, told):
    post = line.post(FIRST)
    disconnect_account(line.connector, ALT, by="a test")
    assert send_post(post)["state"] == "held"
    parked = line.look(post)
    assert parked.error_message.startswith("Disconnected by a test.")
    assert "Connect" in parked.remedy
    assert losses(told) == []  # a person did it and need not be told


def test_resuming_an_account_frees_its_posts(line, installation):
    post = line.post(FIRST)
    with installation.session() as session:
        pause(session, ALT, reason="Holiday.", now=NOON)
    send_post(post)
    assert line.look(post).status == PostState.HELD
    with installation.session() as session:
        account = resume_account(session, installation.line, installation.options, ALT, now=utc_now())
    assert account.status is AccountStatus.CONNECTED
    assert line.look(post).status == PostState.QUEUED


def told_jobs(installation):
    return {job for job in installation.line.unfinished("confirm_post") if ":told_" in job}


def test_a_message_about_a_post_makes_us_look_and_decides_nothing(line, installation):
    post = line.post(FIRST)
    send_post(post)
    line.heed("post.publish.failed", publish_id=line.publish_id(post))
    [job] = told_jobs(installation)
    assert job.startswith(f"confirm:{post}:told_")
    assert line.look(post).status == PostState.PROCESSING
    check_post(post)
    assert line.look(post).status == PostState.POSTED  # whatever the message said


def test_a_message_that_comes_again_is_heeded_once(line, installation):
    post = line.post(FIRST)
    send_post(post)
    for _ in range(3):
        line.heed("post.publish.complete", publish_id=line.publish_id(post))
    assert len(told_jobs(installation)) == 1
    line.heed("post.publish.publicly_available", publish_id=line.publish_id(post), post_id="777")
    assert len(told_jobs(installation)) == 2


@pytest.mark.parametrize("event", ["post.publish.complete", "tiktok.ping", "video.upload.failed", ""])
def test_a_message_about_what_we_do_not_know_is_taken_and_nothing_follows(line, installation, event):
    assert line.heed(event, publish_id="v_pub_file~unknown") is None
    assert told_jobs(installation) == set()


def test_a_message_of_a_removed_permission_names_the_account_to_try_and_marks_nothing(line):
    assert line.heed("authorization.removed") == ALT
    assert line.account().status is AccountStatus.CONNECTED
    assert line.heed("authorization.removed") is None
    assert line.heed("authorization.removed", open_id="nobody") is None
