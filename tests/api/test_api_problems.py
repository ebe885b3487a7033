"""Whatever goes wrong comes as problem+json with a code, and a hint where a person can mend it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from api_door import Door
from api_rows import file_outside, put_finished_video, put_video
from structlog.testing import capture_logs

from reposter.kit.clock import utc_now
from reposter.library.service import change_video


def assert_is_problem(answer: httpx.Response, status: int, code: str, *, with_hint: bool = True) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = answer.json()
    assert problem["status"] == status
    assert problem["code"] == code
    assert problem["title"] and problem["detail"]
    assert bool(problem["hint"]) is with_hint or problem["hint"], problem
    assert "Traceback" not in answer.text
    return problem


KINDS = (  # method, path, body, status, code
    ("post", "/api/sources", {"value": "not a name!"}, 400, "not_a_tiktok_source"),
    ("post", "/api/sources", {"value": "@name", "frequency": "custom", "cronExpression": "0 0 30 2 *"}, 400,
     "cron_never_fires"),
    ("post", "/api/sources", {"value": "@name", "frequency": "custom", "cronExpression": "x"}, 400, "invalid_cron"),
    ("post", "/api/sources", {"value": "@name", "filters": {"minViewz": 1}}, 400, "invalid_input"),
    ("post", "/api/sources", {"value": "@name", "frequency": "1_seconds"}, 400, "scan_too_frequent"),
    ("post", "/api/sources", {"value": "@name", "more": 1}, 422, "invalid_request"),
    ("post", "/api/sources", {}, 422, "invalid_request"),
    ("post", "/api/sources/nobody/scan", None, 404, "source_unknown"),
    ("put", "/api/sources/nobody/rights", {"basis": "own"}, 404, "source_unknown"),
    ("get", "/api/videos?after=nonsense", None, 400, "invalid_input"),
    ("get", "/api/videos?after=bm93fDE=", None, 400, "invalid_input"),
    ("get", "/api/videos?limit=0", None, 422, "invalid_request"),
    ("get", "/api/videos?limit=201", None, 422, "invalid_request"),
    ("get", "/api/videos/404", None, 404, "video_unknown"),
    ("get", "/api/videos/404/file", None, 404, "video_unknown"),
    ("get", "/api/videos/404/thumbnails/0", None, 404, "video_unknown"),
    ("post", "/api/videos/404/retry", None, 404, "video_unknown"),
    ("post", "/api/publish/404", None, 404, "video_unknown"),
    ("post", "/api/posts/404/cancel", None, 404, "post_unknown"),
    ("post", "/api/accounts/connect", None, 409, "tiktok_app_missing"),
    ("put", "/api/accounts/@nobody/choices", {"allow_duet": True}, 404, "not_found"),
    ("put", "/api/settings", {"nonsense": 1}, 400, "settings_invalid"),
)  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "status", "code"), KINDS)
def test_a_mistake_is_answered_with_its_code_and_a_hint(
    shared_door: Door, method: str, path: str, body: object, status: int, code: str
) -> None:
    assert_is_problem(shared_door.http.request(method, path, json=body), status, code)


def test_a_source_twice_is_a_conflict(door: Door) -> None:
    assert door.http.post("/api/sources", json={"value": "@name"}).status_code == 201
    assert_is_problem(door.http.post("/api/sources", json={"value": "@NAME"}), 409, "source_exists")


def test_a_video_that_is_not_ready_is_not_posted(door: Door) -> None:
    video_id = put_video(door.app, 1)
    assert_is_problem(door.http.post(f"/api/publish/{video_id}"), 409, "video_not_ready")


def test_a_finished_video_without_an_account_says_that_one_is_missing(door: Door) -> None:
    assert_is_problem(door.http.post(f"/api/publish/{put_finished_video(door.app, 1)}"), 409, "no_account")


def test_a_body_that_is_no_json_is_a_mistake_of_the_caller(shared_door: Door) -> None:
    for body in (b"{", b"\xff\xfe", b"[1]", b'"\\ud800"', b"null"):
        answer = shared_door.http.post("/api/sources", content=body, headers={"content-type": "application/json"})
        assert_is_problem(answer, 422, "invalid_request")


@pytest.mark.parametrize("text", ["\ud800", "nul \x00 byte", "\u202egnp.exe"], ids=["surrogate", "nul", "bidi"])
def test_hostile_text_is_kept_as_it_is_or_refused(door: Door, text: str) -> None:
    video_id = put_video(door.app, 1)
    escaped = text.encode("unicode_escape").decode().replace("\\x00", "\\u0000")
    body = f'{{"caption": "{escaped}"}}'.encode()
    answer = door.http.put(f"/api/videos/{video_id}", content=body, headers={"content-type": "application/json"})
    if answer.status_code == 200:
        assert answer.json()["caption"] == text
    else:
        assert answer.status_code in (400, 422), answer.text


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/videos/1/nothing", "/api/../api/nothing"])
def test_an_unknown_address_under_api_is_a_problem_and_no_page(shared_door: Door, path: str) -> None:
    problem = assert_is_problem(shared_door.http.get(path), 404, "not_found", with_hint=False)
    assert problem["type"] == "about:blank"


def test_a_method_that_an_address_does_not_take_is_said_so(shared_door: Door) -> None:
    answer = shared_door.http.delete("/api/sources")
    assert_is_problem(answer, 405, "http_error", with_hint=False)
    assert answer.headers["allow"]


def test_a_deep_link_of_the_dashboard_is_answered_with_its_page(shared_door: Door) -> None:
    answer = shared_door.http.get("/videos/7000000000000000001")
    assert answer.status_code in (200, 503)  # 503: the page that says how to build the dashboard
    assert answer.headers["content-type"].startswith("text/html")


TRAVERSALS = (
    "/../outside.txt",
    "/..%2f..%2foutside.txt",
    "/%2e%2e/%2e%2e/outside.txt",
    "/assets/../../../pyproject.toml",
    "/assets/..%2f..%2f..%2fapp.py",
    "/assets/%2e%2e%2fapp.py",
    "/..%5c..%5coutside.txt",
    "//etc/passwd.txt",
    "/%2fetc%2fhosts.conf",
    "/.build.json",
    "/assets/.hidden.js",
)


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_address_leads_out_of_the_dashboards_folder(shared_door: Door, path: str) -> None:
    answer = raw_get(shared_door, path)
    assert answer.status_code == 404, answer.text[:200]
    assert_is_problem(answer, 404, "not_found", with_hint=False)


@pytest.mark.parametrize("path", ["/a%00.js", "/assets/a%00.js", f"/{'a' * 300}.js", f"/assets/{'b' * 5000}.js"])
def test_a_name_that_no_file_can_have_is_not_found(shared_door: Door, path: str) -> None:
    assert raw_get(shared_door, path).status_code == 404


@pytest.mark.parametrize("video_id", ["..", "%2e%2e", "..%2f..", "a%2fb", "x" * 51, "a.b", "%00"])
def test_a_video_id_is_never_a_path(shared_door: Door, video_id: str) -> None:
    for tail in ("/file", "/thumbnails/0", "/thumbnails/..", "/thumbnails/-1", "/thumbnails/99"):
        answer = raw_get(shared_door, f"/api/videos/{video_id}{tail}")
        assert answer.status_code in (404, 422), (tail, answer.text)
        assert answer.headers["content-type"].startswith("application/problem+json")


def test_a_finished_file_and_its_stills_are_served(door: Door) -> None:
    video_id = put_finished_video(door.app, 1)
    file = door.http.get(f"/api/videos/{video_id}/file")
    assert (file.status_code, file.headers["content-type"]) == (200, "video/mp4")
    assert file.content == f"bytes of {video_id}.mp4".encode()
    still = door.http.get(door.http.get(f"/api/videos/{video_id}").json()["thumbnail_url"])
    assert (still.status_code, still.headers["content-type"]) == (200, "image/jpeg")
    assert_is_problem(door.http.get(f"/api/videos/{video_id}/thumbnails/3"), 404, "not_found")


def test_a_part_of_a_file_can_be_asked_for(door: Door) -> None:
    video_id = put_finished_video(door.app, 1)
    part = door.http.get(f"/api/videos/{video_id}/file", headers={"range": "bytes=0-4"})
    assert (part.status_code, part.content) == (206, b"bytes")


def test_a_file_that_is_not_there_yet_is_not_found(door: Door) -> None:
    video_id = put_video(door.app, 1)
    assert_is_problem(door.http.get(f"/api/videos/{video_id}/file"), 404, "not_found")
    assert_is_problem(door.http.get(f"/api/videos/{video_id}/thumbnails/0"), 404, "not_found")


def test_a_file_that_was_deleted_behind_our_back_is_not_found(door: Door) -> None:
    video_id = put_finished_video(door.app, 1)
    for path in (door.app.layout.storage).rglob("*.*"):
        if path.suffix in (".mp4", ".jpg"):
            path.unlink()
    assert_is_problem(door.http.get(f"/api/videos/{video_id}/file"), 404, "not_found")
    assert_is_problem(door.http.get(f"/api/videos/{video_id}/thumbnails/0"), 404, "not_found")


def test_a_row_that_points_out_of_the_storage_gives_nothing_away(door: Door) -> None:
    video_id = put_finished_video(door.app, 1)
    secret = file_outside(door.app.layout.data_dir)
    with door.app.database.transaction() as session:
        change_video(session, video_id, now=utc_now(), local_path="../outside.txt", thumbnails=["../outside.txt"])
    for tail in ("file", "thumbnails/0"):
        with capture_logs() as logged:
            answer = httpx.get(f"{door.url}/api/videos/{video_id}/{tail}", trust_env=False, timeout=20)
        assert_is_problem(answer, 500, "unexpected")
        assert secret.read_text() not in answer.text
        assert [line["event"] for line in logged] == ["request.unexpected"]


def raw_get(door: Door, path: str) -> httpx.Response:
    """As written: no client may tidy the dots away first."""
    url = httpx.URL(door.url).copy_with(raw_path=path.encode())
    return door.http.send(httpx.Request("GET", url))
