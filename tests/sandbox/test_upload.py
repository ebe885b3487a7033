"""Chunks: order, sizes, resumption and the answers to every mistake."""

from __future__ import annotations

import httpx
import pytest

SMALL = {"chunk_bytes_min": 1_000, "single_upload_bytes_max": 5_000}


@pytest.fixture
def chunky(make_world, make_client):
    """A world whose chunks may be as small as 1,000 bytes; time stands still."""
    return make_client(make_world(rules={**SMALL, "inits_per_minute": 100}, speed=0)).connect()


def test_chunks_in_order_answer_206_206_201_and_tell_the_progress(chunky):
    data = bytes(range(256)) * 13  # 3,328 bytes: chunks of 1,000, the last absorbs the rest
    url = chunky.init(len(data), chunk=1_000, count=3).json()["data"]["upload_url"]
    answers = [
        chunky.put(url, data[first:end], first, len(data))
        for first, end in ((0, 1_000), (1_000, 2_000), (2_000, 3_328))
    ]
    assert [a.status_code for a in answers] == [206, 206, 201]
    assert answers[0].headers["Content-Range"] == "bytes 0-1000/3328"
    assert answers[2].headers["Content-Range"] == "bytes 0-3328/3328"


def test_a_chunk_out_of_order_answers_416_and_changes_nothing(chunky):
    opened = chunky.init(3_000, chunk=1_000, count=3).json()["data"]
    url = opened["upload_url"]
    assert chunky.put(url, b"b" * 1_000, 1_000, 3_000).status_code == 416
    assert chunky.put(url, b"a" * 1_000, 0, 3_000).status_code == 206
    again = chunky.put(url, b"a" * 1_000, 0, 3_000)
    assert (again.status_code, again.headers["Content-Range"]) == (416, "bytes 0-1000/3000")
    assert chunky.status(opened["publish_id"])["uploaded_bytes"] == 1_000


def test_wrong_headers_answer_400(chunky):
    url = chunky.init(2_000).json()["data"]["upload_url"]
    good = {"Content-Type": "video/mp4", "Content-Range": "bytes 0-1999/2000"}
    for wrong in ({"Content-Range": "bytes 0-1998/2000"}, {"Content-Range": "0-1999"}, {"Content-Type": "text/html"}):
        assert chunky.http.put(url, content=b"x" * 2_000, headers={**good, **wrong}).status_code == 400
    assert chunky.http.put(url, content=b"x" * 2_000, headers=good).status_code == 201


def test_a_chunk_of_another_size_than_declared_answers_400(chunky):
    url = chunky.init(3_000, chunk=1_000, count=3).json()["data"]["upload_url"]
    assert chunky.put(url, b"x" * 1_500, 0, 3_000).status_code == 400


def test_unknown_and_expired_upload_addresses_answer_404_and_403(make_world, make_client):
    client = make_client(make_world(rules={"upload_url_seconds": 0})).connect()
    opened = client.init(2_000).json()["data"]
    assert client.put(opened["upload_url"], b"x" * 2_000).status_code == 403
    assert client.put(opened["upload_url"] + "0", b"x" * 2_000).status_code == 404


def test_a_chunk_cut_off_on_the_way_is_not_stored(chunky):
    opened = chunky.init(2_000).json()["data"]

    def half():
        yield b"x" * 900
        raise httpx.WriteError("cable pulled")

    headers = {"Content-Type": "video/mp4", "Content-Range": "bytes 0-1999/2000", "Content-Length": "2000"}
    with pytest.raises(httpx.WriteError):
        chunky.http.put(opened["upload_url"], content=half(), headers=headers)
    assert chunky.status(opened["publish_id"])["uploaded_bytes"] == 0
    assert chunky.put(opened["upload_url"], b"y" * 2_000).status_code == 201


@pytest.mark.parametrize(
    ("size", "chunk", "count", "message"),
    [
        (4_000_000, 1_000_000, 4, "chunk size"),  # below 5 MB
        (64_000_001, 64_000_001, 1, "chunk size"),  # too big for one
        (15_000_000, 10_000_000, 1, "chunk size"),  # one chunk smaller than the file
        (50_000_123, 10_000_000, 6, "chunk count"),  # ceil instead of floor
        (30_000_000, 10_000_000, 2, "chunk count"),
    ],
)
def test_impossible_plans_are_refused(client, size, chunk, count, message):
    answer = client.init(size, chunk=chunk, count=count)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_params")
    assert message in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("size", "chunk", "count"),
    [(50_000_123, 10_000_000, 5), (64_000_000, 64_000_000, 1), (158_008_374, 10_000_000, 15), (900, 900, 1)],
)
def test_plans_good_under_both_meanings_of_megabyte_are_accepted(client, size, chunk, count):
    assert client.init(size, chunk=chunk, count=count).json()["error"]["code"] == "ok"
