"""The catalogue knows each video once, and finds it again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from builders import NOON, a_found_video, a_video
from reposter.kit.database import Database
from reposter.library.errors import VideoUnknown
from reposter.library.service import PAGE_LIMIT, add_video, change_video, get_video, known_ids, list_videos
from reposter.library.states import VideoState
from reposter.library.tables import VideoRow


@pytest.fixture
def session():
    database = Database("sqlite://")
    VideoRow.__table__.create(database.engine)
    with database.transaction() as session:
        yield session
    database.close()


def ids(rows):
    return [row.video_id for row in rows]


def test_a_video_is_written_down_with_all_that_its_source_told(session):
    verdict = {"passes": True, "sentence": ""}
    assert add_video(session, a_found_video("1"), source_id="src_1", state=VideoState.FOUND, verdict=verdict, now=NOON)
    session.expire_all()
    row = get_video(session, "1")
    assert row.original_url == "https://www.tiktok.com/@techguru123/video/1"
    assert (row.author, row.hashtags, row.quality, row.duration_seconds) == ("@techguru123", ["#tech"], "1080p", 21.5)
    assert row.stats["views"] == 12_000
    assert (row.uploaded_at, row.scraped_at, row.created_at) == (NOON - timedelta(days=1), NOON, NOON)
    assert (row.processing_status, row.source_id, row.verdict) == ("found", "src_1", verdict)


def test_a_video_met_again_stays_as_it_is(session):
    a_video(session, "1", state=VideoState.READY)
    changed = a_found_video("1", title="Another title")
    assert not add_video(session, changed, source_id="src_2", state=VideoState.FOUND, verdict=None, now=NOON)
    row = get_video(session, "1")
    assert (row.title, row.source_id, row.processing_status) == ("Three tricks", None, "ready")


def test_of_a_listing_the_known_ones_are_told(session):
    a_video(session, "1")
    a_video(session, "3")
    assert known_ids(session, ["1", "2", "3", "4"]) == {"1", "3"}
    assert known_ids(session, []) == set()


def test_a_change_is_noted_with_its_time(session):
    a_video(session, "1")
    change_video(session, "1", now=NOON + timedelta(hours=1), processing_status=VideoState.REVIEW, error={"code": "x"})
    session.flush()
    session.expire_all()
    row = get_video(session, "1")
    assert (row.processing_status, row.error) == ("review", {"code": "x"})
    assert row.updated_at == NOON + timedelta(hours=1)
    assert row.created_at == NOON


def test_a_video_that_nobody_met_is_said_so(session):
    for act in (lambda: get_video(session, "9"), lambda: change_video(session, "9", now=NOON)):
        with pytest.raises(VideoUnknown, match="no video '9'"):
            act()


def test_pages_follow_each_other_newest_first_without_gaps_or_repeats(session):
    for number in range(7):
        a_video(session, str(number), now=NOON + timedelta(minutes=number // 2))  # some share their instant
    seen, after = [], None
    while page := list_videos(session, after=after, limit=3):
        seen += ids(page)
        after = (page[-1].created_at, page[-1].id)
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


def test_a_video_that_arrives_between_two_pages_moves_nothing(session):
    for number in range(4):
        a_video(session, str(number), now=NOON + timedelta(minutes=number))
    first = list_videos(session, limit=2)
    a_video(session, "9", now=NOON + timedelta(hours=1))
    assert ids(list_videos(session, after=(first[-1].created_at, first[-1].id))) == ["1", "0"]


def test_a_list_can_be_narrowed_by_state_source_author_and_words(session):
    a_video(session, "1", state=VideoState.READY, source_id="src_1", description="100% cotton")
    a_video(session, "2", state=VideoState.REVIEW, source_id="src_2", author="@other", description="1000 cottons")
    assert ids(list_videos(session, states=[VideoState.READY])) == ["1"]
    assert ids(list_videos(session, states=[VideoState.READY, VideoState.REVIEW])) == ["2", "1"]
    assert ids(list_videos(session, source_id="src_2")) == ["2"]
    assert ids(list_videos(session, author="@other")) == ["2"]
    assert ids(list_videos(session, text="COTTON")) == ["2", "1"]
    assert ids(list_videos(session, text="100%")) == ["1"]  # a sign, no wildcard
    assert ids(list_videos(session, states=[VideoState.READY], author="@other")) == []


def test_a_page_has_a_limit_whatever_is_asked(session):
    for number in range(PAGE_LIMIT + 1):
        a_video(session, str(number))
    assert len(list_videos(session, limit=10_000)) == PAGE_LIMIT
