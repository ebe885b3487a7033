"""Posts at a limit: they keep their turn, give up their slot or go elsewhere, and each decision is told once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from builders import ALT, NOON, a_finished_video, a_post, a_source, an_account
from reposter.deliver.accounts.service import get_account, set_choices
from reposter.deliver.accounts.tables import AccountRow
from reposter.deliver.publishing.calls import CallsUsedUp
from reposter.deliver.publishing.lessons import learn, lessons_for
from reposter.deliver.publishing.tables import AttemptRow, CallPlaceRow, LessonRow
from reposter.deliver.scheduling.service import change_post, get_post
from reposter.deliver.scheduling.tables import PostState
from reposter.guard.rights.service import declare_basis
from reposter.kit.clock import utc_now
from reposter.pipeline.agents import register_agent
from reposter.pipeline.commands import publish_now
from reposter.pipeline.giving_way import LOOK_AGAIN, LOOK_AGAIN_MIN, give_way
from reposter.pipeline.limiting import learn_from, limit_refusal
from reposter.pipeline.options import LimitStrategy
from reposter.pipeline.publish_post import send_post
from reposter.pipeline.tools import hand_over
from reposter.vendors.tiktok.errors import error_for
from reposter.vendors.tiktok.posting import PostingChoices, PrivacyLevel, Route
from reposter.vocabulary.rights import Basis

HOUR = timedelta(hours=1)
CHOSEN = PostingChoices(PrivacyLevel.PUBLIC_TO_EVERYONE, music_usage_confirmed=True)
OTHER = "@other"
SKIP, ELSEWHERE = LimitStrategy.SKIP_UNTIL_RESET, LimitStrategy.USE_ALTERNATIVE_ACCOUNT


@pytest.fixture
def line(installation, agent):
    """Two accounts whose owner has chosen, and a source of their own."""
    with installation.session() as session:
        register_agent(session, agent.agent_id, role="publisher", restarts=0, now=NOON)
        source = a_source(session)
        declare_basis(session, source.source_id, Basis.OWN, now=NOON)
        for handle in (ALT, OTHER):
            an_account(session, handle)
            set_choices(session, handle, CHOSEN, route=Route.DIRECT, now=NOON)
    return Line(installation, source.source_id)


class Line:
    def __init__(self, installation, source_id):
        self.installation, self.source_id = installation, source_id

    def choose(self, **publishing):
        self.installation.choose(**publishing)

    def post(self, video_id="100", **columns):
        with self.installation.session() as session:
            a_finished_video(session, video_id, source_id=self.source_id)
            return a_post(session, video_id, source_id=self.source_id, **columns).id

    def used(self, at, count=1, account=ALT, **columns):
        """Posts that went out at that time."""
        values = {"state": "PUBLISHED", "verdict": {"by": "tiktok"}, **columns}
        with self.installation.session() as session:
            for n in range(count):
                name = f"{account}{at:%d%H%M}{n}"
                session.add(
                    AttemptRow(
                        post_id=name, n=1, account=account, content_sha256=values.get("content", name),
                        size_bytes=1, chunk_bytes=1, created_at=at, updated_at=at, commit_at=at,
                        **{key: value for key, value in values.items() if key != "content"},
                    )
                )  # fmt: skip

    def look(self, post_id, now):
        """One look of the post at the limits; True when it may go out."""
        options = self.installation.options
        with self.installation.session() as session:
            post = get_post(session, post_id)
            met = limit_refusal(session, post, options.publishing, now)
            if met is not None:
                give_way(session, self.installation.line, post, met, options, now=now)
            return met is None

    def row(self, post_id):
        with self.installation.session() as session:
            return get_post(session, post_id)

    def jobs(self, post_id):
        return {one for one in self.installation.line.unfinished("publish_post") if f"publish:{post_id}:" in one}


# Keeping the turn


def test_a_waiting_post_is_told_once_however_often_it_looks(line, told):
    line.choose(posts_per_hour=2)
    line.used(NOON - timedelta(minutes=10), 2)
    post_id = line.post()
    for minutes in range(0, 50, 5):
        assert not line.look(post_id, NOON + timedelta(minutes=minutes))
    row = line.row(post_id)
    assert row.not_before == NOON + timedelta(minutes=50, milliseconds=1)
    assert row.scheduled_time == NOON
    assert len(told("queue.updated")) == 1
    assert line.look(post_id, row.not_before)


def test_a_raised_limit_is_seen_within_minutes_and_a_second_look_is_the_same_job(line):
    line.choose(posts_per_hour=1)
    line.used(NOON - timedelta(minutes=1))
    post_id = line.post()
    line.look(post_id, NOON)
    line.look(post_id, NOON + timedelta(seconds=1))
    (job,) = line.jobs(post_id)
    assert job.endswith("20260302T120500.000000")
    assert LOOK_AGAIN_MIN < timedelta(minutes=5) <= LOOK_AGAIN + LOOK_AGAIN_MIN
    line.choose(posts_per_hour=2)
    assert line.look(post_id, NOON + LOOK_AGAIN)


def test_a_post_that_would_be_a_day_late_is_held_with_the_question(line):
    line.choose(posts_per_day=1)
    line.used(NOON - timedelta(minutes=1))
    post_id = line.post(scheduled_time=NOON - 2 * HOUR)
    line.look(post_id, NOON)
    row = line.row(post_id)
    assert (row.status, row.error_code) == (PostState.HELD, "limit_delay_too_long")
    assert row.remedy


def test_later_posts_wait_for_the_first_even_when_a_place_is_free(line):
    line.choose(posts_per_hour=1)
    line.used(NOON - timedelta(minutes=30))
    first, second = line.post("1"), line.post("2", scheduled_time=NOON + timedelta(minutes=1))
    assert not line.look(first, NOON)
    free = NOON + timedelta(minutes=40)
    assert not line.look(second, free)
    assert "Earlier posts" in line.row(second).error_message
    assert line.look(first, free)


# Giving up the slot


def test_a_skipping_post_goes_to_a_regular_slot_after_the_reset(line, told):
    line.choose(posts_per_hour=1, limit_strategy=SKIP)
    line.used(NOON - timedelta(minutes=30))
    first, second = line.post("1"), line.post("2")
    assert not line.look(first, NOON)
    row = line.row(first)
    assert (row.status, row.scheduled_time, row.skips) == (PostState.QUEUED, NOON + 2 * HOUR, 1)
    assert line.row(second).scheduled_time == NOON + HOUR
    assert "gave up its slot" in told("queue.updated")[-1].payload["reason"]


def test_after_three_slots_a_person_decides(line):
    line.choose(posts_per_hour=0, limit_strategy=SKIP)
    post_id = line.post()
    for _ in range(3):
        line.look(post_id, line.row(post_id).scheduled_time)
        assert line.row(post_id).status == PostState.QUEUED
    line.look(post_id, line.row(post_id).scheduled_time)
    assert (line.row(post_id).status, line.row(post_id).error_code) == (PostState.HELD, "limit_delay_too_long")


def test_a_minute_chosen_by_hand_is_not_moved_but_skipped_and_may_be_sent_later(line, told):
    line.choose(posts_per_hour=1, limit_strategy=SKIP)
    line.used(NOON)
    post_id = line.post(is_pinned=True)
    line.look(post_id, NOON)
    assert line.row(post_id).status == PostState.SKIPPED
    assert "chosen by hand" in told("queue.updated")[-1].payload["reason"]
    with line.installation.session() as session:
        again = publish_now(session, line.installation.line, line.installation.options, "100", account=ALT, now=NOON)
        assert again.status == PostState.QUEUED


# Going out elsewhere


def at_the_limit(line, **publishing):
    line.choose(posts_per_hour=1, limit_strategy=ELSEWHERE, alternative_accounts=(OTHER,), **publishing)
    line.used(NOON - timedelta(minutes=30))
    return line.post()


def test_a_post_goes_out_on_the_account_named_for_it(line, told):
    post_id = at_the_limit(line)
    line.look(post_id, NOON)
    row = line.row(post_id)
    assert (row.tiktok_account, row.transferred_from, row.scheduled_time) == (OTHER, ALT, NOON)
    assert f"goes out on {OTHER} instead" in told("queue.updated")[-1].payload["reason"]
    assert len(line.jobs(post_id)) == 1
    assert line.look(post_id, NOON)


def test_the_posts_own_list_goes_before_the_setting(line):
    post_id = at_the_limit(line)
    with line.installation.session() as session:
        change_post(session, post_id, now=NOON, alternatives=["@nobody"])
    line.look(post_id, NOON)
    assert line.row(post_id).tiktok_account == ALT


def _paused(line, session, post):
    session.execute(sa.text("UPDATE accounts SET status = 'paused' WHERE handle = '@other'"))


def _asks_first(line, session, post):
    set_choices(session, OTHER, CHOSEN, route=Route.DIRECT, now=NOON, asks_first=True)


def _no_privacy(line, session, post):
    set_choices(session, OTHER, PostingChoices(), route=Route.DIRECT, now=NOON)


def _has_the_video(line, session, post):
    a_post(session, post.video_id, account=OTHER, status=PostState.CANCELLED)


def _plans_the_file(line, session, post):
    a_finished_video(session, "77", rendition_sha256=f"{int(post.video_id):064x}")
    a_post(session, "77", account=OTHER)


def _moved_before(line, session, post):
    post.transferred_from = "@third"


def _is_being_sent(line, session, post):
    session.add(
        AttemptRow(
            post_id=str(post.id), n=1, state="OPEN", account=ALT, content_sha256="c", size_bytes=1, chunk_bytes=1,
            created_at=NOON, updated_at=NOON,
        )
    )  # fmt: skip


def _was_refused(code):
    def refuse(line, session, post):
        learn(session, ALT, error_for(code), refused_at=NOON - timedelta(seconds=9), route="direct")

    return refuse


@pytest.mark.parametrize(
    "obstacle",
    [
        _paused, _asks_first, _no_privacy, _has_the_video, _plans_the_file, _moved_before, _is_being_sent,
        _was_refused("spam_risk_too_many_posts"), _was_refused("reached_active_user_cap"),
        _was_refused("rate_limit_exceeded"),
    ],
)  # fmt: skip
def test_a_post_keeps_its_turn_where_it_may_not_be_moved(line, obstacle):
    post_id = at_the_limit(line)
    with line.installation.session() as session:
        obstacle(line, session, get_post(session, post_id))
    assert not line.look(post_id, NOON)
    row = line.row(post_id)
    assert (row.tiktok_account, row.status) == (ALT, PostState.QUEUED)
    assert row.not_before is not None


def test_a_file_that_is_live_there_is_not_sent_there_again(line):
    post_id = at_the_limit(line, limit_transfers_per_day_max=5)
    line.used(NOON - 5 * HOUR, account=OTHER, content=f"{100:064x}")
    line.look(post_id, NOON)
    assert line.row(post_id).tiktok_account == ALT


def test_an_account_that_is_at_its_own_limit_takes_nothing(line):
    post_id = at_the_limit(line)
    line.used(NOON - timedelta(minutes=1), account=OTHER)
    line.look(post_id, NOON)
    assert line.row(post_id).tiktok_account == ALT


def test_only_so_many_posts_a_day_are_moved(line):
    first = at_the_limit(line, limit_transfers_per_day_max=1)
    line.look(first, NOON)
    second = line.post("2", scheduled_time=NOON)
    line.look(second, NOON)
    assert [line.row(one).tiktok_account for one in (first, second)] == [OTHER, ALT]


# What TikTok teaches, and calls


class Refusing:
    """A publisher whose openings are refused."""

    def __init__(self, error):
        self.error = error

    def init(self, *_):
        raise self.error


def sent_with(installation, agent, line, error):
    post_id = line.post("5", scheduled_time=utc_now())
    row = line.row(post_id)
    file = installation.layout.absolute(f"videos/2026/03/02/{row.video_id}.mp4")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"moving pictures")
    from hashlib import sha256

    with installation.session() as session:
        session.execute(
            sa.text("UPDATE videos SET rendition_sha256 = :sha, rendition_bytes = 15"),
            {"sha": sha256(b"moving pictures").hexdigest()},
        )
    hand_over(replace(agent, publisher_for=lambda _account: Refusing(error)))
    return post_id, send_post(post_id)


def test_a_full_day_at_tiktok_is_learned_and_the_post_is_handed_back(installation, agent, line):
    post_id, answer = sent_with(installation, agent, line, error_for("spam_risk_too_many_posts"))
    assert answer["state"] == "again"
    with installation.session() as session:
        lesson = lessons_for(session, ALT)["posts"]
        assert lesson.blocked_until > utc_now() + timedelta(minutes=55)
        attempt = session.get_one(AttemptRow, (str(post_id), 1))
        assert (attempt.counts, attempt.retry_at) == (False, None)
    assert send_post(post_id)["state"] == "limited"
    assert line.row(post_id).not_before == lesson.blocked_until
    with installation.session() as session:
        assert session.get_one(LessonRow, (ALT, "posts")).refusals == 1


@pytest.mark.parametrize("code", ["spam_risk_user_banned_from_posting", "spam_risk", "spam_risk_new_kind"])
def test_a_ban_or_a_suspicion_stops_the_account_and_is_told_once(installation, agent, line, told, code):
    post_id, _ = sent_with(installation, agent, line, error_for(code))
    with installation.session() as session:
        assert "is stopped" in get_account(session, ALT).pause_reason
    assert line.row(post_id).status in (PostState.HELD, PostState.FAILED)
    assert [event.payload["code"] for event in told("error.occurred")].count("account_stopped") == 1
    second = line.post("6", scheduled_time=utc_now())
    assert send_post(second)["state"] == "held"


def test_a_ban_stops_an_account_that_lost_its_connection_meanwhile(installation, line):
    post_id = line.post("5")
    with installation.session() as session:
        session.execute(sa.update(AccountRow).values(status="reauth_needed"))
        learn_from(session, get_post(session, post_id), error_for("spam_risk"), now=utc_now())
        assert "is stopped" in get_account(session, ALT).paused_reason


def test_used_up_calls_cost_no_try(installation, agent, line):
    error = CallsUsedUp("none left", retry_after_seconds=120)
    post_id, answer = sent_with(installation, agent, line, error)
    assert answer["state"] == "again"
    with installation.session() as session:
        attempt = session.get_one(AttemptRow, (str(post_id), 1))
        assert (attempt.state, attempt.counts, attempt.commit_at) == ("ABANDONED", False, None)
    assert line.row(post_id).status == PostState.QUEUED


def test_a_post_is_not_begun_while_its_opening_could_not_be_asked_for(installation, agent, line):
    with installation.session() as session:
        for _ in range(4):
            session.add(CallPlaceRow(account=ALT, op="init", at=utc_now()))
    post_id, answer = sent_with(installation, agent, line, AssertionError("nothing is sent"))
    assert answer["state"] == "limited"
    with installation.session() as session:
        assert session.scalars(sa.select(AttemptRow)).all() == []
    assert timedelta(0) < line.row(post_id).not_before - utc_now() <= timedelta(seconds=61)
