"""The real adapter against the pretend TikTok, over HTTP: whatever is lost on the way, the ledger holds one post."""

from __future__ import annotations

import time

import pytest

from reposter.deliver.publishing.dry_run import DryRunPublisher
from reposter.deliver.publishing.order import StepState
from reposter.deliver.publishing.service import confirm, find_post_id, send
from reposter.evaluate.metrics.tiktok import TikTokMetricsReader
from reposter.kit.clock import utc_now
from reposter.vendors.tiktok.chunks import plan_chunks
from reposter.vendors.tiktok.errors import UploadGone, UploadOutOfStep
from reposter.vendors.tiktok.payloads import PublishPhase
from reposter.vendors.tiktok.posting import Route

SETTLE_SECONDS_MAX = 30


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
