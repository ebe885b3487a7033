"""The nine routes of the specification, spelt and shaped as it says."""

from __future__ import annotations

import pytest
from api_door import Door
from api_rows import ACCOUNT, put_account, put_finished_video, put_post, put_video

from reposter.deliver.scheduling.tables import PostState
from reposter.kit.eventlog import record
from reposter.vocabulary.events import ErrorOccurred, payload_of

OF_THE_SPECIFICATION = (
    ("get", "/api/dashboard/stats"),
    ("get", "/api/sources"),
    ("post", "/api/sources"),
    ("get", "/api/videos"),
    ("put", "/api/videos/{video_id}"),
    ("get", "/api/logs"),
    ("post", "/api/publish/{video_id}"),
    ("get", "/api/settings"),
    ("put", "/api/settings"),
)
SOURCE = {
    "type": "username",
    "value": "@techguru123",
    "frequency": "custom",
    "cronExpression": "0 */6 * * *",
    "active": True,
    "filters": {"minViews": 10000, "maxAge": "7d", "videoQuality": "720p+"},
}


@pytest.mark.parametrize(("method", "path"), OF_THE_SPECIFICATION)
def test_a_route_of_the_specification_is_served_and_documented(shared_door: Door, method: str, path: str) -> None:
    paths = shared_door.http.get("/api/openapi.json").json()["paths"]
    assert method in paths[path]
    answer = shared_door.http.request(method, path.replace("{video_id}", "1"), json={})
    assert answer.status_code != 405
    assert answer.headers["content-type"].startswith(("application/json", "application/problem+json"))


def test_stats_have_the_timestamp_and_the_metrics_of_the_specification(shared_door: Door) -> None:
    stats = shared_door.http.get("/api/dashboard/stats").json()
    assert stats["timestamp"].endswith("Z")
    assert set(stats) == {"timestamp", "metrics"}


def test_a_source_is_added_as_the_specification_writes_it_and_listed(door: Door) -> None:
    added = door.http.post("/api/sources", json=SOURCE)
    assert added.status_code == 201
    listed = door.http.get("/api/sources").json()["items"]
    assert listed == [added.json()]
    assert {name: listed[0][name] for name in SOURCE} == SOURCE
    assert listed[0]["rights"] == "unknown"


def test_a_source_is_changed_and_what_is_left_out_stays(door: Door) -> None:
    door.http.post("/api/sources", json=SOURCE)
    filters = {"captionWords": ["cable"], "authors": ["@techguru123"]}
    answer = door.http.put(f"/api/sources/{SOURCE['value']}", json={"filters": filters})
    assert answer.status_code == 200
    changed = answer.json()
    assert (changed["filters"], changed["frequency"], changed["videosTaken"]) == (filters, SOURCE["frequency"], [])
    assert door.http.put(f"/api/sources/{SOURCE['value']}", json={"active": False}).json()["active"] is False
    for wrong in ({}, {"filters": {"minVeiws": 1}}, {"cronExpression": "61 * * * *"}, {"frequency": "daily", "x": 1}):
        assert door.http.put(f"/api/sources/{SOURCE['value']}", json=wrong).status_code in (400, 422), wrong


def test_a_right_is_given_until_a_moment(door: Door) -> None:
    door.http.post("/api/sources", json=SOURCE)
    at = f"/api/sources/{SOURCE['value']}/rights"
    answer = door.http.put(at, json={"basis": "licensed", "until": "2999-12-31T23:00:00+01:00"}).json()["source"]
    assert (answer["rights"], answer["rightsUntil"]) == ("licensed", "2999-12-31T22:00:00Z")
    assert door.http.get("/api/sources").json()["items"][0]["rightsUntil"] == "2999-12-31T22:00:00Z"
    for wrong in ("2001-01-01T00:00:00Z", "2999-12-31T23:00:00", "soon"):
        assert door.http.put(at, json={"basis": "own", "until": wrong}).status_code in (400, 422), wrong


def test_videos_are_filtered_by_state_source_author_and_words(door: Door) -> None:
    wanted = put_video(door.app, 1, source_id="s1")
    put_finished_video(door.app, 2)

    def ids(query: str) -> list[str]:
        return [video["videoId"] for video in door.http.get(f"/api/videos?{query}").json()["items"]]

    assert ids("status=found") == [wanted]
    assert ids("source=s1") == [wanted]
    assert ids("q=clip 1") == [wanted]
    assert ids("author=@nobody") == []
    assert len(ids("status=found&status=ready&author=@techguru123")) == 2


def test_a_video_is_corrected_and_what_is_left_out_stays(door: Door) -> None:
    video_id = put_video(door.app, 1)
    before = door.http.get(f"/api/videos/{video_id}").json()
    answer = door.http.put(f"/api/videos/{video_id}", json={"caption": "Mine", "hashtags": ["#one", "#zwei"]})
    assert answer.status_code == 200
    after = door.http.get(f"/api/videos/{video_id}").json()
    assert answer.json() == after
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"caption", "hashtags", "updated_at"}


def test_logs_come_newest_first_with_the_facts_of_the_event(door: Door) -> None:
    with door.app.database.transaction() as session:
        for number in range(3):
            event = ErrorOccurred("disk", f"message {number}", "hint", "retry_later", "download")
            record(session, ErrorOccurred.TYPE, payload_of(event), level="error", video_id=str(number))
    page = door.http.get("/api/logs?level=error").json()
    assert [line["payload"]["message"] for line in page["items"]] == ["message 2", "message 1", "message 0"]
    assert [line["videoId"] for line in door.http.get("/api/logs?video=1").json()["items"]] == ["1"]
    assert door.http.get("/api/logs?level=debug").json() == {"items": [], "next": None}


def test_publishing_by_hand_answers_with_the_queued_post(door: Door) -> None:
    put_account(door.app)
    video_id = put_finished_video(door.app, 1)
    answer = door.http.post(f"/api/publish/{video_id}")
    assert answer.status_code == 202
    assert answer.json()["video_id"] == video_id
    assert answer.json()["account"] == ACCOUNT
    assert answer.json()["status"] == PostState.HELD  # nobody has said on what ground it is used
    assert "ground" in answer.json()["reason"] or "rights" in answer.json()["reason"].lower()
    assert [post["id"] for post in door.http.get("/api/posts").json()["items"]] == [answer.json()["id"]]


def test_a_post_that_was_not_begun_is_cancelled(door: Door) -> None:
    post_id = put_post(door.app, put_finished_video(door.app, 1))
    assert door.http.post(f"/api/posts/{post_id}/cancel").json()["status"] == "cancelled"
    assert door.http.post(f"/api/posts/{post_id}/cancel").status_code == 409


def test_the_other_pages_of_the_dashboard_answer_on_an_empty_line(shared_door: Door) -> None:
    for path in ("/api/overview", "/api/agents", "/api/accounts", "/api/posts", "/api/events/shapes"):
        assert shared_door.http.get(path).status_code == 200, path


def test_health_is_told_apart_from_readiness(shared_door: Door) -> None:
    assert shared_door.http.get("/healthz").json() == {"status": "alive"}
    ready = shared_door.http.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["reasons"] == ["No agent serves the line; start it with `reposter up`."]
    metrics = shared_door.http.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    assert "reposter_stage_items" in metrics.text
