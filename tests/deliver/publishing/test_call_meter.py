"""Calls to TikTok take places in rolling windows; without one nothing is sent."""

from __future__ import annotations

import threading
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa

from builders import NOON as START
from reposter.deliver.publishing.calls import (
    MARGIN,
    PER_MINUTE,
    CallLimits,
    CallMeter,
    CallsUsedUp,
    calls_of_last_hour,
    forget_places,
)
from reposter.deliver.publishing.lessons import learn
from reposter.deliver.publishing.tables import CallPlaceRow
from reposter.kit.database import Database
from reposter.kit.errors import Verdict
from reposter.vendors.tiktok.client import OPS, TikTokClient
from reposter.vendors.tiktok.errors import RateLimited, error_for


class Clock:
    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def meter_on(bench, clock, per_hour=1000, hurry=1.0):
    return CallMeter(bench.database, lambda: CallLimits(per_hour, hurry), clock)


def calls_made(meter, op, times, account="@x"):
    """How many of so many calls in a row are let through."""
    made = 0
    for _ in range(times):
        try:
            meter.admit(account, op)
        except CallsUsedUp:
            return made
        made += 1
    return made


@pytest.mark.parametrize("op", sorted(PER_MINUTE))
def test_four_fifths_of_what_tiktok_lets_through_in_a_minute_are_used(bench, clock, op):
    places = int(PER_MINUTE[op] * MARGIN)
    assert calls_made(meter_on(bench, clock, per_hour=10_000), op, places + 5) == places


def test_a_refusal_says_exactly_when_the_next_place_is_free(bench, clock):
    meter = meter_on(bench, clock)
    for seconds in (0, 10, 20, 30):
        clock.now = START + timedelta(seconds=seconds)
        meter.admit("@x", "init")
    with pytest.raises(CallsUsedUp) as caught:
        meter.admit("@x", "init")
    assert caught.value.verdict is Verdict.RETRY_LATER
    free_at = clock.now + timedelta(seconds=caught.value.retry_after_seconds)
    assert free_at == START + timedelta(seconds=60, milliseconds=1)
    clock.now = free_at - timedelta(microseconds=1)
    assert calls_made(meter, "init", 1) == 0
    clock.now = free_at
    assert calls_made(meter, "init", 2) == 1


def test_each_endpoint_and_each_account_has_places_of_its_own(bench, clock):
    meter = meter_on(bench, clock)
    assert calls_made(meter, "init", 9) == 4
    assert calls_made(meter, "inbox_init", 9) == 4
    assert calls_made(meter, "init", 9, account="@y") == 4


def test_lists_are_counted_for_the_whole_app(bench, clock):
    meter = meter_on(bench, clock, per_hour=10_000)
    assert calls_made(meter, "list", 300, account="@x") + calls_made(meter, "list", 300, account="@y") == 480


def test_looking_may_use_four_fifths_of_the_hour_and_posting_all_of_it(bench, clock):
    meter = meter_on(bench, clock, per_hour=20)
    made = {"status": 0, "init": 0}
    for minute in range(30):
        clock.now = START + timedelta(minutes=minute)
        made["status"] += calls_made(meter, "status", 1)
    assert made["status"] == 16
    for minute in range(30, 40):
        clock.now = START + timedelta(minutes=minute)
        made["init"] += calls_made(meter, "init", 1)
    assert made["init"] == 4


def test_a_changed_number_of_calls_counts_at_once(bench, clock):
    limits = {"per_hour": 20}
    meter = CallMeter(bench.database, lambda: CallLimits(limits["per_hour"]), clock)
    for minute in range(20):
        clock.now = START + timedelta(minutes=minute)
        meter.admit("@x", "init")
    assert calls_made(meter, "init", 1) == 0
    limits["per_hour"] = 21
    assert calls_made(meter, "init", 2) == 1


def test_a_call_from_the_future_counts_as_one_of_now(bench, clock):
    meter = meter_on(bench, clock)
    clock.now = START + timedelta(hours=2)
    assert calls_made(meter, "init", 9) == 4
    clock.now = START
    with pytest.raises(CallsUsedUp) as caught:
        meter.admit("@x", "init")
    assert caught.value.retry_after_seconds == pytest.approx(60.001)


def test_what_was_counted_survives_a_restart(bench, clock):
    assert calls_made(meter_on(bench, clock), "init", 3) == 3
    assert calls_made(meter_on(bench, clock), "init", 3) == 1


def test_twenty_workers_of_two_processes_get_no_more_places_than_there_are(installation, clock):
    """Each process has its own connections to the same file."""
    other, made = Database(installation.database.url), []
    meters = [CallMeter(database, lambda: CallLimits(1000), clock) for database in (installation.database, other)]
    workers = [
        threading.Thread(target=lambda meter=meters[n % 2]: made.append(calls_made(meter, "creator_info", 3)))
        for n in range(20)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(made) == 16
    other.close()
    with installation.session() as session:
        assert calls_of_last_hour(session, "@x", clock.now) == 16


def test_a_pretend_world_that_hurries_has_shorter_minutes(bench, clock):
    meter = meter_on(bench, clock, hurry=20)
    assert calls_made(meter, "init", 9) == 4
    clock.now += timedelta(seconds=3, milliseconds=1)
    assert calls_made(meter, "init", 9) == 4


def test_a_pause_that_tiktok_asked_for_is_kept(bench, clock):
    error = error_for("rate_limit_exceeded", retry_after_seconds=300)
    error.context["op"] = "status"
    with bench.database.transaction() as session:
        learn(session, "@x", error, refused_at=START, route="direct")
    meter = meter_on(bench, clock)
    assert (calls_made(meter, "status", 1), calls_made(meter, "init", 1)) == (0, 1)
    clock.now = START + timedelta(seconds=300)
    assert calls_made(meter, "status", 1) == 1


def test_places_that_no_window_looks_at_are_dropped(bench, clock):
    meter = meter_on(bench, clock)
    meter.admit("@x", "init")
    clock.now += timedelta(hours=24)
    meter.admit("@x", "init")
    with bench.database.transaction() as session:
        forget_places(session, clock.now + timedelta(hours=2))
        assert session.scalars(sa.select(CallPlaceRow.at)).all() == [clock.now]


# The client


def answer(request):
    if "init" in request.url.path:
        return httpx.Response(429, json={"error": {"code": "rate_limit_exceeded"}})
    return httpx.Response(200, json={"data": {"status": "PROCESSING_UPLOAD"}, "error": {"code": "ok"}})


def client_with(admit, sent):
    def reply(request):
        sent.append(request.url.path)
        return answer(request)

    return TikTokClient("https://open.tiktokapis.com", httpx.Client(transport=httpx.MockTransport(reply)), admit)


def test_a_call_without_a_place_is_not_sent():
    def refuse(op):
        raise CallsUsedUp("none", op=op)

    sent = []
    with pytest.raises(CallsUsedUp) as caught:
        client_with(refuse, sent).publish_status("token", "1")
    assert (caught.value.context["op"], sent) == ("status", [])


def test_every_call_names_what_it_is_before_it_is_sent():
    asked, sent = [], []
    client = client_with(asked.append, sent)
    client.publish_status("token", "1")
    client.creator_info("token")
    client.list_videos("token")
    client.query_videos("token", ["1"])
    client.user_info("token")
    client.cancel("token", "1")
    assert asked == ["status", "creator_info", "list", "query", "user", "cancel"]
    assert [OPS[path] for path in sent] == asked


def test_too_many_calls_say_which_calls_were_meant():
    with pytest.raises(RateLimited) as caught:
        client_with(lambda _op: None, []).init_inbox_pull("token", video_url="https://example.org/v.mp4")
    assert caught.value.context["op"] == "inbox_init"
