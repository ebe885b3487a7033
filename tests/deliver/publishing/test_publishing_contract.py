"""The real adapter against the pretend TikTok, over HTTP: whatever is lost on the way, the ledger holds one post."""

from __future__ import annotations

import time
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from reposter.deliver.accounts.connecting import Connector, begin_connect, finish_connect
from reposter.deliver.accounts.tokens import TokenKeeper
from reposter.deliver.publishing.dry_run import DryRunPublisher
from reposter.deliver.publishing.invariants import violations
from reposter.deliver.publishing.journal import Journal
from reposter.deliver.publishing.order import PostOrder, Rules, StepState
from reposter.deliver.publishing.service import confirm, find_post_id, send
from reposter.deliver.publishing.tiktok import TikTokPublisher
from reposter.evaluate.metrics.tiktok import TikTokMetricsReader
from reposter.kit.clock import utc_now
from reposter.kit.crypto import Vault
from reposter.kit.database import Database, Table
from reposter.kit.files import sha256_of
from reposter.vendors.tiktok.auth import AppKeys, TikTokOAuth
from reposter.vendors.tiktok.chunks import plan_chunks
from reposter.vendors.tiktok.client import TikTokClient
from reposter.vendors.tiktok.errors import UploadGone, UploadOutOfStep
from reposter.vendors.tiktok.payloads import PublishPhase
from reposter.vendors.tiktok.posting import PostingChoices, PrivacyLevel, Route
from reposter_sandbox.footage.encode import RENDITIONS, Clip, encode_clip
from reposter_sandbox.scenario import load_scenario
from reposter_sandbox.world import World

REDIRECT = "http://127.0.0.1:8000/api/accounts/callback"
SETTLE_SECONDS_MAX = 30
PATIENCE_STEPS = 400
SPEED = 600.0


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("footage") / "clip.mp4"
    encode_clip(Clip(5, 7, "techguru123"), RENDITIONS["clean"], path)
    return path


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    plan = load_scenario("happy-day")
    rules = {"chunk_bytes_min": 1_000, "inits_per_minute": 1_000, "status_fetches_per_minute": 10_000}
    rules |= {"posts_per_day": 1_000, "creator_infos_per_minute": 1_000}
    plan = plan.model_copy(update={"rules": plan.rules.model_copy(update=rules)})
    with World(tmp_path_factory.mktemp("world"), scenario=plan, speed=SPEED) as world:
        yield world


@dataclass
class Desk:
    """A connected account with everything that posting needs."""

    world: World
    clip: object
    http: httpx.Client
    database: Database
    journal: Journal
    publisher: TikTokPublisher
    client: TikTokClient
    token: object
    rules: Rules

    def order(self, name, *, route=Route.DIRECT):
        return PostOrder(
            post_id=name,
            account="@myaltaccount",
            video_path=self.clip,
            content_sha256=sha256_of(self.clip),
            size_bytes=self.clip.stat().st_size,
            duration_seconds=5,
            caption=f"{name} 🎬 #test",
            choices=PostingChoices(privacy_level=PrivacyLevel.PUBLIC_TO_EVERYONE),
            route=route,
        )

    def control(self, path, body=None, method="POST"):
        answer = self.http.request(method, f"{self.world.control_url}/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fault(self, endpoint, kind, **more):
        self.control("faults", {"endpoint": endpoint, "kind": kind, **more})

    def posts(self, name):
        ledger = self.control("ledger", method="GET")
        return [post for post in ledger["posts"] if post["caption"].startswith(f"{name} ")]

    def publish(self, order):
        seams = {"journal": self.journal, "publisher": self.publisher, "now": utc_now, "rules": self.rules}
        outcomes = []
        seams["settle"] = lambda _session, outcome: outcomes.append(outcome.state)
        step = send(order, commit_guard=lambda _session: None, **seams)
        for _ in range(PATIENCE_STEPS):
            if step.is_finished:
                return step, outcomes
            time.sleep(min(step.wait_seconds, 0.1))
            if step.state is StepState.COMMITTING:
                step = confirm(order, **seams)
            else:
                step = send(order, commit_guard=lambda _session: None, **seams)
        raise AssertionError(f"never settled: {step}")

    def require_sound_journal(self):
        with self.database.transaction() as session:
            assert violations(session) == []


@pytest.fixture
def desk(world, clip):
    http = httpx.Client(timeout=20)
    database = Database("sqlite://")
    Table.metadata.create_all(database.engine)
    vault = Vault(bytes(32))
    keys = AppKeys(world.client_key, world.client_secret, REDIRECT)
    oauth = TikTokOAuth(world.api_url, keys, http, authorize_url=world.auth_url)
    client = TikTokClient(world.api_url, http)
    connector = Connector(database, vault, oauth, client, utc_now)
    with database.transaction() as session:
        url, _ = begin_connect(session, connector)
    form = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    consent = http.post(world.auth_url, data={**form, "account": "myaltaccount", "decision": "allow"})
    callback = {name: values[0] for name, values in parse_qs(urlsplit(consent.headers["location"]).query).items()}
    assert finish_connect(connector, callback).handle == "@myaltaccount"
    keeper = TokenKeeper(database, vault, oauth, utc_now)

    def token(refused):
        return keeper.fresh_token("@myaltaccount", refused=refused)

    size = clip.stat().st_size
    desk = Desk(
        world=world,
        clip=clip,
        http=http,
        database=database,
        journal=Journal(database, vault),
        publisher=TikTokPublisher(client, token),
        client=client,
        token=token,
        rules=Rules(
            retry_waits=(0,),
            again_seconds=0.01,
            intent_patience_seconds=0,
            polls=((PATIENCE_STEPS, 0.05),),
            resend_after_seconds=0.2,
            whole_bytes_max=size // 2,
            chunk_bytes=size // 4,
        ),
    )
    yield desk
    desk.control("faults", method="DELETE")
    http.close()
    database.close()


def test_a_post_in_several_chunks_is_live_once_and_its_counts_can_be_read(desk):
    order = desk.order("plain")
    step, outcomes = desk.publish(order)
    posts = desk.posts("plain")
    assert (step.state, outcomes, len(posts)) == (StepState.PUBLISHED, [StepState.PUBLISHED], 1)
    assert posts[0]["sha256"] == order.content_sha256
    attempt = desk.journal.last("plain")
    assert (
        plan_chunks(
            order.size_bytes, whole_bytes_max=desk.rules.whole_bytes_max, chunk_bytes=desk.rules.chunk_bytes
        ).count
        == 4
    )
    ids = step.post_ids
    deadline = time.monotonic() + SETTLE_SECONDS_MAX
    while not ids and time.monotonic() < deadline:
        time.sleep(0.05)
        ids = find_post_id(
            order, journal=desk.journal, publisher=desk.publisher, now=utc_now, settle=lambda _session, _outcome: None
        )
    assert ids == (posts[0]["post_id"],)
    assert desk.journal.last("plain").post_ids == ids
    listed = [video.video_id for video in desk.publisher.find(attempt.commit_at)]
    assert ids[0] in listed
    assert TikTokMetricsReader(desk.client, desk.token).read(ids).keys() == set(ids)
    desk.require_sound_journal()


LOSSES = {
    "init, request": ("video_init", {"kind": "lost-request"}),
    "init, answer": ("video_init", {"kind": "lost-response"}),
    "init, 500 after": ("video_init", {"kind": "status-after", "status": 500}),
    "init, web page after": ("video_init", {"kind": "html-after"}),
    "init, half an answer": ("video_init", {"kind": "truncated"}),
    "init, too many calls": ("video_init", {"kind": "rate-limited"}),
    "first chunk, answer": ("upload", {"kind": "lost-response"}),
    "third chunk, 503 before": ("upload", {"kind": "status-before", "skip": 2}),
    "last chunk, request": ("upload", {"kind": "lost-request", "skip": 3}),
    "last chunk, answer": ("upload", {"kind": "lost-response", "skip": 3}),
    "last chunk, 500 after": ("upload", {"kind": "status-after", "status": 500, "skip": 3}),
    "status, three times": ("status", {"kind": "lost-response", "times": 3}),
    "status, web page": ("status", {"kind": "html", "times": 2}),
    "creator info": ("creator_info", {"kind": "status-before"}),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_whatever_is_lost_the_ledger_holds_exactly_one_post(desk, loss):
    endpoint, fault = LOSSES[loss]
    name = "lost-" + loss.replace(",", "").replace(" ", "-")
    desk.fault(endpoint, **fault)
    order = desk.order(name)
    if fault["kind"] == "rate-limited":
        step = send(
            order,
            commit_guard=lambda _session: None,
            settle=lambda _session, _outcome: None,
            journal=desk.journal,
            publisher=desk.publisher,
            now=utc_now,
            rules=desk.rules,
        )
        assert step.state is StepState.WAITING and step.wait_seconds >= 1
        assert desk.posts(name) == []
        return
    step, outcomes = desk.publish(order)
    assert (step.state, outcomes) == (StepState.PUBLISHED, [StepState.PUBLISHED])
    assert len(desk.posts(name)) == 1
    desk.require_sound_journal()


def test_a_token_that_dies_on_the_way_restarts_the_look_and_never_the_post(desk):
    order = desk.order("expired")
    desk.fault("upload", "delay", seconds=0.1)
    desk.control("token", {"account": "myaltaccount", "action": "expire"})
    step, _ = desk.publish(order)
    assert step.state is StepState.PUBLISHED
    assert len(desk.posts("expired")) == 1


def test_a_refused_file_fails_with_the_sentence_why_and_nothing_is_live(desk, tmp_path):
    junk = tmp_path / "junk.mp4"
    junk.write_bytes(bytes(50_000))
    desk.clip = junk
    step, outcomes = desk.publish(desk.order("junk"))
    assert (step.state, outcomes) == (StepState.FAILED, [StepState.FAILED])
    assert "format" in step.reason
    assert desk.posts("junk") == []


def test_the_inbox_route_ends_in_the_inbox_and_becomes_a_post_when_the_creator_posts(desk):
    order = desk.order("draft", route=Route.INBOX)
    step, outcomes = desk.publish(order)
    assert (step.state, outcomes) == (StepState.IN_INBOX, [StepState.IN_INBOX])
    desk.control("inbox", {"publish_id": desk.journal.last("draft").publish_id})
    seams = {"journal": desk.journal, "publisher": desk.publisher, "now": utc_now}
    step = confirm(order, settle=lambda _session, outcome: outcomes.append(outcome.state), **seams)
    assert (step.state, outcomes[-1]) == (StepState.PUBLISHED, StepState.PUBLISHED)


@pytest.fixture(params=["dry run", "sandbox"])
def publisher(request, tmp_path):
    if request.param == "dry run":
        return DryRunPublisher(tmp_path / "dry", utc_now)
    return request.getfixturevalue("desk").publisher


def test_twin_and_real_thing_keep_the_same_contract(publisher, desk):
    order = desk.order(f"twin-{type(publisher).__name__}")
    plan = plan_chunks(order.size_bytes, whole_bytes_max=desk.rules.whole_bytes_max, chunk_bytes=desk.rules.chunk_bytes)
    chunks = list(plan.chunks())
    upload = publisher.init(order, plan)
    assert publisher.init(order, plan).publish_id != upload.publish_id  # there is no idempotency key
    assert publisher.status(upload.publish_id).uploaded_bytes == 0
    publisher.put(order, upload.upload_url, chunks[0])
    with pytest.raises(UploadOutOfStep):
        publisher.put(order, upload.upload_url, chunks[2])
    assert publisher.status(upload.publish_id).uploaded_bytes == chunks[0].end
    for chunk in chunks[1:-1]:
        assert not publisher.put(order, upload.upload_url, chunk).is_complete
    assert publisher.status(upload.publish_id).phase is PublishPhase.UPLOADING
    assert publisher.put(order, upload.upload_url, chunks[-1]).is_complete
    with pytest.raises((UploadGone, UploadOutOfStep)):
        publisher.put(order, upload.upload_url, chunks[-1])
    deadline = time.monotonic() + SETTLE_SECONDS_MAX
    while publisher.status(upload.publish_id).phase is not PublishPhase.COMPLETE:
        assert time.monotonic() < deadline
        time.sleep(0.05)
