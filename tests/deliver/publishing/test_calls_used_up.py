"""Without a place for a call a post waits as it stands: no try is counted, no state is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from builders import NOON
from reposter.deliver.publishing.calls import CallsUsedUp
from reposter.deliver.publishing.order import Rules, StepState
from reposter.deliver.publishing.service import confirm, send
from reposter.vendors.tiktok.payloads import ChunkReceipt, PublishPhase, PublishStatus, UploadSession

WAIT_SECONDS = 1234.0


class Metered:
    """TikTok as it is on a good day, but for the calls `without_place`."""

    def __init__(self, *without_place, phase=PublishPhase.UPLOADING):
        self.without_place, self.phase = set(without_place), phase
        self.made = []

    def init(self, order, _plan):
        return self._answer("init", UploadSession(f"p-{order.post_id}", "https://upload.tiktokapis.com/1", ""))

    def put(self, _order, _url, chunk):
        return self._answer("put", ChunkReceipt(True, chunk.end, ""))

    def status(self, _publish_id):
        return self._answer("status", PublishStatus(self.phase, self.phase.value, "", None, (), ""))

    def find(self, _since):
        return self._answer("find", ())

    def _answer(self, op, answer):
        if op in self.without_place:
            raise CallsUsedUp("none left", retry_after_seconds=WAIT_SECONDS)
        self.made.append(op)
        return answer


@pytest.fixture
def post(bench):
    return Post(bench)


class Post:
    def __init__(self, bench):
        self.bench, self.order, self.now = bench, bench.order("p"), NOON
        self.settled = []

    def send(self, publisher):
        return send(self.order, commit_guard=lambda _session: None, **self._hands(publisher))

    def confirm(self, publisher):
        return confirm(self.order, **self._hands(publisher))

    def attempt(self):
        return self.bench.journal.last("p")

    def _hands(self, publisher):
        return {
            "journal": self.bench.journal,
            "publisher": publisher,
            "now": lambda: self.now,
            "rules": Rules(whole_bytes_max=30, chunk_bytes=25),
            "settle": lambda _session, outcome: self.settled.append(outcome),
        }


def test_at_the_opening_nothing_is_tried_and_nothing_counts(post):
    step = post.send(Metered("init"))
    assert (step.state, step.wait_seconds) == (StepState.WAITING, WAIT_SECONDS)
    tries = post.bench.journal.tries("p")
    assert (tries.failed, tries.abandoned, post.settled) == (0, 0, [])
    post.now += timedelta(seconds=WAIT_SECONDS)
    assert post.send(Metered()).state is StepState.COMMITTING


def test_during_the_upload_the_post_stays_open(post):
    post.send(Metered("put"))
    assert post.attempt().state == "OPEN"
    post.now += timedelta(minutes=5)  # now it asks how much has arrived
    step = post.send(Metered("status"))
    assert (step.state, step.wait_seconds) == (StepState.WAITING, WAIT_SECONDS)
    assert (post.attempt().state, post.attempt().n, post.settled) == ("OPEN", 1, [])
    assert post.send(Metered()).state is StepState.COMMITTING


@pytest.mark.parametrize("hours", [0, 1, 7])
def test_after_the_commit_the_post_is_looked_at_again_later(post, hours):
    post.send(Metered())
    post.now += timedelta(hours=hours)
    step = post.confirm(Metered("status"))
    assert step.state is StepState.COMMITTING
    assert step.wait_seconds >= WAIT_SECONDS
    assert (post.attempt().state, post.attempt().handover, post.settled) == ("COMMITTING", None, [])


def test_while_the_account_is_searched_no_person_is_asked_for_want_of_a_call(post):
    post.send(Metered())
    post.now += timedelta(hours=7)
    step = post.confirm(Metered("find"))
    assert (step.state, post.attempt().handover) == (StepState.COMMITTING, None)
    assert post.confirm(Metered()).state is StepState.NEEDS_HUMAN
