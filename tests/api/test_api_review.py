"""What a person asks of posts over HTTP: see what waits, answer, repeat, reorder, stop everything."""

from __future__ import annotations

from typing import Any

import pytest
from api_door import Door
from api_rows import ACCOUNT, MOMENT, put_account, put_finished_video, put_post

from reposter.deliver.publishing.attempt import AttemptState, Handover
from reposter.deliver.publishing.tables import ApiCallRow, AttemptRow
from reposter.deliver.scheduling.service import change_post
from reposter.deliver.scheduling.tables import PostState

CANDIDATE = {
    "video_id": "7399999999999999999",
    "share_url": f"https://www.tiktok.com/{ACCOUNT}/video/7399999999999999999",
    "description": "Clip 1",
    "created_at": "2026-03-01T12:01:00+00:00",
}


def a_post(door: Door, status: PostState, number: int = 1, **columns: object) -> int:
    post_id = put_post(door.app, put_finished_video(door.app, number))
    with door.app.database.transaction() as session:
        change_post(session, post_id, now=MOMENT, status=status, **columns)
    return post_id


def a_post_in_doubt(door: Door) -> int:
    put_account(door.app)
    post_id = a_post(door, PostState.REVIEW, error_code="live_unknown", error_message="TikTok never said.")
    with door.app.database.transaction() as session:
        session.add(
            AttemptRow(
                post_id=str(post_id), n=1, state=AttemptState.COMMITTING, account=ACCOUNT, content_sha256="0" * 64,
                size_bytes=1, chunk_bytes=1, created_at=MOMENT, updated_at=MOMENT, publish_id="v_pub~1",
                commit_at=MOMENT, handover=Handover.NEEDS_HUMAN,
                verdict={"status": "PROCESSING_UPLOAD", "candidates": [CANDIDATE]},
            )
        )  # fmt: skip
        session.add(
            ApiCallRow(
                post_id=str(post_id), n=1, op="init", started_at=MOMENT, ended_at=MOMENT, outcome="ok", log_id="L1"
            )
        )
    return post_id


def ask(door: Door, method: str, path: str, **more: Any) -> dict[str, Any]:
    answer = door.http.request(method, path, **more)
    assert answer.status_code < 300, answer.text
    return dict(answer.json())


def test_a_post_in_doubt_is_shown_with_its_evidence_and_answered(door: Door) -> None:
    post_id = a_post_in_doubt(door)
    (item,) = ask(door, "GET", "/api/review")["items"]
    assert (item["post"]["id"], item["what"], item["code"]) == (post_id, "TikTok never said.", "live_unknown")
    assert item["evidence"]["candidates"] == [CANDIDATE]
    assert item["evidence"]["said"] == "PROCESSING_UPLOAD"
    assert item["actions"] == ["answer_live", "answer_not_live"]
    answer = {"live": True, "link": CANDIDATE["share_url"]}
    assert ask(door, "POST", f"/api/posts/{post_id}/answer", json=answer)["status"] == "posted"
    assert ask(door, "GET", "/api/review")["items"] == []


def test_a_post_in_doubt_cannot_be_repeated_by_any_route(door: Door) -> None:
    post_id = a_post_in_doubt(door)
    refused = door.http.post(f"/api/posts/{post_id}/retry")
    assert (refused.status_code, refused.json()["code"]) == (409, "post_settled")
    assert "twice" in refused.json()["detail"]
    assert ask(door, "POST", "/api/posts/retry-failed") == {"queued": 0, "held": 0, "left": 0}


def test_the_story_of_a_post_holds_its_tries_and_calls(door: Door) -> None:
    post_id = a_post_in_doubt(door)
    story = ask(door, "GET", f"/api/posts/{post_id}")
    assert story["item"]["post"]["id"] == post_id
    assert [(one["n"], one["state"]) for one in story["attempts"]] == [(1, "COMMITTING")]
    assert [(one["op"], one["log_id"]) for one in story["calls"]] == [("init", "L1")]
    page = ask(door, "GET", f"/api/posts/{post_id}/calls?limit=1")
    assert page["items"] == story["calls"]
    assert ask(door, "GET", f"/api/posts/{post_id}/calls?after={page['next']}") == {"items": [], "next": None}
    for path in ("/api/posts/404", "/api/posts/404/calls"):
        assert door.http.get(path).status_code == 404


def test_failed_posts_are_repeated_one_by_one_or_all_at_once(door: Door) -> None:
    failed = [a_post(door, PostState.FAILED, number, error_message="No.") for number in (1, 2, 3)]
    again = ask(door, "POST", f"/api/posts/{failed[0]}/retry")
    assert again["status"] == PostState.HELD and again["reason"]  # nobody has said on what ground it is used
    assert ask(door, "POST", "/api/posts/retry-failed", json={"account": "@nobody"})["held"] == 0
    assert ask(door, "POST", "/api/posts/retry-failed", json={"account": ACCOUNT}) == {
        "queued": 0, "held": 2, "left": 0,
    }  # fmt: skip


def test_a_priority_is_one_of_three(door: Door) -> None:
    post_id = a_post(door, PostState.QUEUED)
    assert ask(door, "PUT", f"/api/posts/{post_id}/priority", json={"priority": "high"})["id"] == post_id
    assert ask(door, "GET", f"/api/posts/{post_id}")["item"]["post"]["priority"] == "high"
    assert door.http.put(f"/api/posts/{post_id}/priority", json={"priority": "urgent"}).status_code == 422


def test_all_publishing_is_paused_and_resumed(door: Door) -> None:
    for path, paused in (("pause", True), ("pause", True), ("resume", False)):
        assert ask(door, "POST", f"/api/publishing/{path}") == {"paused": paused}
        assert door.app.options().publishing.paused is paused


def test_what_waits_is_paged_by_key(door: Door) -> None:
    for number in range(1, 4):
        a_post(door, PostState.FAILED, number)
    first = ask(door, "GET", "/api/review?limit=2")
    second = ask(door, "GET", f"/api/review?limit=2&after={first['next']}")
    ids = [item["post"]["id"] for item in first["items"] + second["items"]]
    assert len(set(ids)) == 3 and second["next"] is None


@pytest.mark.parametrize("status", [PostState.SKIPPED, PostState.CANCELLED, PostState.QUEUED, PostState.POSTED])
def test_what_waits_for_nobody_is_not_shown(door: Door, status: PostState) -> None:
    a_post(door, status)
    assert ask(door, "GET", "/api/review")["items"] == []
