"""From init to a public post: the documented happy path and each documented refusal."""

from __future__ import annotations

import re

from .client import reencode


def test_an_upload_becomes_exactly_one_public_post(client, clip):
    publish_id = client.post(clip, title="Paper boats ⛵ #paper")
    status = client.wait(publish_id, for_id=True)
    assert status["status"] == "PUBLISH_COMPLETE"
    (post_id,) = status["publicaly_available_post_id"]
    ledger = client.ledger()
    (post,) = ledger["posts"]
    assert (ledger["inits"], ledger["duplicates"]) == (1, 0)
    assert (post["account"], post["source_video"], post["post_id"]) == ("myaltaccount", 5, str(post_id))
    assert post["size_bytes"] == len(clip)
    assert post["caption"] == "Paper boats ⛵ #paper"
    (video,) = client.api("/v2/video/list/?fields=id,title,view_count,cover_image_url").json()["data"]["videos"]
    assert (video["id"], video["title"]) == (str(post_id), "Paper boats ⛵ #paper")
    assert client.http.get(video["cover_image_url"]).content[:2] == b"\xff\xd8"


def test_post_ids_are_bare_numbers_beyond_a_double(client, clip):
    publish_id = client.post(clip)
    client.wait(publish_id, for_id=True)
    raw = client.api("/v2/post/publish/status/fetch/", {"publish_id": publish_id}).text
    found = re.search(r'"publicaly_available_post_id": ?\[(\d{19})\]', raw)
    assert found
    assert int(found[1]) > 2**53


def test_the_id_stays_away_until_review_is_over(make_world, make_client, clip):
    client = make_client(make_world(moderation={"review_seconds": (50_000, 50_000)})).connect()
    publish_id = client.post(clip)
    status = client.wait(publish_id)
    assert (status["status"], status["publicaly_available_post_id"]) == ("PUBLISH_COMPLETE", [])
    assert client.api("/v2/video/list/?fields=id").json()["data"]["videos"] == []
    client.control("clock", {"jump_seconds": 50_001})
    assert len(client.status(publish_id)["publicaly_available_post_id"]) == 1
    assert len(client.api("/v2/video/list/?fields=id").json()["data"]["videos"]) == 1


def test_the_same_video_recoded_and_sent_twice_is_one_duplicate(client, clip, recoded):
    assert clip != recoded
    for data in (clip, recoded):
        client.wait(client.post(data))
    ledger = client.ledger()
    assert [post["source_video"] for post in ledger["posts"]] == [5, 5]
    assert ledger["duplicates"] == 1


def test_the_same_video_on_two_accounts_is_no_duplicate(client, make_client, clip):
    client.wait(client.post(clip))
    other = make_client(client.world).connect("secondaccount")
    other.wait(other.post(clip))
    assert client.ledger()["duplicates"] == 0


def test_a_private_post_completes_and_never_gets_an_id(client, clip):
    publish_id = client.post(clip, privacy="SELF_ONLY")
    client.wait(publish_id)
    client.control("clock", {"jump_seconds": 86_400})
    assert client.status(publish_id)["publicaly_available_post_id"] == []
    assert client.api("/v2/video/list/?fields=id").json()["data"]["videos"] == []


def test_a_draft_ends_in_the_inbox_until_the_creator_posts_it(client, clip):
    publish_id = client.post(clip, path="inbox/video/init")
    assert publish_id.startswith("v_inbox_file~v2.")
    assert client.wait(publish_id)["status"] == "SEND_TO_USER_INBOX"
    assert client.ledger()["posts"] == []
    client.control("inbox", {"publish_id": publish_id})
    assert client.wait(publish_id, for_id=True)["status"] == "PUBLISH_COMPLETE"
    assert len(client.ledger()["posts"]) == 1


def test_a_web_page_sent_as_video_fails_the_format_check(client):
    status = client.wait(client.post(b"<html>Please wait</html>" * 200))
    assert (status["status"], status["fail_reason"]) == ("FAILED", "file_format_check_failed")
    assert client.ledger()["posts"] == []


def test_media_outside_the_restrictions_fail_for_their_reason(make_world, make_client, clip_file, tmp_path):
    client = make_client(make_world(speed=6000)).connect()
    small = reencode(clip_file, tmp_path / "small.mp4", width=180, height=320, seconds=0.5)
    slow = reencode(clip_file, tmp_path / "slow.mp4", width=360, height=640, fps=12, seconds=1)
    assert client.wait(client.post(small))["fail_reason"] == "picture_size_check_failed"
    assert client.wait(client.post(slow))["fail_reason"] == "frame_rate_check_failed"
    client.control("account", {"account": "myaltaccount", "duration_max_seconds": 1})
    good = reencode(clip_file, tmp_path / "good.mp4", width=360, height=640, seconds=2)
    assert client.wait(client.post(good))["fail_reason"] == "duration_check_failed"


def test_a_fourth_of_the_privacy_levels_is_not_offered(client):
    info = client.api("/v2/post/publish/creator_info/query/").json()["data"]
    assert info["privacy_level_options"] == ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
    answer = client.init(1000, privacy="FOLLOWER_OF_CREATOR")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "privacy_level_option_mismatch")


def test_an_unaudited_app_posts_only_privately_to_private_accounts(make_world, make_client):
    client = make_client(make_world(scenario="unaudited", speed=6000)).connect()
    code = "unaudited_client_can_only_post_to_private_accounts"
    assert "PUBLIC_TO_EVERYONE" in client.api("/v2/post/publish/creator_info/query/").text
    assert client.init(1000).json()["error"]["code"] == code
    assert client.init(1000, privacy="SELF_ONLY").json()["error"]["code"] == code
    client.control("account", {"account": "myaltaccount", "is_private": True})
    assert client.init(1000, privacy="SELF_ONLY").json()["error"]["code"] == "ok"


def test_a_caption_counts_in_utf16_units(make_world, make_client):
    client = make_client(make_world(speed=6000)).connect()
    assert client.init(1000, title="🙂" * 1_100).json()["error"]["code"] == "ok"
    answer = client.init(1000, title="🙂" * 1_100 + "a")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_params")


def test_foreign_and_unknown_publish_ids_are_refused(client, make_client):
    mine = client.init(1000).json()["data"]["publish_id"]
    other = make_client(client.world).connect("secondaccount")
    path = "/v2/post/publish/status/fetch/"
    assert (
        other.api(path, {"publish_id": mine}).json()["error"]["code"] == "token_not_authorized_for_specified_publish_id"
    )
    assert other.api(path, {"publish_id": "v_pub~1"}).json()["error"]["code"] == "invalid_publish_id"
    assert client.api("/v2/post/publish/cancel/", {"publish_id": mine}).json()["error"]["code"] == (
        "publish_not_cancellable"
    )


def test_a_pull_from_an_unverified_address_is_refused(client):
    body = {
        "post_info": {"privacy_level": "SELF_ONLY"},
        "source_info": {"source": "PULL_FROM_URL", "video_url": "https://cdn.example/x.mp4"},
    }
    answer = client.api("/v2/post/publish/video/init/", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "url_ownership_unverified")


def test_views_grow_with_world_time(client, clip):
    client.wait(client.post(clip), for_id=True)

    def views():
        return client.api("/v2/video/list/?fields=view_count").json()["data"]["videos"][0]["view_count"]

    early = views()
    client.control("clock", {"jump_seconds": 6 * 3_600})
    assert views() > early + 20
