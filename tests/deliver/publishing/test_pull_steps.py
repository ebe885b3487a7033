"""An address that TikTok fetches from: when it serves, when it is dead, and what its fetches prove."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa
from benchmarks.chaos.fake_tiktok import BASE_URL, FakeClock, FakeTikTok
from benchmarks.chaos.model import PULL_URL, RULES, Bench

from reposter.deliver.publishing.addresses import SERVED_FOR, count_fetch, hash_of, new_token, offered
from reposter.deliver.publishing.answers import answer_not_live
from reposter.deliver.publishing.attempt import AttemptState, IllegalMove, Transfer, require_move
from reposter.deliver.publishing.dry_run import DryRunPublisher
from reposter.deliver.publishing.invariants import violations
from reposter.deliver.publishing.order import LiveUnknown, StepState
from reposter.deliver.publishing.service import confirm, send
from reposter.deliver.publishing.tiktok import TikTokPublisher
from reposter.kit.database import Table
from reposter.kit.errors import AppError, Verdict
from reposter.vendors.tiktok.client import TikTokClient
from reposter.vendors.tiktok.errors import OutcomeUnknown, VendorUnavailable


class Later(AppError):
    code = "test_later"
    verdict = Verdict.RETRY_LATER


class Never(AppError):
    code = "test_never"


class Desk:
    """One post; TikTok fetches when it is told to by `delay`, and `addresses` is what it was told."""

    def __init__(self, bench, *, delay=0, **traits):
        self.bench, self.clock, self.addresses = bench, FakeClock(), []
        self.order = bench.order("p")
        self.tiktok = FakeTikTok(
            random.Random(5), self.clock, fail_chance=0, stuck_chance=0, fetch=self.fetch, **traits
        )
        self.tiktok.token_dies_at = 10**9
        self.tiktok.rng.choice = lambda _delays: delay
        self.tiktok.rng.random = lambda: 0.5
        self.http = httpx.Client(transport=self.tiktok)
        self.publisher = TikTokPublisher(TikTokClient(BASE_URL, self.http), self.tiktok.token)
        self.guard = lambda _session: None

    def fetch(self, url):
        token = url.removeprefix(PULL_URL)
        self.addresses.append(token)
        with self.bench.database.transaction() as session:
            return count_fetch(session, token, self.clock())

    @property
    def seams(self):
        return {
            "journal": self.bench.journal,
            "publisher": self.publisher,
            "now": self.clock,
            "settle": lambda _session, _outcome: None,
            "rules": RULES,
        }

    def send(self, **more):
        return send(
            self.order, commit_guard=lambda session: self.guard(session), pull_url=PULL_URL, **self.seams, **more
        )

    def confirm(self):
        return confirm(self.order, **self.seams)

    def finish(self):
        step = self.send()
        while not step.is_finished:
            self.clock.seconds += step.wait_seconds
            step = self.confirm() if step.state is StepState.COMMITTING else self.send()
        return step

    @property
    def last(self):
        return self.bench.journal.last("p")

    @property
    def is_serving(self):
        with self.bench.database.transaction() as session:
            return any(offered(session, token, self.clock()) for token in self.addresses)


@pytest.fixture
def open_desk(bench):
    desks = []

    def open_one(**traits):
        desks.append(Desk(bench, **traits))
        return desks[-1]

    yield open_one
    with bench.database.transaction() as session:
        assert violations(session) == []
    for desk in desks:
        desk.http.close()


def lose_the_answer(desk):
    """TikTok takes the next offer, and nobody hears of it."""
    right = desk.publisher.init_pull

    def lost(order, url):
        right(order, url)
        desk.publisher.init_pull = right
        raise OutcomeUnknown("lost")

    desk.publisher.init_pull = lost


def test_a_pull_is_committed_before_tiktok_hears_of_it(open_desk):
    desk = open_desk()
    seen = []
    right = desk.publisher.init_pull

    def look(order, url):
        seen.append((desk.last.state, desk.last.commit_at is not None, desk.last.publish_id))
        return right(order, url)

    desk.publisher.init_pull = look
    assert desk.finish().state is StepState.PUBLISHED
    assert seen == [(AttemptState.COMMITTING, True, None)]


def test_the_token_itself_is_nowhere_in_the_journal(open_desk, bench):
    desk = open_desk()
    desk.finish()
    with bench.database.transaction() as session:
        rows = str(session.execute(sa.select(Table.metadata.tables["attempts"])).all())
    assert desk.addresses[0] not in rows and hash_of(desk.addresses[0]) in rows
    assert len(desk.addresses[0]) == 43 and new_token() != new_token()


def test_an_address_is_dead_once_its_post_is_settled(open_desk):
    desk = open_desk()
    desk.send()
    assert desk.is_serving
    assert desk.finish().state is StepState.PUBLISHED
    assert not desk.is_serving and desk.last.revoked_at is not None


def test_an_address_serves_for_two_hours_at_most(open_desk):
    desk = open_desk()
    desk.send()
    desk.clock.seconds += SERVED_FOR / timedelta(seconds=1)
    assert not desk.is_serving


def test_a_wrong_token_is_served_nothing(open_desk, bench):
    desk = open_desk()
    desk.send()
    with bench.database.transaction() as session:
        for token in ("", "x", new_token(), hash_of(desk.addresses[0]), desk.addresses[0] + "=", "../../etc/passwd"):
            assert offered(session, token, desk.clock()) is None and not count_fetch(session, token, desk.clock())


def test_a_refused_offer_did_nothing_and_counts_nothing(open_desk):
    desk = open_desk(fault_at={2: "http_429"})  # the first call asks what the account may choose
    step = desk.send()
    assert (step.state, desk.last.state) == (StepState.WAITING, AttemptState.ABANDONED)
    assert desk.last.verdict["init"] == "rejected" and desk.last.revoked_at is not None
    assert desk.finish().state is StepState.PUBLISHED
    assert desk.last.n == 2 and len(desk.tiktok.live) == 1


def test_a_lost_answer_without_a_fetch_is_proof_and_another_attempt_begins(open_desk):
    desk = open_desk(delay=300)
    lose_the_answer(desk)
    step = desk.send()
    abandoned = desk.last
    assert (step.state, abandoned.state) == (StepState.WAITING, AttemptState.ABANDONED)
    assert (abandoned.verdict["pull_fetches"], abandoned.verdict["by"]) == (0, "us")
    assert desk.finish().state is StepState.PUBLISHED
    assert len(desk.tiktok.uploads) == 2 and len(desk.tiktok.live) == 1  # the first one found its address dead


def test_a_lost_answer_after_a_fetch_waits_and_is_settled_by_the_list(open_desk):
    desk = open_desk()
    lose_the_answer(desk)
    step = desk.send()
    assert (step.state, desk.last.state) == (StepState.COMMITTING, AttemptState.COMMITTING)
    assert desk.last.revoked_at is not None and not desk.is_serving
    assert 0 < step.wait_seconds <= RULES.pull_quiet_seconds
    assert desk.finish().state is StepState.PUBLISHED
    assert desk.last.verdict["by"] == "list" and desk.last.post_ids == (desk.tiktok.live[0].post_id,)
    assert len(desk.tiktok.uploads) == 1


def test_a_fetched_file_that_no_list_shows_is_a_persons(open_desk, bench):
    desk = open_desk(duration_seconds=99)  # the list shows nothing that is surely ours
    lose_the_answer(desk)
    step = desk.finish()
    assert (step.state, type(step.error)) == (StepState.NEEDS_HUMAN, LiveUnknown)
    assert desk.clock.seconds > 6 * 3600 and desk.last.verdict["pull_fetches"] == 1
    assert desk.send().state is StepState.NEEDS_HUMAN and len(desk.tiktok.uploads) == 1
    with bench.database.transaction() as session:
        answer_not_live(session, "p", by="owner", now=desk.clock())
    desk.tiktok.live.clear()
    desk.tiktok.duration_seconds = 12
    assert desk.finish().state is StepState.PUBLISHED


def test_an_offer_under_way_is_left_alone_for_a_while_and_then_revoked(open_desk, bench):
    desk = open_desk()
    attempt = bench.journal.begin(desk.order, after=0, chunk_bytes=25, now=desk.clock(), transfer=Transfer.PULL)
    assert bench.journal.commit(
        attempt, guard=lambda _session: None, now=desk.clock, pull_token_sha256=hash_of("token")
    )
    step = desk.confirm()
    assert (step.state, desk.last.revoked_at) == (StepState.COMMITTING, None)
    desk.clock.seconds += step.wait_seconds
    assert desk.confirm().state is StepState.WAITING
    assert desk.last.state is AttemptState.ABANDONED and desk.last.verdict["pull_fetches"] == 0
    assert desk.finish().state is StepState.PUBLISHED


def test_of_two_workers_only_the_one_that_commits_calls(open_desk, bench):
    desk = open_desk()
    attempt = bench.journal.begin(desk.order, after=0, chunk_bytes=25, now=desk.clock(), transfer=Transfer.PULL)
    calls = []

    def first_the_other(name):
        if name == "commit:before" and not calls:
            calls.append("other")
            desk.send()

    step = desk.send(point=first_the_other)
    assert step.is_elsewhere and attempt.n == desk.last.n == 1
    assert len(desk.tiktok.uploads) == 1


def test_a_worker_that_slept_before_the_call_does_not_make_it(open_desk, bench):
    desk = open_desk()
    slept = []

    def sleep(name):
        if name == "commit:after" and not slept:
            slept.append(name)
            desk.clock.seconds += 5 * 3600
            assert desk.confirm().state is StepState.WAITING  # the other one gives it up
            assert desk.finish().state is StepState.PUBLISHED

    assert desk.send(point=sleep).is_elsewhere
    assert len(desk.tiktok.uploads) == 1 and desk.last.n == 2


def test_a_worker_that_sleeps_inside_the_call_offers_an_address_that_serves_nothing(open_desk):
    desk = open_desk()
    slept = []

    def sleep(name):
        if name == "init:before" and not slept:
            slept.append(name)
            desk.clock.seconds += 5 * 3600
            desk.confirm()
            assert desk.finish().state is StepState.PUBLISHED

    assert desk.send(point=sleep).is_elsewhere
    desk.clock.seconds += 7200
    desk.tiktok.settle_all()
    assert len(desk.tiktok.uploads) == 2 and len(desk.tiktok.live) == 1


@pytest.mark.parametrize(("refusal", "state"), [(Later, StepState.WAITING), (Never, StepState.FAILED)])
def test_what_the_guard_forbids_is_never_offered(open_desk, refusal, state):
    desk = open_desk()

    def forbid(_session):
        raise refusal("No.", retry_after_seconds=50)

    desk.guard = forbid
    step = desk.send()
    assert (step.state, step.wait_seconds) == (state, 50 if state is StepState.WAITING else None)
    assert desk.tiktok.calls == [] and desk.last.commit_at is None
    desk.guard = lambda _session: None
    assert desk.finish().state is (StepState.PUBLISHED if refusal is Later else StepState.FAILED)


def test_a_file_that_tiktok_could_not_fetch_is_offered_again_under_another_address(open_desk):
    desk = open_desk()
    right, failures = desk.fetch, [False, True]
    desk.tiktok.fetch = lambda url: right(url) and failures.pop(0) if failures else right(url)
    assert desk.finish().state is StepState.PUBLISHED
    assert len(set(desk.addresses)) == 2 and desk.last.n == 2


def test_a_platform_that_cannot_be_reached_spends_no_offer(open_desk):
    desk = open_desk(faults={"no_connection": 1.0})
    while desk.clock.seconds < 86_400:
        step = desk.send()
        assert isinstance(step.error, VendorUnavailable)
        desk.clock.seconds += step.wait_seconds
    assert desk.tiktok.uploads == {}
    desk.tiktok.faults = {}
    assert desk.finish().state is StepState.PUBLISHED


def test_offers_left_from_before_pulls_were_switched_off_are_uploaded(open_desk, bench):
    desk = open_desk()
    bench.journal.begin(desk.order, after=0, chunk_bytes=25, now=desk.clock(), transfer=Transfer.PULL)
    step = send(desk.order, commit_guard=lambda _session: None, **desk.seams)
    assert step.state is StepState.COMMITTING and not desk.last.is_pull and desk.last.n == 2


@pytest.mark.parametrize(
    ("was", "to"), [("INTENT", "OPEN"), ("INTENT", "PUBLISHED"), ("OPEN", "COMMITTING"), ("COMMITTING", "INTENT")]
)
def test_a_pull_has_no_open_state_and_no_way_back(was, to):
    with pytest.raises(IllegalMove):
        require_move(AttemptState(was), AttemptState(to), Transfer.PULL)


def test_after_a_revocation_no_fetch_is_ever_counted_whoever_asks_at_that_moment(tmp_path):
    bench = Bench(tmp_path, f"sqlite:///{tmp_path}/journal.sqlite")
    for k in range(8):
        order, clock = bench.order(f"p{k}"), FakeClock()
        attempt = bench.journal.begin(order, after=0, chunk_bytes=25, now=clock(), transfer=Transfer.PULL)
        bench.journal.commit(attempt, guard=lambda _session: None, now=clock, pull_token_sha256=hash_of(f"token-{k}"))
        served, together = [], threading.Barrier(4)

        def fetch(k=k, clock=clock, served=served, together=together):
            together.wait()
            for _ in range(k):
                with bench.database.transaction() as session:
                    is_counted = count_fetch(session, f"token-{k}", clock())
                served.append(is_counted)

        fetchers = [threading.Thread(target=fetch) for _ in range(3)]
        for fetcher in fetchers:
            fetcher.start()
        together.wait()
        told = bench.journal.revoke(bench.journal.last(order.post_id), clock())
        for fetcher in fetchers:
            fetcher.join()
        assert told == bench.journal.last(order.post_id).pull_fetches == sum(served)
    bench.close()


def test_the_harmless_twin_takes_offers_too(bench, tmp_path):
    clock = FakeClock()
    seams = {"journal": bench.journal, "publisher": DryRunPublisher(tmp_path / "dry", clock), "now": clock}
    settle = {"settle": lambda _session, _outcome: None}
    step = send(bench.order("p"), commit_guard=lambda _session: None, pull_url=PULL_URL, **settle, **seams)
    assert step.state is StepState.COMMITTING
    assert confirm(bench.order("p"), **settle, **seams).state is StepState.PUBLISHED


def test_an_account_whose_openings_keep_breaking_off_rests_for_a_day(bench):
    """However many posts they belong to: TikTok may count an opening that came to nothing."""
    desk = Desk(bench)
    for k in range(RULES.account_abandoned_max):
        order = replace(desk.order, post_id=f"other-{k}", content_sha256=f"{k:064}")
        attempt = bench.journal.begin(order, after=0, chunk_bytes=25, now=desk.clock())
        bench.journal.close(attempt, AttemptState.ABANDONED, reason="lost", now=desk.clock())
    step = desk.send()
    assert (step.state, step.wait_seconds) == (StepState.WAITING, 86_400) and desk.tiktok.calls == []
    assert desk.finish().state is StepState.PUBLISHED
    desk.http.close()
