"""A source is watched in another way, and what it skipped is judged again."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from builders import NOON, ShelfReader, a_found_video, a_source
from reposter.acquire.discovery.filters import parse_filters
from reposter.acquire.sources.errors import InvalidCron, SourceUnknown, TooFrequent
from reposter.acquire.sources.service import activate_source, get_source
from reposter.kit.errors import InvalidInput
from reposter.library.service import find_video, get_video
from reposter.library.states import VideoState
from reposter.pipeline.changing_source import SourceChange, change_source, preview_source
from reposter.pipeline.judging import admit
from reposter.vocabulary.found import VideoStats

POPULAR = {"minViews": 10_000}
LATER = NOON + timedelta(hours=2)


@pytest.fixture
def source_id(installation):
    with installation.session() as session:
        return a_source(session, filters=POPULAR).source_id


def list_for(installation, source_id, *videos, filters=POPULAR, now=NOON):
    with installation.session() as session:
        return admit(session, installation.line, videos, parse_filters(filters), source_id, now=now)


def change(installation, now=LATER, **wanted):
    with installation.session() as session:
        return change_source(
            session, installation.line, installation.options, "@techguru123", SourceChange(**wanted), now=now
        ).videos_taken


def state(installation, video_id):
    with installation.session() as session:
        row = get_video(session, video_id)
        return row.processing_status, row.verdict["sentence"], row.stats["views"]


def waiting_jobs(installation):
    with installation.session() as session:
        return [one for one in session.scalars(sa.text("SELECT workflow_uuid FROM workflow_status")) if "fetch" in one]


def few(views, video_id="1", **changes):
    return a_found_video(video_id, stats=VideoStats(views=views, likes=5), **changes)


def test_lower_demands_take_what_was_skipped_and_say_which(installation, source_id):
    assert list_for(installation, source_id, few(500, "1"), few(3_000, "2"), few(20_000, "3")) == 3
    assert [state(installation, one)[0] for one in "123"] == ["skipped", "skipped", "found"]
    assert change(installation, filters={"minViews": 1_000}) == ["2"]
    assert [state(installation, one)[0] for one in "123"] == ["skipped", "found", "found"]
    assert state(installation, "1")[1] == "500 views, the source asks for at least 1,000."
    assert sorted(job.split(":")[1] for job in waiting_jobs(installation)) == ["2", "3"]
    assert change(installation, filters={"minViews": 1_000}) == []


def test_higher_demands_take_nothing_back(installation, source_id):
    list_for(installation, source_id, few(20_000, "1"))
    assert change(installation, filters={"minViews": 10**6}) == []
    assert state(installation, "1")[0] == "found"


def test_a_video_whose_counter_has_grown_is_taken_when_it_is_listed_again(installation, source_id):
    list_for(installation, source_id, few(500))
    assert list_for(installation, source_id, few(9_000), now=LATER) == 0
    assert state(installation, "1") == ("skipped", "9,000 views, the source asks for at least 10,000.", 9_000)
    assert list_for(installation, source_id, few(11_000), now=LATER) == 0
    assert state(installation, "1")[::2] == ("found", 11_000)
    assert len(waiting_jobs(installation)) == 1
    list_for(installation, source_id, few(12_000), now=LATER + timedelta(hours=1))
    assert len(waiting_jobs(installation)) == 1


def test_another_source_that_wants_it_gets_it_and_one_that_does_not_leaves_it(installation, source_id):
    with installation.session() as session:
        keen = a_source(session, "@keen").source_id
        choosy = a_source(session, "@choosy").source_id
    list_for(installation, source_id, few(500))
    list_for(installation, choosy, few(501), filters={"minViews": 10**9})
    with installation.session() as session:
        row = get_video(session, "1")
        assert (row.source_id, row.verdict["wanted"], row.stats["views"]) == (source_id, "10,000", 501)
    list_for(installation, keen, few(502), filters={})
    with installation.session() as session:
        row = get_video(session, "1")
        assert (row.source_id, row.processing_status) == (keen, VideoState.FOUND)


def test_a_photo_post_is_never_wanted_whatever_the_filters_are(installation, source_id):
    list_for(installation, source_id, few(500, is_photo_post=True))
    assert change(installation, filters={}) == []
    assert state(installation, "1")[0] == "skipped"


def test_a_new_rhythm_begins_now_and_a_wrong_one_changes_nothing(installation, source_id):
    change(installation, cron_expression="30 4 * * *", timezone="Europe/Berlin")
    with installation.session() as session:
        row = get_source(session, source_id)
        assert row.configuration["frequency"] == "custom"
        assert row.next_scan_at > LATER
        before, at = dict(row.configuration), row.next_scan_at
    for wrong, error in (
        ({"cron_expression": "61 * * * *"}, InvalidCron),
        ({"frequency": "1_seconds"}, TooFrequent),
        ({"cron_expression": "0 * * * *", "frequency": "daily"}, InvalidInput),
        ({"filters": {"minVeiws": 1}}, InvalidInput),
        ({}, InvalidInput),
    ):
        with pytest.raises(error):
            change(installation, **wrong)
    with installation.session() as session:
        row = get_source(session, source_id)
        assert (row.configuration, row.next_scan_at) == (before, at)
    change(installation, frequency="hourly")
    with installation.session() as session:
        assert get_source(session, source_id).configuration["cronExpression"] is None


def test_new_filters_alone_leave_the_rhythm_and_a_pause_is_ended_by_a_scan(installation, source_id):
    with installation.session() as session:
        at = get_source(session, source_id).next_scan_at
    change(installation, filters={})
    with installation.session() as session:
        assert get_source(session, source_id).next_scan_at == at
        activate_source(session, source_id, is_active=False, now=NOON)
    change(installation, active=True)
    with installation.session() as session:
        row = get_source(session, source_id)
        assert (row.status, row.next_scan_at) == ("active", LATER)


def test_a_source_that_nobody_knows_cannot_be_changed(installation):
    with pytest.raises(SourceUnknown):
        change(installation, filters={})


def test_a_preview_judges_and_keeps_nothing(installation, source_id):
    reader = ShelfReader({"1": few(500, "1"), "2": few(20_000, "2")})
    shown = preview_source(installation.database, reader, "@techguru123", None, now=NOON)
    assert [(video.video_id, verdict.rule) for video, verdict in shown.judged] == [("1", "min_views"), ("2", None)]
    assert shown.passing == 1
    other = preview_source(installation.database, reader, "@techguru123", {"minViews": 1}, now=NOON)
    assert other.passing == 2
    assert preview_source(installation.database, reader, "@not.watched", None, now=NOON).passing == 2
    with installation.session() as session:
        assert find_video(session, "1") is None
