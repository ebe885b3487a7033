"""/pull: a committed file is given out and counted; everything else is a bare 404."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from api_rows import ACCOUNT, put_finished_video, put_post

from reposter.deliver.publishing.addresses import hash_of, new_token
from reposter.deliver.publishing.tables import AttemptRow
from reposter.kit.clock import utc_now
from reposter.library.service import change_video


class Offer:
    """A post that is offered to TikTok, as the journal has it."""

    def __init__(self, door, **columns):
        self.door, self.token = door, new_token()
        self.video_id = put_finished_video(door.app, 1)
        self.post_id = put_post(door.app, self.video_id)
        self.file = next(door.app.layout.storage.glob(f"videos/**/{self.video_id}.mp4"))
        now = utc_now()
        values = {"state": "COMMITTING", "commit_at": now, "content_sha256": "0" * 64} | columns
        row = AttemptRow(
            post_id=str(self.post_id),
            n=1,
            account=ACCOUNT,
            size_bytes=self.file.stat().st_size,
            chunk_bytes=1,
            created_at=now,
            updated_at=now,
            transfer="pull",
            pull_token_sha256=hash_of(self.token),
            **values,
        )
        with door.app.database.transaction() as session:
            session.add(row)

    def ask(self, method="GET", token=None, **more):
        return self.door.http.request(method, f"/pull/{self.token if token is None else token}", **more)

    @property
    def fetches(self):
        with self.door.app.database.transaction() as session:
            return session.scalar(sa.select(AttemptRow.pull_fetches))


def test_a_fetch_gives_the_whole_file_and_is_counted(door):
    offer = Offer(door)
    answer = offer.ask()
    assert (answer.status_code, answer.content) == (200, offer.file.read_bytes())
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-length"] == str(offer.file.stat().st_size)
    assert offer.fetches == 1


def test_a_range_is_given_and_counted_too(door):
    offer = Offer(door)
    answer = offer.ask(headers={"Range": "bytes=2-5"})
    assert (answer.status_code, answer.content) == (206, offer.file.read_bytes()[2:6])
    assert offer.fetches == 1


def test_a_look_at_the_head_gives_no_bytes_and_counts_nothing(door):
    offer = Offer(door)
    answer = offer.ask("HEAD")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(offer.file.stat().st_size)
    assert offer.fetches == 0


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "INTENT", "commit_at": None},
        {"state": "PUBLISHED"},
        {"state": "FAILED"},
        {"state": "ABANDONED"},
        {"revoked_at": utc_now()},
        {"commit_at": utc_now() - timedelta(hours=2, seconds=1)},
        {"content_sha256": "1" * 64},
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_ended_address_is_gone_without_a_word_why(door, columns, method):
    offer = Offer(door, **columns)
    answer = offer.ask(method)
    assert (answer.status_code, answer.content) == (404, b"") and offer.fetches == 0


@pytest.mark.parametrize("token", ["x", "x" * 43, "..%2F..%2Fconfig%2Fsecret.key", "%00", "a/b", "%F0%9F%98%80"])
def test_a_wrong_token_tells_nothing(door, token):
    offer = Offer(door)
    assert offer.ask(token=token).status_code == 404 and offer.fetches == 0


@pytest.mark.parametrize("damage", ["gone", "another size", "rendered anew"])
def test_another_file_than_the_committed_one_is_not_given_out(door, damage):
    offer = Offer(door)
    if damage == "gone":
        offer.file.unlink()
    elif damage == "another size":
        offer.file.write_bytes(b"short")
    else:
        with door.app.database.transaction() as session:
            change_video(session, offer.video_id, now=utc_now(), rendition_sha256="2" * 64)
    assert offer.ask().status_code == 404 and offer.fetches == 0


def test_a_host_that_is_not_known_is_refused_here_too(door):
    offer = Offer(door)
    assert offer.ask(headers={"Host": "evil.example"}).status_code == 403 and offer.fetches == 0


def test_the_door_is_not_in_the_documented_api(door):
    assert not [path for path in door.http.get("/api/openapi.json").json()["paths"] if "pull" in path]
