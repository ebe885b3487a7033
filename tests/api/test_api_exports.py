"""Packages over HTTP: made, downloaded, refused."""

from __future__ import annotations

import io
import zipfile

import pytest
from api_rows import MOMENT, put_account, put_finished_video, put_post, put_video

from reposter.acquire.sources.rules import parse_source
from reposter.acquire.sources.service import SourceConfig, add_source
from reposter.deliver.scheduling.service import change_post
from reposter.guard.rights.service import declare_basis
from reposter.library.service import change_video
from reposter.pipeline.exporting import hand_out
from reposter.vocabulary.rights import Basis


@pytest.fixture
def video_id(door):
    """Finished, and its source may be used."""
    video_id = put_finished_video(door.app, 1)
    with door.app.database.transaction() as session:
        source = add_source(session, parse_source("username", "@techguru123"), SourceConfig(), now=MOMENT)
        declare_basis(session, source.source_id, Basis.PERMISSION, evidence="mail of 3 March", now=MOMENT)
        change_video(session, video_id, now=MOMENT, source_id=source.source_id)
    return video_id


def unpack(answer):
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/zip"
    return zipfile.ZipFile(io.BytesIO(answer.content))


def test_a_package_is_made_and_downloaded(door, video_id):
    made = door.http.post(f"/api/videos/{video_id}/export")
    assert made.status_code == 201
    archive = unpack(door.http.get(made.json()["url"]))
    assert archive.read("video.mp4") == f"bytes of {video_id}.mp4".encode()
    assert archive.read("cover.jpg") == b"bytes of 0.jpg"
    assert b"mail of 3 March" in archive.read("credits.txt")


def test_the_caption_planned_for_an_account_is_taken(door, video_id):
    post_id = put_post(door.app, video_id)
    with door.app.database.transaction() as session:
        account = change_post(session, post_id, now=MOMENT, caption="Planned").tiktok_account
    made = door.http.post(f"/api/videos/{video_id}/export", json={"account": account})
    assert unpack(door.http.get(made.json()["url"])).read("caption.txt") == b"Planned\n"


def test_an_unknown_ground_of_use_gives_nothing_out(door):
    video_id = put_finished_video(door.app, 2)
    answer = door.http.post(f"/api/videos/{video_id}/export")
    assert answer.json()["code"] == "rights_unknown" and 400 <= answer.status_code < 500
    assert list(door.app.layout.exports.iterdir()) == []


def test_a_video_without_a_finished_file_is_refused_in_words(door, video_id):
    unfinished = put_video(door.app, 3)
    with door.app.database.transaction() as session:
        from_the_same = change_video(session, video_id, now=MOMENT).source_id
        change_video(session, unfinished, now=MOMENT, source_id=from_the_same)
    assert door.http.post(f"/api/videos/{unfinished}/export").json()["code"] == "file_missing"
    assert door.http.post("/api/videos/79/export").status_code == 404


def test_the_package_of_a_post_has_an_address_of_its_own(door, video_id):
    put_account(door.app)
    post_id = put_post(door.app, video_id)
    missing = door.http.get(f"/api/posts/{post_id}/package")
    assert (missing.status_code, missing.json()["code"]) == (404, "package_unknown")
    hand_out(door.app.database, door.app.layout, door.app.options(), post_id, now=MOMENT)
    unpack(door.http.get(f"/api/posts/{post_id}/package"))
    assert door.http.get("/api/posts").json()["items"][0]["status"] == "exported"


@pytest.mark.parametrize("name", ["nothing", "..%2Fdatabase", "a.zip", "x" * 65])
def test_only_packages_are_given_out(door, name):
    assert door.http.get(f"/api/exports/{name}").status_code in (404, 422)
