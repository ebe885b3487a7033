"""An account connected to the pretend TikTok, with everything that posting to it needs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from reposter.deliver.accounts.connecting import Connector, begin_connect, finish_connect
from reposter.deliver.accounts.tokens import TokenKeeper
from reposter.deliver.publishing.invariants import violations
from reposter.deliver.publishing.journal import Journal
from reposter.deliver.publishing.order import PostOrder, Rules, StepState
from reposter.deliver.publishing.service import confirm, send
from reposter.deliver.publishing.tiktok import TikTokPublisher
from reposter.kit.clock import utc_now
from reposter.kit.crypto import Vault
from reposter.kit.database import Database, Table
from reposter.kit.files import sha256_of
from reposter.vendors.tiktok.auth import AppKeys, TikTokOAuth
from reposter.vendors.tiktok.client import TikTokClient
from reposter.vendors.tiktok.posting import PostingChoices, PrivacyLevel, Route
from reposter_sandbox.footage.encode import RENDITIONS, Clip, encode_clip
from reposter_sandbox.scenario import load_scenario
from reposter_sandbox.world import World

REDIRECT = "http://127.0.0.1:8000/api/accounts/callback"
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
            choices=PostingChoices(privacy_level=PrivacyLevel.PUBLIC_TO_EVERYONE, music_usage_confirmed=True),
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

    def publish(self, order, **more):
        seams = {"journal": self.journal, "publisher": self.publisher, "now": utc_now, "rules": self.rules}
        outcomes = []
        seams["settle"] = lambda _session, outcome: outcomes.append(outcome.state)
        step = send(order, commit_guard=lambda _session: None, **seams, **more)
        for _ in range(PATIENCE_STEPS):
            if step.is_finished:
                return step, outcomes
            time.sleep(min(step.wait_seconds, 0.1))
            if step.state is StepState.COMMITTING:
                step = confirm(order, **seams)
            else:
                step = send(order, commit_guard=lambda _session: None, **seams, **more)
        raise AssertionError(f"never settled: {step}")

    def require_sound_journal(self):
        with self.database.transaction() as session:
            assert violations(session) == []


@pytest.fixture
def desk(world, clip, tmp_path):
    http = httpx.Client(timeout=20)
    database = Database(f"sqlite:///{tmp_path}/journal.sqlite")
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
