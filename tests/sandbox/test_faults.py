"""Broken answers, true ledger."""

from __future__ import annotations

import httpx
import pytest


def test_a_lost_answer_at_init_leaves_an_open_task_and_no_post(client):
    client.control("faults", {"endpoint": "video_init", "kind": "lost-response"})
    with pytest.raises(httpx.RemoteProtocolError):
        client.init(1_000)
    ledger = client.ledger()
    assert (ledger["inits"], ledger["posts"]) == (1, [])
    assert client.init(1_000).status_code == 200


def test_a_lost_request_leaves_nothing(client):
    client.control("faults", {"endpoint": "video_init", "kind": "lost-request"})
    with pytest.raises(httpx.RemoteProtocolError):
        client.init(1_000)
    assert client.ledger()["inits"] == 0


def test_500_after_the_last_byte_still_publishes_once(client, clip):
    opened = client.init(len(clip)).json()["data"]
    client.control("faults", {"endpoint": "upload", "kind": "status-after", "status": 500})
    assert client.put(opened["upload_url"], clip).status_code == 500
    assert client.put(opened["upload_url"], clip).status_code == 416
    assert client.wait(opened["publish_id"])["status"] == "PUBLISH_COMPLETE"
    ledger = client.ledger()
    assert (len(ledger["posts"]), ledger["duplicates"]) == (1, 0)


def test_503_before_the_bytes_publishes_nothing(client, clip):
    opened = client.init(len(clip)).json()["data"]
    client.control("faults", {"endpoint": "upload", "kind": "status-before", "status": 503})
    assert client.put(opened["upload_url"], clip).status_code == 503
    assert client.status(opened["publish_id"])["uploaded_bytes"] == 0
    assert client.put(opened["upload_url"], clip).status_code == 201


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ({"kind": "rate-limited"}, lambda a: a.status_code == 429 and "rate_limit_exceeded" in a.text),
        ({"kind": "html"}, lambda a: a.status_code == 200 and a.text.startswith("<!DOCTYPE html>")),
        ({"kind": "html-after"}, lambda a: a.text.startswith("<!DOCTYPE html>")),
        ({"kind": "empty"}, lambda a: (a.status_code, a.content) == (200, b"")),
        ({"kind": "delay", "seconds": 0.3}, lambda a: a.elapsed.total_seconds() >= 0.3),
        ({"kind": "status-before", "status": 502}, lambda a: a.status_code == 502),
    ],
)
def test_each_kind_shows_once_and_is_used_up(client, fault, seen):
    client.control("faults", {"endpoint": "creator_info", **fault})
    path = "/v2/post/publish/creator_info/query/"
    assert seen(client.api(path))
    assert client.api(path).json()["error"]["code"] == "ok"


@pytest.mark.parametrize("kind", ["truncated", "cut"])
def test_a_cut_body_is_noticed_by_an_honest_client(client, kind):
    client.control("faults", {"endpoint": "creator_info", "kind": kind, "bytes": 20})
    with pytest.raises(httpx.RemoteProtocolError):
        client.api("/v2/post/publish/creator_info/query/")


def test_faults_skip_count_and_clear(client):
    client.control("faults", [{"endpoint": "stat*", "kind": "rate-limited", "skip": 1, "times": 2}])
    publish_id = client.init(1_000).json()["data"]["publish_id"]
    path = "/v2/post/publish/status/fetch/"
    assert [client.api(path, {"publish_id": publish_id}).status_code for _ in range(4)] == [200, 429, 429, 200]
    client.control("faults", {"endpoint": "*", "kind": "html", "times": -1})
    client.control("faults", method="DELETE")
    assert client.control("faults", method="GET") == {"faults": []}
    assert client.api(path, {"publish_id": publish_id}).status_code == 200


def test_a_silent_platform_never_answers_and_shows_nothing(make_world, make_client, clip):
    client = make_client(make_world(scenario="silent-platform")).connect()
    publish_id = client.post(clip)
    client.control("clock", {"jump_seconds": 86_400})
    assert client.status(publish_id)["status"] == "PROCESSING_UPLOAD"
    assert client.ledger()["posts"] == []


def test_a_silent_platform_may_have_published_all_the_same(make_world, make_client, clip):
    world = make_world(scenario="silent-platform", moderation={"silent": "post-appears"})
    client = make_client(world).connect()
    publish_id = client.post(clip, title="evidence")
    client.control("clock", {"jump_seconds": 86_400})
    assert client.status(publish_id)["status"] == "PROCESSING_UPLOAD"
    assert len(client.ledger()["posts"]) == 1
    assert client.api("/v2/video/list/?fields=title").json()["data"]["videos"] == [{"title": "evidence"}]


def test_a_refused_upload_says_why(make_world, make_client, clip):
    client = make_client(make_world(scenario="refused-upload")).connect()
    assert client.wait(client.post(clip))["fail_reason"] == "spam_risk_text"
    assert client.ledger()["posts"] == []


def test_a_withdrawn_consent_fails_the_upload_in_flight(make_world, make_client, clip):
    client = make_client(make_world(scenario="token-withdrawn")).connect()
    client.post(clip)
    client.post(clip)
    assert client.api("/v2/post/publish/creator_info/query/").status_code == 401
    client.control("clock", {"jump_seconds": 100})
    assert [p["fail_reason"] for p in client.ledger()["publishes"]].count("auth_removed") >= 1
    client.connect()
    assert client.api("/v2/post/publish/creator_info/query/").status_code == 200


def test_every_scenario_loads_and_flaky_trouble_follows_the_seed(make_world, make_client):
    def statuses(folder):
        client = make_client(make_world(folder, scenario="flaky-network"))
        found = []
        for _ in range(40):
            try:
                found.append(client.http.post(f"{client.world.api_url}/v2/oauth/token/").status_code)
            except httpx.RemoteProtocolError:
                found.append(0)
        return found

    first, second = statuses("one"), statuses("two")
    assert first == second
    assert set(first) != {200}
