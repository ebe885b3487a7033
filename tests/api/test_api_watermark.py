"""What a person sees of a mark's removal over HTTP, and what they may decide about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from api_door import Door
from api_rows import MOMENT, file_outside, put_finished_video, put_post

from reposter.api.guards import BODY_BYTES_MAX
from reposter.deliver.scheduling.service import change_post
from reposter.deliver.scheduling.tables import PostState
from reposter.library.service import change_video
from reposter.library.states import VideoState

DETAILS = {"judge": {"verdict": "doubtful"}, "regions": [[0.1, 0.8, 0.4, 0.9]]}
REPORT = {"steps": [{"name": "watermark_removal", "outcome": "held", "why": "In doubt.", "details": DETAILS}]}


def put_doubtful_video(door: Door, number: int = 1) -> str:
    """A finished video of which both versions lie on the disk, with its downloaded file."""
    app = door.app
    video_id = put_finished_video(app, number)
    cleaned, original = app.layout.cleaned(video_id, MOMENT), app.layout.original(video_id, MOMENT)
    cleaned.write_bytes(b"the cleaned one")
    original.write_bytes(b"as downloaded")
    with app.database.transaction() as session:
        change_video(
            session,
            video_id,
            now=MOMENT,
            original_path=app.layout.relative(original),
            alternative_path=app.layout.relative(cleaned),
            alternative_sha256="1" * 64,
            alternative_bytes=15,
            watermark_outcome="held",
            report=REPORT,
        )
    return video_id


def put_held_post(door: Door, video_id: str) -> int:
    post_id = put_post(door.app, video_id)
    with door.app.database.transaction() as session:
        change_post(session, post_id, now=MOMENT, status=PostState.HELD, error_code="watermark_doubtful")
    return post_id


def decide(door: Door, video_id: str, **body: Any) -> Any:
    return door.http.post(f"/api/videos/{video_id}/watermark", json=body)


def test_what_waits_for_a_choice_is_shown_with_both_versions_and_the_steps_figures(door: Door) -> None:
    video_id = put_doubtful_video(door)
    post_id = put_held_post(door, video_id)
    (item,) = door.http.get("/api/review").json()["items"]
    assert item["actions"] == ["choose_version", "cancel"]
    mark = item["watermark"]
    assert (mark["outcome"], mark["why"], mark["details"], mark["choice"]) == ("held", "In doubt.", DETAILS, None)
    assert [(one["version"], one["is_chosen"]) for one in mark["versions"]] == [("original", False), ("cleaned", False)]
    answers = [door.http.get(one["url"]) for one in mark["versions"]]
    assert [answer.content for answer in answers] == [f"bytes of {video_id}.mp4".encode(), b"the cleaned one"]
    assert {answer.headers["content-type"] for answer in answers} == {"video/mp4"}
    assert door.http.get(f"/api/videos/{video_id}").json()["watermark"] == mark
    assert door.http.get(f"/api/posts/{post_id}").json()["item"]["watermark"] == mark


def test_the_version_that_was_chosen_is_the_finished_file_and_both_keep_their_addresses(door: Door) -> None:
    video_id = put_doubtful_video(door)
    before = [version_bytes(door, video_id, name) for name in ("original", "cleaned")]
    chosen = decide(door, video_id, choice="cleaned")
    assert chosen.status_code == 202
    assert chosen.json()["watermark"]["choice"] == "cleaned"
    assert [one["is_chosen"] for one in chosen.json()["watermark"]["versions"]] == [False, True]
    assert door.http.get(f"/api/videos/{video_id}/file").content == b"the cleaned one"
    assert [version_bytes(door, video_id, name) for name in ("original", "cleaned")] == before
    assert decide(door, video_id, choice="cleaned").json() == chosen.json()


def version_bytes(door: Door, video_id: str, name: str) -> bytes:
    answer = door.http.get(f"/api/videos/{video_id}/versions/{name}")
    assert answer.status_code == 200
    return bytes(answer.content)


def test_a_video_is_processed_again_with_regions_and_shows_them(door: Door) -> None:
    video_id = put_doubtful_video(door)
    wishes = {"protect": [[0, 0, 0.5, 0.25]], "marks": [[0.1, 0.8, 0.4, 0.9]], "inpaint": True}
    answer = decide(door, video_id, choice="again", **wishes)
    assert (answer.status_code, answer.json()["processing_status"]) == (202, "downloaded")
    assert answer.json()["watermark"]["wishes"] == wishes
    other = decide(door, video_id, choice="again")
    assert (other.status_code, other.json()["code"]) == (409, "video_not_ready")
    assert other.json()["hint"]


def test_a_request_that_is_sent_again_with_its_key_is_carried_out_once(door: Door) -> None:
    video_id = put_doubtful_video(door)
    path, body = f"/api/videos/{video_id}/watermark", {"choice": "again"}
    first, second = (door.http.post(path, json=body, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.json(), second.headers["Idempotency-Replayed"]) == (second.json(), "true")
    assert len(door.app.line.unfinished("process_video")) == 1


@pytest.mark.parametrize("status", [PostState.PROCESSING, PostState.POSTED])
def test_a_post_on_its_way_refuses_with_a_sentence(door: Door, status: PostState) -> None:
    video_id = put_doubtful_video(door)
    post_id = put_held_post(door, video_id)
    with door.app.database.transaction() as session:
        change_post(session, post_id, now=MOMENT, status=status)
    refused = decide(door, video_id, choice="cleaned")
    assert (refused.status_code, refused.json()["code"]) == (409, "post_settled")
    assert f"Post {post_id}" in refused.json()["detail"] and refused.json()["hint"]


def test_a_video_that_is_processed_now_refuses_with_a_sentence(door: Door) -> None:
    video_id = put_doubtful_video(door)
    with door.app.database.transaction() as session:
        change_video(session, video_id, now=MOMENT, processing_status=VideoState.PROCESSING)
    refused = decide(door, video_id, choice="original")
    assert (refused.status_code, "is processing" in refused.json()["detail"]) == (409, True)


def test_one_version_is_no_choice_and_has_no_second_file(door: Door) -> None:
    video_id = put_finished_video(door.app, 1)
    refused = decide(door, video_id, choice="cleaned")
    assert (refused.status_code, refused.json()["code"]) == (409, "no_second_version")
    missing = door.http.get(f"/api/videos/{video_id}/versions/cleaned")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert door.http.get(f"/api/videos/{video_id}").json()["watermark"] is None


def test_a_path_in_a_row_that_leads_out_of_the_storage_is_not_served(door: Door) -> None:
    video_id = put_doubtful_video(door)
    secret = file_outside(door.app.layout.data_dir)
    with door.app.database.transaction() as session:
        change_video(session, video_id, now=MOMENT, alternative_path=f"../{secret.name}")
    answer = door.http.get(f"/api/videos/{video_id}/versions/cleaned")
    assert answer.status_code == 500 and b"the secret" not in answer.content


# Bad input: each a sentence with a remedy, and nothing is changed


@pytest.fixture(scope="module")
def doubtful(shared_door: Door) -> Iterator[tuple[Door, str]]:
    video_id = put_doubtful_video(shared_door)
    before = shared_door.http.get(f"/api/videos/{video_id}").json()
    yield shared_door, video_id
    assert shared_door.http.get(f"/api/videos/{video_id}").json() == before


BAD = {
    "three numbers": '{"choice": "again", "marks": [[0, 0, 1]]}',
    "five numbers": '{"choice": "again", "marks": [[0, 0, 1, 1, 1]]}',
    "not a number": '{"choice": "again", "protect": [[NaN, 0, 1, 1]]}',
    "infinite": '{"choice": "again", "protect": [[0, 0, Infinity, 1]]}',
    "reversed": '{"choice": "again", "protect": [[0.5, 0, 0.2, 1]]}',
    "no area": '{"choice": "again", "protect": [[0.5, 0.5, 0.5, 0.5]]}',
    "outside": '{"choice": "again", "marks": [[0, 0, 1.2, 1]]}',
    "negative": '{"choice": "again", "marks": [[-0.1, 0, 1, 1]]}',
    "pixels": '{"choice": "again", "marks": [[10, 20, 300, 400]]}',
    "too many": '{"choice": "again", "marks": [' + ", ".join(["[0, 0, 1, 1]"] * 17) + "]}",
    "regions for a file that is there": '{"choice": "cleaned", "marks": [[0, 0, 1, 1]]}',
}
OF_THE_WRONG_SHAPE = {
    "words": '{"choice": "again", "marks": [["a", 0, 1, 1]]}',
    "numbers as words": '{"choice": "again", "marks": [["0", 0, 1, 1]]}',
    "claims": '{"choice": "again", "marks": [[true, 0, 1, 1]]}',
    "one region instead of a list": '{"choice": "again", "marks": [0, 0, 1, 1]}',
    "an unknown choice": '{"choice": "both"}',
    "no choice": "{}",
    "an unknown field": '{"choice": "again", "mark": []}',
    "inpaint in words": '{"choice": "again", "inpaint": "false"}',
    "no JSON": "{",
}


@pytest.mark.parametrize("case", [*BAD, *OF_THE_WRONG_SHAPE])
def test_bad_input_is_refused_with_a_sentence_and_a_remedy(doubtful: tuple[Door, str], case: str) -> None:
    door, video_id = doubtful
    body = (BAD | OF_THE_WRONG_SHAPE)[case]
    refused = door.http.post(
        f"/api/videos/{video_id}/watermark", content=body, headers={"content-type": "application/json"}
    )
    assert refused.status_code == (400 if case in BAD else 422)
    problem = refused.json()
    assert problem["detail"] and problem["hint"] and problem["code"] != "unexpected"


def test_an_unknown_video_and_an_unknown_version_are_named(doubtful: tuple[Door, str]) -> None:
    door, video_id = doubtful
    missing = decide(door, "1", choice="again")
    assert (missing.status_code, missing.json()["code"]) == (404, "video_unknown")
    assert decide(door, "no such id", choice="again").status_code == 422
    assert door.http.get("/api/videos/1/versions/cleaned").status_code == 404
    assert door.http.get(f"/api/videos/{video_id}/versions/third").status_code == 422


def test_a_body_that_is_too_large_is_refused_whether_or_not_it_says_so(doubtful: tuple[Door, str]) -> None:
    door, video_id = doubtful
    path = f"/api/videos/{video_id}/watermark"
    body = b'{"choice": "again", "marks": [' + b"[0, 0, 1, 1]," * (BODY_BYTES_MAX // 10) + b"[0, 0, 1, 1]]}"
    told = door.http.post(path, content=body, headers={"content-type": "application/json"})
    assert (told.status_code, told.json()["code"]) == (413, "body_too_large")
    assert told.json()["hint"]
    pieces = (body[start : start + 65536] for start in range(0, len(body), 65536))
    untold = door.http.post(path, content=pieces, headers={"content-type": "application/json"})
    assert untold.status_code == 413 and "at most" in untold.json()["detail"]
