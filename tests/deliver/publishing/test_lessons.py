"""What refusals teach: how long to wait, and how many posts a day TikTok really takes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from builders import NOON as START
from reposter.deliver.publishing.lessons import (
    COUNT_LESSONS,
    WHOLE_APP,
    learn,
    lessons_for,
    stops_account,
    unlearn_success,
)
from reposter.deliver.publishing.limits import Limit, PostLimits, admission
from reposter.deliver.publishing.tables import AttemptRow, LessonRow
from reposter.deliver.publishing.windows import DAY, HOUR
from reposter.vendors.tiktok.errors import CODES, error_for

WIDE = PostLimits(per_hour=50, per_day=100)
NOW = START + DAY


def refusal(code, *, op="", retry_after_seconds=None):
    error = error_for(code, retry_after_seconds=retry_after_seconds)
    if op:
        error.context["op"] = op
    return error


def a_commit(session, name, at, *, account="@x", **columns):
    values = {"state": "PUBLISHED", "verdict": {"by": "tiktok"}, **columns}
    session.add(
        AttemptRow(
            post_id=name, n=1, account=account, content_sha256=f"{name:0>64}", size_bytes=1, chunk_bytes=1,
            created_at=at, updated_at=at, commit_at=at, **values,
        )
    )  # fmt: skip
    session.flush()


def taught(session, error, at, route="direct"):
    return learn(session, "@x", error, refused_at=at, route=route)


def test_pauses_double_with_each_refusal_in_a_row_and_start_anew_after_a_success(bench):
    with bench.database.transaction() as session:
        at, pauses = NOW, []
        for _ in range(9):
            lesson = taught(session, refusal("rate_limit_exceeded", op="status", retry_after_seconds=1), at)
            pauses.append((lesson.blocked_until - at).total_seconds())
            at = lesson.blocked_until
        for k, seconds in enumerate(pauses):
            planned = min(30 * 2**k, 3600)
            assert 0.8 * planned <= seconds <= 1.2 * planned
        unlearn_success(session, "@x", now=at)
        anew = taught(session, refusal("rate_limit_exceeded", op="status", retry_after_seconds=1), at)
        assert (anew.blocked_until - at).total_seconds() <= 36


def test_a_longer_pause_that_tiktok_names_is_kept(bench):
    with bench.database.transaction() as session:
        lesson = taught(session, refusal("rate_limit_exceeded", op="init", retry_after_seconds=900), NOW)
        assert lesson.blocked_until == NOW + timedelta(seconds=900)
        assert admission(session, "@x", NOW, WIDE).limit is Limit.BLOCKED
        assert admission(session, "@y", NOW, WIDE).limit is Limit.NONE


def test_the_same_refusal_shown_again_is_the_same_lesson(bench):
    with bench.database.transaction() as session:
        error = refusal("rate_limit_exceeded", op="init")
        assert taught(session, error, NOW) is not None
        assert taught(session, error, NOW) is None
        assert session.get_one(LessonRow, ("@x", "init")).refusals == 1


def test_too_many_posts_block_until_the_oldest_of_the_day_is_a_day_old(bench):
    with bench.database.transaction() as session:
        for number, hours in enumerate((20, 8, 2)):
            a_commit(session, str(number), NOW - timedelta(hours=hours))
        lesson = taught(session, refusal("spam_risk_too_many_posts"), NOW)
        assert (lesson.blocked_until, lesson.learned_max) == (NOW + timedelta(hours=4), 3)
        found = admission(session, "@x", NOW, WIDE)
        assert (found.at, found.is_taught) == (lesson.blocked_until + timedelta(milliseconds=1), True)
        assert admission(session, "@x", NOW + timedelta(hours=3), WIDE).at == found.at


def test_a_block_lasts_an_hour_at_least(bench):
    with bench.database.transaction() as session:
        assert taught(session, refusal("spam_risk_too_many_posts"), NOW).blocked_until == NOW + HOUR
        a_commit(session, "1", NOW - timedelta(hours=23, minutes=50))
        again = taught(session, refusal("spam_risk_too_many_posts"), NOW + timedelta(seconds=1))
        assert again.blocked_until == NOW + timedelta(hours=1, seconds=1)


def test_the_learned_number_grows_by_one_for_each_clean_day_up_to_the_chosen_one(bench):
    with bench.database.transaction() as session:
        for number in range(3):
            a_commit(session, str(number), NOW - timedelta(minutes=number + 1))
        taught(session, refusal("spam_risk_too_many_posts"), NOW)
        lesson = lessons_for(session, "@x")["posts"]
        assert [lesson.posts_a_day(NOW + DAY * days) for days in (0, 0.99, 1, 5)] == [3, 3, 4, 8]
        later = NOW + DAY * 2
        for number in range(10, 15):
            a_commit(session, str(number), later - timedelta(minutes=number))
        assert admission(session, "@x", later, WIDE).limit is Limit.LEARNED
        assert admission(session, "@x", later, PostLimits(50, 4)).limit is Limit.DAY
        unlearn_success(session, "@x", now=later)
        assert admission(session, "@x", later, WIDE).limit is Limit.LEARNED


def test_full_inboxes_hold_back_drafts_only_and_send_the_person_to_tiktok(bench):
    with bench.database.transaction() as session:
        for number in range(5):
            at = NOW - timedelta(hours=20 - number)
            a_commit(session, str(number), at, state="COMMITTING", handover="IN_INBOX", verdict=None)
        drafts = admission(session, "@x", NOW, WIDE, route="inbox")
        assert (drafts.limit, drafts.at) == (Limit.DRAFTS, NOW + timedelta(hours=4, milliseconds=1))
        assert "open TikTok" in drafts.sentence
        lesson = taught(session, refusal("spam_risk_too_many_pending_share"), NOW, route="inbox")
        assert lesson.blocked_until == NOW + timedelta(hours=4)
        assert admission(session, "@x", NOW, WIDE, route="direct").limit is Limit.NONE


def test_a_full_app_holds_back_all_accounts_longer_each_time_and_is_nobodys_fault(bench):
    with bench.database.transaction() as session:
        at, hours = NOW, []
        for _ in range(5):
            lesson = taught(session, refusal("reached_active_user_cap"), at)
            hours.append((lesson.blocked_until - at) / HOUR)
            assert admission(session, "@somebody.else", at, WIDE).limit is Limit.BLOCKED
            at = lesson.blocked_until
        assert hours == [1, 2, 4, 6, 6]
        assert session.get_one(LessonRow, (WHOLE_APP, "app")).reason


@pytest.mark.parametrize("code", sorted(CODES))
def test_only_what_speaks_of_spam_and_is_no_documented_count_stops_an_account(code):
    expected = code in {"spam_risk_user_banned_from_posting", "spam_risk_text", "spam_risk"}
    assert stops_account(error_for(code)) is expected


def test_spam_signals_that_nobody_knows_yet_stop_an_account_too():
    assert stops_account(error_for("spam_risk_new_kind"))
    assert not any(stops_account(error_for(code)) for code in COUNT_LESSONS)


def test_other_refusals_teach_nothing(bench):
    with bench.database.transaction() as session:
        assert taught(session, refusal("internal"), NOW) is None
        assert lessons_for(session, "@x") == {}
