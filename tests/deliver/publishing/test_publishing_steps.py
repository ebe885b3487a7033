"""What a post waits for, why it stops, and who is told, one situation at a time."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa
from benchmarks.chaos.fake_tiktok import BASE_URL, START, FakeClock, FakeTikTok
from benchmarks.chaos.model import RULES, Bench

from reposter.deliver.publishing.answers import answer_live, answer_not_live, rearm
from reposter.deliver.publishing.attempt import AttemptState, IllegalMove, require_move
from reposter.deliver.publishing.invariants import violations
from reposter.deliver.publishing.limits import PostLimits, next_possible_at, usage
from reposter.deliver.publishing.order import (
    AlreadyPosted,
    ChoiceMissing,
    LiveUnknown,
    Rules,
    StepState,
    TooManyTries,
    VideoChanged,
)
from reposter.deliver.publishing.service import confirm, send
from reposter.deliver.publishing.tables import ApiCallRow, AttemptRow
from reposter.deliver.publishing.tiktok import TikTokPublisher
from reposter.kit.errors import AppError, Conflict, InvalidInput, Verdict
from reposter.vendors.tiktok.chunks import plan_chunks
from reposter.vendors.tiktok.client import TikTokClient
from reposter.vendors.tiktok.errors import ChoiceRefused, MediaRefused, PublishFailed, ReauthNeeded
from reposter.vendors.tiktok.posting import PostingChoices, PrivacyLevel, Route


class LimitReached(AppError):
    code = "test_limit_reached"
    verdict = Verdict.RETRY_LATER


class RightsWithdrawn(AppError):
    code = "test_rights_withdrawn"


class Desk:
    """One post and its TikTok; `outcomes` is what `settle` was told."""

    def __init__(self, bench, *, seed=5, token=None, **traits):
        self.bench = bench
        self.clock = FakeClock()
        traits = {"fail_chance": 0, "stuck_chance": 0, **traits}
        self.tiktok = FakeTikTok(random.Random(seed), self.clock, **traits)
        self.tiktok.token_dies_at = 10**9
        self.http = httpx.Client(transport=self.tiktok)
        self.publisher = TikTokPublisher(TikTokClient(BASE_URL, self.http), token or self.tiktok.token)
        self.outcomes = []
        self.guard = lambda _session: None
        self.rules = RULES

    @property
    def seams(self):
        return {
            "journal": self.bench.journal,
            "publisher": self.publisher,
            "now": self.clock,
            "settle": lambda _session, outcome: self.outcomes.append(outcome),
            "rules": self.rules,
        }

    def send(self, order):
        return send(order, commit_guard=lambda session: self.guard(session), **self.seams)

    def confirm(self, order):
        return confirm(order, **self.seams)

    def finish(self, order, *, steps=500):
        step = self.send(order)
        for _ in range(steps):
            if step.is_finished:
                return step
            self.clock.seconds += step.wait_seconds
            step = self.confirm(order) if step.state is StepState.COMMITTING else self.send(order)
        raise AssertionError(step)

    def paths(self, end):
        return [path for path in self.tiktok.calls if path.endswith(end)]

    def rows(self, table):
        with self.bench.database.transaction() as session:
            return session.scalars(sa.select(table).order_by(table.post_id)).all()


@pytest.fixture
def desk(bench):
    desk = Desk(bench)
    yield desk
    desk.http.close()


def test_nobody_having_chosen_the_privacy_holds_the_post_with_a_sentence(desk, bench):
    order = replace(bench.order("p"), choices=PostingChoices())
    step = desk.send(order)
    assert (step.state, type(step.error)) == (StepState.WAITING, ChoiceMissing)
    assert step.error.verdict is Verdict.NEEDS_PERSON and step.wait_seconds > 0
    assert desk.tiktok.calls == [] and bench.journal.last("p") is None
    assert desk.finish(bench.order("p")).state is StepState.PUBLISHED


def test_a_private_paid_partnership_is_not_even_tried(desk, bench):
    choices = PostingChoices(
        PrivacyLevel.SELF_ONLY, brand_content=True, discloses_commercial=True, music_usage_confirmed=True
    )
    step = desk.send(replace(bench.order("p"), choices=choices))
    assert isinstance(step.error, ChoiceRefused) and desk.tiktok.calls == []


def test_a_privacy_that_the_account_no_longer_offers_holds_the_post(desk, bench):
    choices = PostingChoices(privacy_level=PrivacyLevel.FOLLOWER_OF_CREATOR, music_usage_confirmed=True)
    step = desk.send(replace(bench.order("p"), choices=choices))
    assert isinstance(step.error, ChoiceRefused) and "SELF_ONLY" in step.error.hint
    assert desk.tiktok.uploads == {} and desk.outcomes == []
    again = desk.send(replace(bench.order("p"), choices=choices))
    assert isinstance(again.error, ChoiceRefused)  # whoever asks again is told the same


def test_a_video_longer_than_the_account_may_post_holds_the_post(desk, bench):
    step = desk.send(replace(bench.order("p"), duration_seconds=61))
    assert isinstance(step.error, ChoiceRefused) and "60 s" in step.reason


def test_a_switch_that_the_creator_turned_off_since_holds_the_post(bench):
    def offer(request):
        assert request.url.path.endswith("/creator_info/query/"), "nothing else is asked"
        data = {"privacy_level_options": ["PUBLIC_TO_EVERYONE"], "duet_disabled": True}
        return httpx.Response(200, json={"data": data, "error": {"code": "ok", "log_id": "1"}})

    with httpx.Client(transport=httpx.MockTransport(offer)) as http:
        publisher = TikTokPublisher(TikTokClient(BASE_URL, http), lambda _refused: "token")
        order = bench.order("p")
        plan = plan_chunks(order.size_bytes)
        with pytest.raises(ChoiceRefused) as caught:
            publisher.init(replace(order, choices=replace(order.choices, allow_duet=True)), plan)
    assert "duet" in caught.value.message and caught.value.context["findings"][0]["code"] == "duet_disabled"


def test_a_post_whose_music_terms_nobody_agreed_to_is_held_with_the_reason(desk, bench):
    order = bench.order("p")
    step = desk.send(replace(order, choices=replace(order.choices, music_usage_confirmed=False)))
    assert isinstance(step.error, ChoiceMissing) and "Music Usage Confirmation" in step.reason
    assert desk.tiktok.calls == []


def test_an_export_account_is_not_posted_to(desk, bench):
    with pytest.raises(InvalidInput):
        desk.send(bench.order("p", route=Route.EXPORT))


@pytest.mark.parametrize("damage", ["other bytes", "gone"])
def test_another_file_than_the_approved_one_is_never_sent(desk, bench, damage):
    if damage == "gone":
        bench.video_path.unlink()
    else:
        bench.video_path.write_bytes(bytes(100))
    step = desk.send(bench.order("p"))
    assert isinstance(step.error, VideoChanged) and desk.tiktok.calls == []


def test_an_empty_or_huge_file_fails_at_once(desk, bench):
    bench.video_path.write_bytes(b"")
    order = replace(
        bench.order("p"),
        size_bytes=0,
        content_sha256="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    )
    step = desk.send(order)
    assert (step.state, type(step.error)) == (StepState.FAILED, MediaRefused)
    assert [outcome.state for outcome in desk.outcomes] == [StepState.FAILED]
    assert desk.send(order).state is StepState.FAILED and len(desk.outcomes) == 1


def test_the_same_bytes_are_posted_once_per_account(desk, bench):
    first, twin = bench.order("one"), replace(bench.order("two"), account="@one")
    desk.send(first)
    waiting = desk.send(twin)
    assert (waiting.state, type(waiting.error)) == (StepState.WAITING, AlreadyPosted)
    desk.finish(first)
    refused = desk.send(twin)
    assert refused.state is StepState.FAILED and "one" in refused.reason
    elsewhere = replace(bench.order("three"), account="@another")
    assert desk.finish(elsewhere).state is StepState.PUBLISHED
    assert len(desk.tiktok.live) == 2


def test_a_guard_that_says_later_keeps_the_upload_open(desk, bench):
    def later(_session):
        raise LimitReached("One post an hour.", retry_after_seconds=300)

    desk.guard = later
    order = bench.order("p")
    step = desk.send(order)
    assert (step.state, step.wait_seconds) == (StepState.WAITING, 300)
    assert bench.journal.last("p").state is AttemptState.OPEN
    assert bench.journal.last("p").commit_at is None
    desk.guard = lambda _session: None
    assert desk.finish(order).state is StepState.PUBLISHED
    assert len(desk.tiktok.uploads) == 1


def test_a_guard_that_says_much_later_gives_the_upload_up_without_counting_it(desk, bench):
    def tomorrow(_session):
        raise LimitReached("Tomorrow.", retry_after_seconds=80_000)

    desk.guard = tomorrow
    order = bench.order("p")
    for _ in range(7):
        step = desk.send(order)
        assert step.wait_seconds == pytest.approx(80_000, abs=60)
        desk.clock.seconds += step.wait_seconds
    desk.guard = lambda _session: None
    assert desk.finish(order).state is StepState.PUBLISHED
    assert len(desk.tiktok.live) == 1


def test_a_guard_that_says_no_ends_the_post_before_its_last_chunk(desk, bench):
    def never(_session):
        raise RightsWithdrawn("The owner took the permission back.")

    desk.guard = never
    step = desk.finish(bench.order("p"))
    assert (step.state, step.reason) == (StepState.FAILED, "The owner took the permission back.")
    assert [outcome.state for outcome in desk.outcomes] == [StepState.FAILED]
    assert max(upload.received for upload in desk.tiktok.uploads.values()) == 75


def test_the_guard_and_the_commit_are_one_transaction(desk, bench):
    with bench.database.transaction() as session:
        session.execute(sa.text("CREATE TABLE guarded (id INTEGER)"))

    def writes_then_refuses(session):
        session.execute(sa.text("INSERT INTO guarded VALUES (1)"))
        raise LimitReached("Later.", retry_after_seconds=5)

    desk.guard = writes_then_refuses
    desk.send(bench.order("p"))
    with bench.database.transaction() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM guarded")) == 0


def test_a_verdict_that_may_pass_is_tried_three_times_at_growing_distance(bench):
    desk = Desk(bench, fail_chance=1)
    step = desk.finish(bench.order("p"))
    assert (step.state, type(step.error)) == (StepState.FAILED, PublishFailed)
    rows = desk.rows(AttemptRow)
    assert [row.state for row in rows] == ["FAILED"] * 3 and [row.is_final for row in rows] == [False, False, True]
    waits = [(row.retry_at - row.updated_at).total_seconds() for row in rows[:2]]
    assert waits == [60, 300]
    assert len(desk.outcomes) == 1
    with bench.database.transaction() as session:
        rearm(session, "p")
    desk.tiktok.fail_chance = 0
    assert desk.finish(bench.order("p")).state is StepState.PUBLISHED
    desk.http.close()


def test_uploads_that_nobody_answers_for_are_a_persons_after_five_and_fail_nothing(bench):
    desk = Desk(bench, faults={"lost_response": 1.0})
    desk.publisher.init = lambda order, plan: desk.publisher._client.init_inbox_video("token-0", plan=plan)
    order = bench.order("p")
    for _ in range(12):  # asking again opens nothing more
        step = desk.send(order)
        desk.clock.seconds += step.wait_seconds
    assert (step.state, type(step.error), step.error.verdict) == (
        *(StepState.WAITING, TooManyTries, Verdict.NEEDS_PERSON),
    )
    assert len(desk.tiktok.uploads) == 5 and desk.tiktok.live == [] and desk.outcomes == []
    desk.tiktok.faults = {}
    with bench.database.transaction() as session:
        rearm(session, "p")
    assert desk.finish(order).state is StepState.PUBLISHED
    desk.http.close()


def test_a_platform_that_is_down_for_a_day_costs_no_try(bench):
    desk = Desk(bench, faults={"no_connection": 1.0})
    order = bench.order("p")
    while desk.clock.seconds < 86_400:
        step = desk.send(order)
        assert step.state is StepState.WAITING
        desk.clock.seconds += step.wait_seconds
    assert len(desk.rows(AttemptRow)) < 120
    desk.tiktok.faults = {}
    assert desk.finish(order).state is StepState.PUBLISHED
    desk.http.close()


def test_a_disconnected_account_lets_its_posts_wait_and_fails_none(bench):
    connected = [True]

    def token(_refused):
        if not connected[0]:
            raise ReauthNeeded("Connect again.")
        return "token-0"

    desk = Desk(bench, token=token)
    before, under_way = bench.order("before"), bench.order("under-way")
    assert desk.send(under_way).state is StepState.COMMITTING
    connected[0] = False
    seen = []
    for _ in range(40):
        waiting, looking = desk.send(before), desk.confirm(under_way)
        assert waiting.state is StepState.WAITING and isinstance(waiting.error, ReauthNeeded)
        seen.append(looking.state)
        desk.clock.seconds += 1800
    assert set(seen[:12]) == {StepState.COMMITTING}
    assert set(seen[13:]) == {StepState.NEEDS_HUMAN}  # after six hours a person is told that nobody can look
    assert [outcome.state for outcome in desk.outcomes] == [StepState.NEEDS_HUMAN]
    connected[0] = True
    assert desk.finish(before).state is StepState.PUBLISHED
    assert desk.confirm(under_way).state is StepState.PUBLISHED
    assert len(desk.tiktok.live) == 2
    desk.http.close()


def silent(bench, seed):
    desk = Desk(bench, stuck_chance=1, seed=seed)
    desk.tiktok.duration_seconds = 99  # its list never matches
    return desk


def test_a_silent_platform_ends_at_a_person_with_evidence(bench):
    desk = silent(bench, 5)
    step = desk.finish(bench.order("p"))
    assert (step.state, type(step.error)) == (StepState.NEEDS_HUMAN, LiveUnknown)
    outcome = desk.outcomes[-1]
    assert outcome.evidence["status"] == "PROCESSING_UPLOAD" and outcome.evidence["candidates"] == []
    assert desk.clock.seconds > 6 * 3600
    assert desk.send(bench.order("p")).state is StepState.NEEDS_HUMAN  # and no second upload begins
    assert len(desk.tiktok.uploads) == 1 and len(desk.outcomes) == 1
    desk.http.close()


def test_a_silent_post_that_the_list_shows_is_published(bench):
    desk = Desk(bench, stuck_chance=1)
    desk.tiktok.rng.random = lambda: 0.1  # it appears, though its status never says so
    step = desk.finish(bench.order("p"))
    assert (step.state, step.post_ids) == (StepState.PUBLISHED, (desk.tiktok.live[0].post_id,))
    assert desk.outcomes[-1].evidence["by"] == "list"
    desk.http.close()


def test_a_person_who_finds_the_post_settles_it(bench):
    desk = silent(bench, 5)
    desk.finish(bench.order("p"))
    with bench.database.transaction() as session:
        answer_live(session, "p", tiktok_post_id="7123", by="owner", now=desk.clock())
    step = desk.send(bench.order("p"))
    assert (step.state, step.post_ids) == (StepState.PUBLISHED, ("7123",))
    with bench.database.transaction() as session, pytest.raises(Conflict):
        answer_not_live(session, "p", by="owner", now=desk.clock())
    with bench.database.transaction() as session:
        assert violations(session) == []
    desk.http.close()


def test_a_person_who_does_not_find_it_lets_it_be_tried_again(bench):
    desk = silent(bench, 5)
    desk.finish(bench.order("p"))
    desk.tiktok.stuck_chance = 0
    with bench.database.transaction() as session:
        answer_not_live(session, "p", by="owner", now=desk.clock())
    assert desk.finish(bench.order("p")).state is StepState.PUBLISHED
    assert len(desk.tiktok.uploads) == 2
    with bench.database.transaction() as session:
        assert violations(session) == []
    desk.http.close()


def test_a_post_that_shows_up_after_a_not_live_is_not_doubled(bench):
    desk = silent(bench, 5)
    desk.finish(bench.order("p"))
    with bench.database.transaction() as session:
        answer_not_live(session, "p", by="owner", now=desk.clock())
    upload = next(iter(desk.tiktok.uploads.values()))
    upload.settled, upload.fate, upload.done_at = False, "ok", desk.clock.seconds
    desk.clock.seconds += 60
    desk.tiktok.live.clear()
    step = desk.finish(bench.order("p"))
    assert (step.state, len(desk.tiktok.live)) == (StepState.PUBLISHED, 1)
    assert step.post_ids == (desk.tiktok.live[0].post_id,)
    assert desk.send(bench.order("p")).state is StepState.PUBLISHED
    with bench.database.transaction() as session:
        assert violations(session) == []
    desk.http.close()


def test_a_late_word_of_tiktok_settles_what_was_handed_over(bench):
    desk = silent(bench, 5)
    desk.finish(bench.order("p"))
    upload = next(iter(desk.tiktok.uploads.values()))
    upload.settled, upload.fate, upload.done_at = False, "ok", desk.clock.seconds - 100
    step = desk.confirm(bench.order("p"))
    assert step.state is StepState.PUBLISHED
    assert [outcome.state for outcome in desk.outcomes] == [StepState.NEEDS_HUMAN, StepState.PUBLISHED]
    desk.http.close()


def test_every_call_is_kept_with_its_log_id(desk, bench):
    desk.tiktok.fault_at = {2: "http_429"}
    desk.finish(bench.order("p"))
    calls = desk.rows(ApiCallRow)
    rejected = [call for call in calls if call.outcome == "rejected"]
    assert [(call.op, call.http, call.code, call.log_id) for call in rejected] == [
        ("init", 429, "rate_limit_exceeded", "log")
    ]
    assert {call.op for call in calls} == {"init", "put", "put_last", "status"}
    assert all(call.log_id == "log" for call in calls if call.op == "status")


def test_the_upload_address_lies_sealed_in_the_journal(desk, bench):
    desk.send(bench.order("p"))
    attempt = bench.journal.last("p")
    assert "upload" not in attempt.upload_url_sealed
    assert bench.journal.upload_url(attempt).startswith(BASE_URL)


def test_two_workers_on_one_post_on_a_real_database_send_it_once(tmp_path):
    bench = Bench(tmp_path, f"sqlite:///{tmp_path}/journal.sqlite")
    for k in range(6):
        desk = Desk(bench, seed=k)
        desk.tiktok.prefix = f"two-{k}"
        order = bench.order(f"p{k}")
        together = threading.Barrier(2)

        def work(desk=desk, order=order, together=together):
            together.wait()
            step = desk.send(order)
            while not step.is_finished:
                time.sleep(0.01)  # the clock is shared: a worker that waits must not race it past the other's call
                desk.clock.seconds += min(step.wait_seconds, 1)
                step = desk.confirm(order) if step.state is StepState.COMMITTING else desk.send(order)

        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert len(desk.tiktok.live) == 1
        assert bench.journal.last(order.post_id).state is AttemptState.PUBLISHED
        assert [outcome.state for outcome in desk.outcomes] == [StepState.PUBLISHED]
        desk.http.close()
    with bench.database.transaction() as session:
        assert violations(session) == []
    bench.close()


def test_an_opening_under_way_is_left_alone_for_a_while_and_then_given_up(desk, bench):
    order = bench.order("p")
    bench.journal.begin(order, after=0, chunk_bytes=25, now=desk.clock())
    assert desk.send(order).wait_seconds == RULES.intent_patience_seconds
    assert desk.tiktok.calls == []
    desk.clock.seconds += RULES.intent_patience_seconds
    assert desk.finish(order).state is StepState.PUBLISHED
    assert [row.state for row in desk.rows(AttemptRow)] == ["ABANDONED", "PUBLISHED"]


def test_limits_are_an_exact_rolling_log(bench):
    limits = PostLimits(per_hour=2, per_day=5)
    now = START + timedelta(days=1)
    ages = {"a": 90, "b": 50, "c": 20, "d": 60 * 23 + 50}
    with bench.database.transaction() as session:
        for name, minutes in ages.items():
            session.add(committed(bench, name, now - timedelta(minutes=minutes)))
        session.flush()
        assert next_possible_at(session, "@x", now, limits) == now + timedelta(minutes=10, milliseconds=1)
        assert next_possible_at(session, "@x", now, PostLimits(9, 4)) == now + timedelta(minutes=10, milliseconds=1)
        assert next_possible_at(session, "@x", now, PostLimits(9, 5)) == now
        assert next_possible_at(session, "@y", now, limits) == now
        assert next_possible_at(session, "@x", now, limits, besides_post="c") == now
        assert (usage(session, "@x", now).last_hour, usage(session, "@x", now).last_day) == (2, 4)
        under_way = committed(bench, "e", None)
        under_way.created_at, under_way.state = now, "OPEN"
        session.add(under_way)
        session.flush()
        assert usage(session, "@x", now).last_hour == 3  # an upload under way holds its place
        assert next_possible_at(session, "@x", now, PostLimits(0, 5)) > now


def committed(bench, name, commit_at):
    return AttemptRow(
        post_id=name,
        n=1,
        state="PUBLISHED",
        account="@x",
        content_sha256=name * 64,
        size_bytes=1,
        chunk_bytes=1,
        created_at=commit_at or START,
        updated_at=commit_at or START,
        commit_at=commit_at,
        verdict={"by": "tiktok"},
    )


@pytest.mark.parametrize(
    ("damage", "promise"),
    [
        ({"state": "COMMITTING", "second": "OPEN"}, "I1"),
        ({"state": "ABANDONED", "second": "PUBLISHED"}, "I2"),
        ({"verdict": None}, "I3"),
        ({"post_ids": ["7"], "other": ["7"]}, "I3"),
        ({"call": "put", "publish_id": None}, "I4"),
        ({"call": "put_last"}, "I4"),
    ],
)
def test_every_broken_promise_is_found(bench, damage, promise):
    at = START + timedelta(hours=1)
    with bench.database.transaction() as session:
        session.execute(sa.text("DROP INDEX one_live"))
        session.execute(sa.text("DROP INDEX one_publication"))
        row = committed(bench, "a", at)
        row.publish_id = damage.get("publish_id", "pid")
        for column in {"state", "verdict", "post_ids"} & damage.keys():
            setattr(row, column, damage[column])
        session.add(row)
        if "second" in damage:
            second = committed(bench, "a", at)
            second.n, second.state = 2, damage["second"]
            session.add(second)
        if "other" in damage:
            other = committed(bench, "b", at)
            other.post_ids = damage["other"]
            session.add(other)
        if "call" in damage:
            early = at - timedelta(minutes=1)
            call = ApiCallRow(post_id="a", n=1, op=damage["call"], started_at=early, ended_at=at, outcome="ok")
            session.add(call)
        session.flush()
        assert any(sentence.startswith(promise) for sentence in violations(session))


NOT_LIVE_SAID_ONE = {"state": "FAILED", "verdict": {"by": "person"}}
LATE_TRUTH = {"state": "PUBLISHED", "verdict": {"by": "tiktok"}}


@pytest.mark.parametrize(
    ("following", "is_broken"),
    [
        ({"state": "FAILED", "verdict": {"by": "tiktok"}}, False),
        ({"state": "FAILED", "verdict": {"by": "person"}}, False),
        ({"state": "FAILED", "verdict": None}, True),
        ({"state": "ABANDONED", "verdict": None}, True),
        ({"state": "COMMITTING", "verdict": None}, True),
        ({"state": "PUBLISHED", "verdict": {"by": "tiktok"}}, True),
        ({"state": "OPEN", "verdict": None, "commit_at": None}, True),
    ],
)
def test_a_late_word_of_tiktok_is_true_unless_what_followed_may_be_live_too(bench, following, is_broken):
    at = START + timedelta(hours=1)
    with bench.database.transaction() as session:
        session.execute(sa.text("DROP INDEX one_live"))
        session.execute(sa.text("DROP INDEX one_publication"))
        never_committed = {"state": "ABANDONED", "verdict": None, "commit_at": None}
        for n, columns in enumerate((NOT_LIVE_SAID_ONE, following, never_committed), start=1):
            row = committed(bench, "a", at)
            row.n = n
            for column, value in columns.items():
                setattr(row, column, value)
            session.add(row)
        session.flush()
        before = [one for one in violations(session) if "a/1" in one]
        session.execute(sa.update(AttemptRow).where(AttemptRow.n == 1).values(LATE_TRUTH))
        followed = [one for one in violations(session) if one.startswith("I2") and "a/1" in one]
    assert (before, bool(followed), len(followed) < 2) == ([], is_broken, True)


def test_no_move_leads_back_or_over_a_state():
    for was, to in [("INTENT", "COMMITTING"), ("OPEN", "PUBLISHED"), ("COMMITTING", "OPEN"), ("PUBLISHED", "FAILED")]:
        with pytest.raises(IllegalMove):
            require_move(AttemptState(was), AttemptState(to))


def test_polls_are_quick_at_first_and_calm_later():
    rules = Rules()
    assert [rules.poll_wait(age) for age in (0, 5, 6, 35, 36, 150, 157, 1955, 1957)] == [
        *(2, 2, 5, 5, 15, 15, 60, 60, 600)
    ]
