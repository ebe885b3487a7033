"""A source that nobody has answered for: everything private is done, nothing goes out until somebody answers."""

from __future__ import annotations

from showing import Showing

UNANSWERED = "@craftcorner"


def test_posts_of_a_source_without_rights_wait_for_the_answer_and_go_out_once(show) -> None:
    showing: Showing = show("happy-day")
    showing.person.watch({"value": UNANSWERED})

    held = showing.until(lambda: of(showing, "held"), 120)
    assert all(post["reason"] for post in held)
    video_ids = {post["video_id"] for post in held}
    videos = [video for video in showing.videos(f"author={UNANSWERED}") if video["videoId"] in video_ids]
    assert {video["processing_status"] for video in videos} == {"scheduled"}
    assert all(video["local_path"] for video in videos), "it was downloaded and processed all the same"
    steps = {step["name"]: step["outcome"] for step in videos[0]["report"]["steps"]}
    assert steps["watermark_removal"] == "held"
    assert not posted_of(showing), "nothing goes out without an answer"

    answer = showing.ask("PUT", f"/api/sources/{UNANSWERED}/rights", json={"basis": "own", "evidence": "my channel"})
    assert set(answer["releasedPosts"]) >= {post["id"] for post in held}
    showing.until(lambda: of(showing, "posted"), 120)

    showing.person.hold_publishing()
    showing.until(showing.person.is_nothing_on_its_way)
    ledger = showing.ledger()
    assert ledger["duplicates"] == 0
    assert len(posted_of(showing)) == len(of(showing, "posted")) >= 1


def of(showing: Showing, status: str) -> list[dict]:
    """Posts in that state whose video is by the unanswered source."""
    ids = {video["videoId"] for video in showing.videos(f"author={UNANSWERED}")}
    return [post for post in showing.posts(f"status={status}") if post["video_id"] in ids]


def posted_of(showing: Showing) -> list[dict]:
    """What the world has of it."""
    return [post for post in showing.ledger()["posts"] if UNANSWERED in post["caption"]]
