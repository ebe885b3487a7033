"""What the client makes of TikTok's answers: refusals, doubts, and values."""

from __future__ import annotations

import json
import socket
import threading
import time

import httpx
import pytest

from reposter.kit.errors import AppError, VendorUnavailable
from reposter.kit.http import make_client
from reposter.vendors.tiktok import wire
from reposter.vendors.tiktok.chunks import Chunk, plan_chunks
from reposter.vendors.tiktok.client import TikTokClient
from reposter.vendors.tiktok.errors import (
    AccessTokenRejected,
    AppRefused,
    OutcomeUnknown,
    PostingCapReached,
    RateLimited,
    UnlistedRefusal,
    UploadGone,
    UploadOutOfStep,
)
from reposter.vendors.tiktok.payloads import PublishPhase
from reposter.vendors.tiktok.posting import PostingChoices, PrivacyLevel

BASE = "https://open.tiktokapis.com"
PLAN = plan_chunks(100)
CHOICES = PostingChoices(privacy_level=PrivacyLevel.SELF_ONLY, allow_comment=True)


class Answers(httpx.BaseTransport):
    """Gives one answer (or raises one error) and keeps the requests."""

    def __init__(self, answer):
        self.answer = answer
        self.requests = []

    def handle_request(self, request):
        request.read()
        self.requests.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def ask():
    opened = []

    def make(answer):
        transport = Answers(answer)
        http = httpx.Client(transport=transport)
        opened.append(http)
        return TikTokClient(BASE, http), transport

    yield make
    for http in opened:
        http.close()


def ok(data):
    return httpx.Response(200, json={"data": data, "error": {"code": "ok", "message": "", "log_id": "L1"}})


def refused(http, code, **headers):
    return httpx.Response(http, json={"error": {"code": code, "message": "m", "log_id": "L2"}}, headers=headers)


def init(client):
    return client.init_video("act.1", caption="hi", choices=CHOICES, plan=PLAN)


def test_init_sends_the_choices_as_tiktok_spells_them(ask):
    client, sent = ask(ok({"publish_id": "p", "upload_url": "https://open-upload.tiktokapis.com/video/?x=1"}))
    upload = init(client)
    body = json.loads(sent.requests[0].content)
    assert (upload.publish_id, upload.log_id) == ("p", "L1")
    assert body["post_info"]["disable_comment"] is False and body["post_info"]["disable_duet"] is True
    assert body["post_info"]["privacy_level"] == "SELF_ONLY"
    assert body["source_info"] == {
        "source": "FILE_UPLOAD",
        "video_size": 100,
        "chunk_size": 100,
        "total_chunk_count": 1,
    }
    assert sent.requests[0].headers["Authorization"] == "Bearer act.1"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ReadTimeout("t"),
        httpx.WriteError("t"),
        httpx.RemoteProtocolError("t"),
        httpx.Response(500),
        refused(503, "internal_error"),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={}),
        httpx.Response(302, headers={"Location": "https://evil.example/"}),
        httpx.Response(200, text="x" * 2_000_000),
        httpx.Response(200, text="[" * 100_000),
        ok({"publish_id": "p"}),
        ok({"publish_id": ["p"], "upload_url": "https://a.tiktokapis.com/"}),
    ],
)
def test_an_init_without_a_whole_answer_is_unknown_and_a_read_is_unavailable(ask, answer):
    client, sent = ask(answer)
    with pytest.raises(OutcomeUnknown):
        init(client)
    assert len(sent.requests) == 1
    if not (isinstance(answer, httpx.Response) and answer.status_code == 200 and b'"ok"' in answer.content):
        with pytest.raises(VendorUnavailable):
            client.publish_status("act.1", "p")


@pytest.mark.parametrize("error", [httpx.ConnectError("t"), httpx.ConnectTimeout("t")])
def test_an_init_that_never_connected_provably_did_nothing(ask, error):
    client, _ = ask(error)
    with pytest.raises(VendorUnavailable):
        init(client)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused(401, "access_token_invalid"), AccessTokenRejected),
        (refused(200, "spam_risk_too_many_posts"), PostingCapReached),
        (refused(403, "reached_active_user_cap"), PostingCapReached),
        (refused(429, "rate_limit_exceeded"), RateLimited),
        (httpx.Response(429, text="slow down"), RateLimited),
        (refused(400, "never_heard_of"), UnlistedRefusal),
    ],
)
def test_a_refusal_is_an_error_of_the_table(ask, answer, kind):
    client, _ = ask(answer)
    with pytest.raises(kind):
        init(client)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("-5", 1), ("1e9", 86_400), ("nan", 60), ("soon", 60), ("Fri, 01 Jan 2038 00:00:00 GMT", 86_400)],
)
def test_retry_after_is_believed_within_reason(ask, header, seconds):
    client, _ = ask(refused(429, "rate_limit_exceeded", **{"Retry-After": header}))
    with pytest.raises(RateLimited) as caught:
        init(client)
    assert caught.value.retry_after_seconds == seconds


def test_long_ids_stay_exact_and_unknown_statuses_are_pending(ask):
    ids = b'[7678907398077074696,"7678907398077074696",0]'
    head = b'{"data":{"status":"PUBLISH_COMPLETE","publicaly_available_post_id":'
    body = head + ids + b'},"error":{"code":"ok"}}'
    client, _ = ask(httpx.Response(200, content=body))
    status = client.publish_status("act.1", "p")
    assert status.post_ids == ("7678907398077074696",)
    assert status.phase is PublishPhase.COMPLETE
    client, _ = ask(ok({"status": "PUBLISH_SUCCESS", "uploaded_bytes": "12"}))
    status = client.publish_status("act.1", "p")
    assert (status.phase, status.said, status.uploaded_bytes) == (PublishPhase.PENDING, "PUBLISH_SUCCESS", 12)


@pytest.mark.parametrize(
    "url",
    [
        "http://open-upload.tiktokapis.com/video/",
        "https://tiktokapis.com.evil.example/",
        "https://evil-tiktokapis.com/",
        "https://user@open-upload.tiktokapis.com/",
        "https://169.254.169.254/",
        "file:///etc/passwd",
    ],
)
def test_bytes_go_to_tiktok_only(ask, url):
    client, sent = ask(ok({"publish_id": "p", "upload_url": url}))
    with pytest.raises(AppRefused):
        init(client)
    with pytest.raises(AppRefused):
        client.put_chunk(url, b"x", chunk=Chunk(0, 0), size_bytes=1)
    assert len(sent.requests) == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(403), UploadGone),
        (httpx.Response(404), UploadGone),
        (httpx.Response(416, headers={"Content-Range": "bytes 0-49/100"}), UploadOutOfStep),
        (httpx.Response(500), OutcomeUnknown),
        (httpx.ReadTimeout("t"), OutcomeUnknown),
    ],
)
def test_a_refused_chunk_says_what_is_left_to_do(ask, answer, kind):
    client, sent = ask(answer)
    with pytest.raises(kind) as caught:
        client.put_chunk(f"{BASE}/u/1", iter([b"ab"]), chunk=Chunk(50, 51), size_bytes=100)
    assert sent.requests[0].headers["Content-Range"] == "bytes 50-51/100"
    assert sent.requests[0].headers["Content-Length"] == "2"
    if kind is UploadOutOfStep:
        assert caught.value.context["received_bytes"] == 50


def test_the_list_pages_and_the_query_is_capped(ask):
    client, _ = ask(ok({"videos": [{"id": 7678907398077074696, "create_time": 10, "duration": 3}], "has_more": True}))
    page = client.list_videos("act.1")
    assert (page.videos[0].video_id, page.has_more) == ("7678907398077074696", True)
    with pytest.raises(ValueError, match="21 ids"):
        client.query_videos("act.1", ["1"] * 21)


@pytest.mark.parametrize("drip", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b""])
def test_a_dripping_server_is_left_at_the_deadline(monkeypatch, drip):
    monkeypatch.setattr("reposter.vendors.tiktok.client.READ_DEADLINE_SECONDS", 0.5)
    server = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def serve():
        peer, _ = server.accept()
        with peer:
            peer.recv(65_536)
            try:
                peer.sendall(drip)
                while not stop.wait(0.05):
                    peer.sendall(b"a")
            except OSError:
                return

    thread = threading.Thread(target=serve)
    thread.start()
    started = time.monotonic()
    try:
        with make_client() as http, pytest.raises(AppError):
            TikTokClient(f"http://127.0.0.1:{server.getsockname()[1]}", http).creator_info("act.1")
    finally:
        stop.set()
        thread.join()
        server.close()
    assert time.monotonic() - started < wire.CONNECT_SECONDS_MAX  # a limit, not a speed
