"""Pulls against the pretend TikTok over HTTP: it fetches from an address that the journal fences."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from reposter.deliver.publishing.addresses import count_fetch
from reposter.deliver.publishing.attempt import AttemptState
from reposter.deliver.publishing.order import StepState
from reposter.deliver.publishing.service import confirm, send
from reposter.kit.clock import utc_now
from reposter.vendors.tiktok.errors import AppRefused, PublishFailed, RequestRefused
from reposter.vendors.tiktok.payloads import PublishPhase
from reposter.vendors.tiktok.posting import Route

DRIP_PIECES_MAX = 200


class Shelf:
    """Gives the file out as the web process does; `manner` may be redirect, short or drip."""

    def __init__(self, desk):
        self.manner, self.served, shelf = "", 0, self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                with desk.database.transaction() as session:
                    is_counted = count_fetch(session, self.path.rpartition("/")[2], utc_now())
                shelf.served += is_counted
                shelf.answer(self, desk.clip.read_bytes() if is_counted else None)

            def log_message(self, *_args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/pull/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, handler, body):
        if body is None or self.manner == "redirect":
            handler.send_response(404 if body is None else 302)
            handler.send_header("Location", self.url)
            handler.end_headers()
            return
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if self.manner == "drip":
            for _ in range(DRIP_PIECES_MAX):
                handler.wfile.write(b"x")
                time.sleep(0.02)
        handler.wfile.write(body[: len(body) // 2] if self.manner == "short" else body)


@pytest.fixture
def shelf(desk):
    shelf = Shelf(desk)
    desk.control("rules", {"rules": {"pull_prefixes": [shelf.url]}})
    desk.rules = replace(desk.rules, pull_quiet_seconds=0, slow_poll_seconds=0.05)
    yield shelf
    desk.control("rules", {"rules": {"pull_prefixes": [], "pull_seconds_max": 3600}})
    shelf.server.shutdown()
    shelf.server.server_close()


def publish(desk, shelf, order):
    return desk.publish(order, pull_url=shelf.url)


def test_a_pulled_post_is_live_once_and_its_address_is_dead_afterwards(desk, shelf):
    step, outcomes = publish(desk, shelf, desk.order("pulled"))
    posts = desk.posts("pulled")
    assert (step.state, outcomes, len(posts)) == (StepState.PUBLISHED, [StepState.PUBLISHED], 1)
    assert posts[0]["sha256"] == desk.order("pulled").content_sha256
    attempt = desk.journal.last("pulled")
    assert attempt.is_pull and attempt.pull_fetches == shelf.served == 1 and attempt.revoked_at is not None
    desk.require_sound_journal()


LOSSES = {
    "init, request": {"kind": "lost-request"},
    "init, answer": {"kind": "lost-response"},
    "init, 500 after": {"kind": "status-after", "status": 500},
    "init, web page after": {"kind": "html-after"},
    "init, half an answer": {"kind": "truncated"},
    "init, twice lost": {"kind": "lost-response", "times": 2},
}


@pytest.mark.parametrize("loss", LOSSES)
def test_whatever_is_lost_of_a_pull_the_ledger_holds_exactly_one_post(desk, shelf, loss):
    name = "pull-" + loss.replace(",", "").replace(" ", "-")
    desk.fault("video_init", **LOSSES[loss])
    step, outcomes = publish(desk, shelf, desk.order(name))
    assert (step.state, outcomes) == (StepState.PUBLISHED, [StepState.PUBLISHED])
    assert len(desk.posts(name)) == 1
    desk.require_sound_journal()


def test_an_answer_lost_after_the_fetch_is_settled_by_the_list(desk, shelf):
    right = desk.publisher.init_pull

    def lose_it(order, url):
        right(order, url)
        deadline = time.monotonic() + 20
        while not shelf.served and time.monotonic() < deadline:
            time.sleep(0.02)
        desk.fault("video_init", "lost-request")  # a second call that arrived could fetch and post as well
        return right(order, url)

    desk.publisher.init_pull = lose_it
    step, _ = publish(desk, shelf, desk.order("fetched"))
    assert step.state is StepState.PUBLISHED and desk.journal.last("fetched").verdict["by"] == "list"
    assert len(desk.posts("fetched")) == 1
    desk.require_sound_journal()


def test_a_pulled_draft_ends_in_the_inbox(desk, shelf):
    step, outcomes = publish(desk, shelf, desk.order("pulled-draft", route=Route.INBOX))
    assert (step.state, outcomes) == (StepState.IN_INBOX, [StepState.IN_INBOX])


@pytest.mark.parametrize("manner", ["redirect", "short"])
def test_a_file_that_does_not_arrive_whole_is_tried_again_and_then_fails(desk, shelf, manner):
    shelf.manner = manner
    step, _ = publish(desk, shelf, desk.order(f"broken-{manner}"))
    assert (step.state, type(step.error)) == (StepState.FAILED, PublishFailed)
    assert desk.journal.last(f"broken-{manner}").n == 3 and desk.posts(f"broken-{manner}") == []
    desk.require_sound_journal()


def test_a_file_that_comes_too_slowly_is_given_up_by_the_platform(desk, shelf):
    desk.control("rules", {"rules": {"pull_seconds_max": 0.1}})
    shelf.manner = "drip"
    desk.rules = replace(desk.rules, attempts_max=1)
    step, _ = publish(desk, shelf, desk.order("slow"))
    assert (step.state, type(step.error)) == (StepState.FAILED, PublishFailed) and desk.posts("slow") == []


def test_a_domain_that_tiktok_has_not_verified_holds_the_post_and_spends_nothing(desk, shelf):
    desk.control("rules", {"rules": {"pull_prefixes": []}})
    order = desk.order("unverified")
    seams = {"journal": desk.journal, "publisher": desk.publisher, "now": utc_now, "rules": desk.rules}
    step = send(
        order,
        commit_guard=lambda _session: None,
        settle=lambda _session, _outcome: None,
        pull_url=shelf.url,
        **seams,
    )
    attempt = desk.journal.last("unverified")
    assert (step.state, type(step.error)) == (StepState.WAITING, AppRefused)
    assert (attempt.state, attempt.verdict["init"]) == (AttemptState.ABANDONED, "rejected")
    desk.require_sound_journal()


def test_a_pull_that_still_downloads_can_be_cancelled_and_a_finished_one_not(desk, shelf):
    order = desk.order("cancelled")
    shelf.manner = "drip"
    seams = {"journal": desk.journal, "publisher": desk.publisher, "now": utc_now, "rules": desk.rules}
    settle = {"settle": lambda _session, _outcome: None}
    send(order, commit_guard=lambda _session: None, pull_url=shelf.url, **settle, **seams)
    publish_id = desk.journal.last("cancelled").publish_id
    assert desk.publisher.status(publish_id).phase is PublishPhase.DOWNLOADING
    desk.client.cancel(desk.token(""), publish_id)
    status = desk.publisher.status(publish_id)
    assert (status.phase, status.fail_reason) == (PublishPhase.FAILED, "publish_cancelled")
    with pytest.raises(RequestRefused):
        desk.client.cancel(desk.token(""), publish_id)
    assert confirm(order, **settle, **seams).state is not StepState.PUBLISHED
    assert desk.posts("cancelled") == []
