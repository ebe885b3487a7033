"""Posts and events as people page through them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from builders import NOON, a_finished_video, a_post
from reposter.deliver.scheduling.tables import PostState
from reposter.evaluate.metrics.tables import MetricSampleRow
from reposter.kit.database import Database, Table
from reposter.kit.eventlog import record
from reposter.views.logs import list_events
from reposter.views.posts import list_posts


@pytest.fixture
def session():
    database = Database("sqlite://")
    Table.metadata.create_all(database.engine)
    with database.transaction() as session:
        yield session
    database.close()


def videos(views):
    return [view.post.video_id for view in views]


def test_pages_of_posts_follow_each_other_last_changed_first(session):
    for number in range(7):
        a_post(session, str(number), now=NOON + timedelta(minutes=number // 3))
    seen, after = [], None
    while page := list_posts(session, after=after, limit=2):
        seen += videos(page)
        after = (page[-1].post.updated_at, page[-1].post.id)
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


def test_posts_can_be_narrowed_by_state_and_account(session):
    a_post(session, "1", status=PostState.POSTED)
    a_post(session, "2", account="@b")
    assert videos(list_posts(session, states=[PostState.POSTED])) == ["1"]
    assert videos(list_posts(session, account="@b")) == ["2"]
    assert videos(list_posts(session, states=[PostState.POSTED], account="@b")) == []


def test_a_post_is_shown_with_its_videos_title_picture_and_newest_counts(session):
    a_finished_video(session, "1", thumbnails=["a.jpg", "b.jpg", "c.jpg"])
    post = a_post(session, "1")
    for hours, views in ((1, 10), (24, 500)):
        session.add(
            MetricSampleRow(
                post_id=str(post.id), tiktok_post_id="77", age_label=f"{hours}h", at=NOON + timedelta(hours=hours),
                views=views, likes=1, comments=0, shares=0,
            )
        )  # fmt: skip
    session.flush()
    (view,) = list_posts(session)
    assert (view.title, view.thumbnail, view.metrics.views) == ("Three tricks", "b.jpg", 500)


def test_a_post_whose_video_is_gone_is_still_shown(session):
    a_post(session, "1")
    (view,) = list_posts(session)
    assert (view.title, view.thumbnail, view.metrics) == ("1", None, None)


def test_events_are_shown_newest_first_and_page_by_their_number(session):
    for number in range(5):
        record(session, "queue.updated", {"n": number})
        session.flush()
    first = list_events(session, limit=2)
    assert [event.payload["n"] for event in first] == [4, 3]
    assert [event.payload["n"] for event in list_events(session, before_seq=first[-1].seq)] == [2, 1, 0]


def test_events_can_be_narrowed_by_level_type_and_video(session):
    record(session, "error.occurred", {}, level="error", video_id="1")
    record(session, "queue.updated", {}, video_id="2")
    record(session, "queue.updated", {}, level="debug")
    session.flush()
    assert len(list_events(session)) == 3
    assert [event.video_id for event in list_events(session, levels=["error", "info"])] == ["2", "1"]
    assert [event.level for event in list_events(session, event_type="queue.updated")] == ["debug", "info"]
    assert [event.type for event in list_events(session, video_id="1")] == ["error.occurred"]
