"""A page that calls itself a video is refused with a sentence, never processed, and fetched right when it can be."""

from __future__ import annotations

from showing import Showing


def test_a_page_served_as_a_video_goes_no_further_and_can_be_fetched_again(show) -> None:
    showing: Showing = show("html-for-video")
    showing.person.watch({"value": "@techguru123", "rights": "own"})

    aside = showing.until(lambda: showing.videos("status=review"), 120)
    video = aside[0]
    assert video["error"]["step"] == "download"
    assert "web page" in video["error"]["message"].lower() or "html" in video["error"]["message"].lower()
    assert video["error"]["hint"]
    states = {seen["processing_status"] for seen in showing.videos()}
    assert states <= {"found", "skipped", "downloading", "review"}
    assert not list((showing.data_dir / "storage" / "videos").rglob("*.mp4"))
    assert showing.posts() == []
    assert showing.ledger()["inits"] == 0

    showing.end_faults()
    showing.ask("POST", f"/api/videos/{video['videoId']}/retry")
    mended = showing.until(lambda: finished(showing, video["videoId"]), 120)
    assert mended["error"] is None
    assert mended["local_path"]


def finished(showing: Showing, video_id: str) -> dict | None:
    video = showing.ask("GET", f"/api/videos/{video_id}")
    return video if video["processing_status"] in ("ready", "scheduled") else None
