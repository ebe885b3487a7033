"""Samples at fixed ages, taken once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from reposter.evaluate.metrics.ages import is_missed
from reposter.evaluate.metrics.ports import Counts
from reposter.evaluate.metrics.service import SampleOrder, samples_of, take_samples, taken_ages
from reposter.evaluate.metrics.tiktok import TikTokMetricsReader
from reposter.kit.database import Database, Table
from reposter.vendors.tiktok.client import TikTokClient

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class FixedReader:
    def __init__(self, counts):
        self.counts = counts
        self.asked = []

    def read(self, tiktok_post_ids):
        self.asked.append(list(tiktok_post_ids))
        return {post_id: self.counts[post_id] for post_id in tiktok_post_ids if post_id in self.counts}


@pytest.fixture
def database():
    database = Database("sqlite://")
    Table.metadata.create_all(database.engine)
    yield database
    database.close()


@pytest.mark.parametrize(
    ("age_hours", "read_after_hours", "missed"),
    [
        (1, 1, False),
        (1, 1.09, False),
        (1, 1.2, True),
        (1, 20, True),
        (24, 26, False),
        (24, 27, True),
        (0.001, 0.01, False),
    ],
)
def test_counts_read_much_later_are_none_of_that_age(age_hours, read_after_hours, missed):
    now = START + timedelta(hours=read_after_hours)
    assert is_missed(START, timedelta(hours=age_hours), now) is missed


def test_a_sample_is_kept_once_and_a_hidden_post_has_none(database):
    reader = FixedReader({"71": Counts(2**40, 10, 2, 1)})
    orders = [SampleOrder("a", "71", "1h"), SampleOrder("b", "72", "1h")]
    assert [sample.post_id for sample in take_samples(database, reader, orders, START)] == ["a"]
    reader.counts["71"] = Counts(999, 0, 0, 0)
    assert take_samples(database, reader, orders, START + timedelta(minutes=1)) == []
    with database.transaction() as session:
        (sample,) = samples_of(session, "a")
        assert (sample.counts.views, sample.at) == (2**40, START)
        assert taken_ages(session, "a") == {"1h"}


def test_tiktok_is_asked_for_twenty_posts_at_a_time_and_a_refused_token_is_renewed_once():
    seen = []

    def answer(request):
        if request.headers["Authorization"] == "Bearer old":
            return httpx.Response(401, json={"error": {"code": "access_token_invalid"}})
        ids = json.loads(request.content)["filters"]["video_ids"]
        seen.append(len(ids))
        videos = [{"id": post_id, "view_count": 5, "like_count": 1, "share_count": 0} for post_id in ids]
        return httpx.Response(200, json={"data": {"videos": videos}, "error": {"code": "ok"}})

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        reader = TikTokMetricsReader(
            TikTokClient("http://tiktok.test", http), lambda refused: "new" if refused else "old"
        )
        counts = reader.read([str(n) for n in range(45)])
    assert seen == [20, 20, 5] and len(counts) == 45
    assert counts["7"] == Counts(5, 1, 0, 0)
