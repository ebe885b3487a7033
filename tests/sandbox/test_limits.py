"""The platform's limits, counted on a clock that stands still until told to jump."""

from __future__ import annotations

import pytest


@pytest.fixture
def still(make_world, make_client):
    return make_client(make_world(speed=0)).connect()


def codes(answers):
    return [(a.status_code, a.json()["error"]["code"]) for a in answers]


def test_the_seventh_init_in_a_minute_is_refused(still):
    answers = codes(still.init(1_000) for _ in range(7))
    assert answers == [(200, "ok")] * 6 + [(429, "rate_limit_exceeded")]
    still.control("clock", {"jump_seconds": 61})
    assert still.init(1_000).status_code == 200


def test_the_thirty_first_status_and_the_twenty_first_creator_info_are_refused(still):
    publish_id = still.init(1_000).json()["data"]["publish_id"]
    path = "/v2/post/publish/status/fetch/"
    assert codes(still.api(path, {"publish_id": publish_id}) for _ in range(31))[-2:] == [
        (200, "ok"),
        (429, "rate_limit_exceeded"),
    ]
    path = "/v2/post/publish/creator_info/query/"
    assert codes(still.api(path) for _ in range(21))[-2:] == [(200, "ok"), (429, "rate_limit_exceeded")]


def test_limits_count_per_token(still, make_client):
    for _ in range(6):
        still.init(1_000)
    other = make_client(still.world).connect("secondaccount")
    assert other.init(1_000).status_code == 200


def test_the_day_holds_so_many_posts_and_creator_info_says_so_with_200(make_world, make_client, clip):
    client = make_client(make_world(rules={"posts_per_day": 2}, speed=0)).connect()
    for _ in range(2):
        client.post(clip)
    refused = client.init(1_000)
    assert codes([refused]) == [(403, "spam_risk_too_many_posts")]
    assert codes([client.api("/v2/post/publish/creator_info/query/")]) == [(200, "spam_risk_too_many_posts")]
    client.control("clock", {"jump_seconds": 60})
    client.control("clock", {"jump_seconds": 86_401})
    assert codes([client.init(1_000)]) == [(200, "ok")]


def test_a_sixth_pending_draft_is_refused_for_a_day(still):
    for _ in range(5):
        assert still.init(1_000, path="inbox/video/init").status_code == 200
    assert codes([still.init(1_000, path="inbox/video/init")]) == [(403, "spam_risk_too_many_pending_share")]
    still.control("clock", {"jump_seconds": 86_401})
    assert still.init(1_000, path="inbox/video/init").status_code == 200


def test_a_banned_user_cannot_post(still):
    still.control("account", {"account": "myaltaccount", "is_banned": True})
    assert codes([still.init(1_000)]) == [(403, "spam_risk_user_banned_from_posting")]
    assert codes([still.api("/v2/post/publish/creator_info/query/")]) == [(200, "spam_risk_user_banned_from_posting")]


def test_lists_page_by_time_and_never_hold_more_than_twenty(still):
    still.control("history", {"account": "myaltaccount", "count": 23})
    body, seen = {"max_count": 20}, []
    while True:
        data = still.api("/v2/video/list/?fields=id,create_time", body).json()["data"]
        seen += [video["id"] for video in data["videos"]]
        if not data["has_more"]:
            break
        body = {"max_count": 20, "cursor": data["cursor"]}
    assert len(seen) == len(set(seen)) == 23
    assert still.api("/v2/video/list/?fields=id", {"max_count": 21}).status_code == 400
    own = still.api("/v2/video/query/?fields=id", {"filters": {"video_ids": [seen[3], "7000000000000000000"]}})
    assert [video["id"] for video in own.json()["data"]["videos"]] == [seen[3]]
