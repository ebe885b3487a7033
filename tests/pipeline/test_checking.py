"""Each broken promise is found and named, stops its own account where it must, and is told once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from builders import ALT, NOON, a_post, an_account
from reposter.deliver.accounts.account import AccountStatus
from reposter.deliver.accounts.service import get_account, resume
from reposter.deliver.accounts.tables import AccountRow
from reposter.deliver.publishing.attempt import AttemptState, Handover
from reposter.deliver.publishing.limits import PostLimits
from reposter.deliver.publishing.tables import ApiCallRow, AttemptRow, ConsentRow
from reposter.deliver.scheduling.service import change_post
from reposter.deliver.scheduling.tables import PostState
from reposter.guard.rights.tables import RightsRow
from reposter.pipeline.checking import CHECK_SECONDS, RECENT, STOPPING, check_promises, verify_publishing
from reposter.pipeline.plan_post import publish_job
from reposter.pipeline.promises import GRACE, LIMITS_SLACK, LimitsSeen, widest_around

OTHER = "@other"
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
NOW = NOON + 2 * HOUR


@pytest.fixture
def line(installation):
    """Two connected accounts, and a database without the guards that keep such damage out."""
    with installation.session() as session:
        session.execute(sa.text("DROP INDEX one_live"))
        session.execute(sa.text("DROP INDEX one_publication"))
        an_account(session)
        an_account(session, OTHER)
    return installation


def attempt(post_id="1", n=1, *, at=NOON, **columns):
    facts = {
        "state": AttemptState.PUBLISHED, "account": ALT, "content_sha256": f"{post_id:0>64}", "size_bytes": 10,
        "chunk_bytes": 10, "created_at": at, "updated_at": at, "commit_at": at, "publish_id": f"p-{post_id}-{n}",
        "verdict": {"by": "tiktok"}, "post_ids": [],
    }  # fmt: skip
    return AttemptRow(post_id=post_id, n=n, **facts | columns)


def consent(post_id="1", *, given_at=NOON - HOUR, **columns):
    facts = {"account": ALT, "content_sha256": f"{post_id:0>64}", "caption_sha256": "c" * 64, "route": "direct"}
    return ConsentRow(post_id=post_id, choices={}, given_by="owner", given_at=given_at, **facts | columns)


def right(**columns):
    return RightsRow(**{"source_id": "s", "basis": "own", "asserted_at": NOON - HOUR} | columns)


def call(post_id, op, at):
    return ApiCallRow(post_id=post_id, n=1, op=op, started_at=at, ended_at=at, outcome="ok")


def put(installation, *rows):
    with installation.session() as session:
        session.add_all(rows)


def check(installation, now=NOW):
    return check_promises(installation.database, installation.line, installation.options.publishing, now=now)


def verify(installation, now=NOW):
    return verify_publishing(installation.database, installation.line, now=now)


def status(installation, handle=ALT):
    with installation.session() as session:
        return get_account(session, handle).status


def grounded(installation, *, consents=(), rights=(), **columns):
    """A published attempt with what it rests on."""
    with installation.session() as session:
        given, asserted = consent(**dict(consents)), right(**dict(rights))
        session.add_all([given, asserted])
        session.flush()
        session.add(attempt(**{"consent_id": given.id, "rights_id": asserted.id} | columns))


# The journal (I1-I4) and its grounds (I8): these stop the account

DAMAGE = {
    "two live attempts": ("I1", [attempt(state="OPEN", commit_at=None), attempt(n=2, state="OPEN", commit_at=None)]),
    "a second attempt after a lost one": ("I2", [attempt(state="ABANDONED"), attempt(n=2)]),
    "a second attempt after a pull that was fetched": (
        "I2",
        [attempt(state="ABANDONED", transfer="pull", revoked_at=NOON, pull_fetches=1), attempt(n=2)],
    ),
    "a second attempt after a pull that was not revoked": (
        "I2",
        [attempt(state="ABANDONED", transfer="pull"), attempt(n=2)],
    ),
    "a success that nobody saw": ("I3", [attempt(verdict=None)]),
    "a success without a commit": ("I3", [attempt(commit_at=None)]),
    "one address for two posts": ("I3", [attempt(post_ids=["7"]), attempt("2", post_ids=["7"])]),
    "bytes before the publish id": ("I4", [attempt(publish_id=None), call("1", "put", NOON)]),
    "the last chunk before the commit": ("I4", [attempt(), call("1", "put_last", NOON - MINUTE)]),
    "a file that was fetched before the commit": (
        "I4",
        [attempt(state="INTENT", transfer="pull", pull_fetches=1, commit_at=None)],
    ),
    "a post without a consent": ("I8", [consent("9"), right(), attempt(rights_id=1)]),
    "a post without a right": ("I8", [consent(), attempt(consent_id=1)]),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_that_could_double_or_mislead_is_named_and_stops_its_account_alone(line, told, damage):
    rule, rows = DAMAGE[damage]
    put(line, *rows)
    found = check(line)
    assert (found[0].rule, {one.account for one in found}) == (rule, {ALT})
    assert verify(line) == found
    assert (status(line), status(line, OTHER)) == (AccountStatus.PAUSED, AccountStatus.CONNECTED)
    with line.session() as session:
        assert rule in get_account(session, ALT).pause_reason
    event, *_ = told("error.occurred")
    assert event.payload["code"] == "invariant_broken" and rule in event.payload["message"]


def test_an_account_that_is_not_connected_is_stopped_for_when_it_is(line, told):
    put(line, attempt(verdict=None))
    with line.session() as session:
        session.execute(sa.update(AccountRow).where(AccountRow.handle == ALT).values(status="reauth_needed"))
    check(line)
    with line.session() as session:
        account = get_account(session, ALT)
    assert account.status is AccountStatus.REAUTH_NEEDED and "I3" in account.paused_reason
    assert "was stopped" in told("error.occurred")[0].payload["message"]


GROUNDS = {
    "withdrawn before": {"consents": {"withdrawn_at": NOON - MINUTE}},
    "given afterwards": {"consents": {"given_at": NOON + MINUTE}, "early": True},
    "for another file": {"consents": {"content_sha256": "f" * 64}},
    "for another account": {"consents": {"account": OTHER}},
    "for another post": {"consents": {"post_id": "2"}},
    "an unknown basis": {"rights": {"basis": "unknown"}},
    "a right that had run out": {"rights": {"valid_to": NOON - MINUTE}},
    "a right taken back before": {"rights": {"revoked_at": NOON - MINUTE}},
    "a right that came later": {"rights": {"asserted_at": NOON + MINUTE}},
}


@pytest.mark.parametrize("lack", GROUNDS)
def test_a_post_must_rest_on_what_held_when_it_was_committed(line, lack):
    facts = dict(GROUNDS[lack])
    if facts.pop("early", False):
        put(line, consent("9"))  # consents were kept already
    grounded(line, **facts)
    assert [one.rule for one in check(line)] == ["I8"]
    assert status(line) == AccountStatus.PAUSED


@pytest.mark.parametrize(
    "later",
    [
        {"consents": {"withdrawn_at": NOON + MINUTE}},
        {"rights": {"revoked_at": NOON + MINUTE}},
        {"rights": {"valid_to": NOON + MINUTE}},
        {"state": "COMMITTING", "consent_id": None},
    ],
)
def test_what_ended_after_the_commit_or_is_not_live_accuses_nobody(line, later):
    grounded(line, **later)
    assert check(line) == verify(line) == []


def test_posts_from_before_consents_were_kept_are_excused(line):
    put(line, attempt(at=NOON - 2 * HOUR))
    assert verify(line) == []
    put(line, consent("9"))
    assert verify(line) == []


# Forgotten posts (I5) and limits (I7): told, and nothing is stopped


def a_due_post(line, *, is_carried=True, **columns):
    with line.session() as session:
        video_id = columns.pop("video_id", "1")
        post = a_post(session, video_id, **columns)
        change_post(session, post.id, now=NOON, scheduled_time=NOON)
        if is_carried:
            line.line.enqueue(session, publish_job(post))
        return str(post.id)


def test_a_due_post_that_no_job_carries_is_told_and_stops_nothing(line, told):
    post_id = a_due_post(line, is_carried=False, error_message="waits")
    assert [(one.rule, one.post_id) for one in check(line)] == [("I5", post_id)]
    assert status(line) == AccountStatus.CONNECTED
    assert len(told("error.occurred")) == 1


def test_a_due_post_that_says_nothing_is_found_unless_it_stands_behind_another(line):
    silent = a_due_post(line)
    assert [one.post_id for one in verify(line)] == [silent]
    with line.session() as session:
        an_account(session, "@busy")
    ahead = a_due_post(line, account="@busy", error_message="The hour is full.")
    a_due_post(line, account="@busy", video_id="2")
    assert [one.post_id for one in verify(line)] == [silent], ahead


@pytest.mark.parametrize("columns", [{"error_message": "The hour is full."}, {"not_before": NOW + HOUR}])
def test_a_post_that_waits_with_a_reason_or_a_time_is_not_forgotten(line, columns):
    a_due_post(line, **columns)
    assert verify(line) == []


def test_two_minutes_and_a_sweep_are_allowed(line):
    a_due_post(line, is_carried=False)
    assert verify(line, NOON + GRACE) == []
    assert len(verify(line, NOON + GRACE + MINUTE)) == 1


@pytest.mark.parametrize("state", list(PostState))
def test_an_end_needs_its_reason(line, state):
    with line.session() as session:
        a_post(session, "1", status=state, scheduled_time=NOW + HOUR)
    needs_reason = state in (PostState.FAILED, PostState.SKIPPED, PostState.REVIEW, PostState.HELD)
    assert [one.rule for one in verify(line)] == (["I5"] if needs_reason else [])
    with line.session() as session:
        change_post(session, 1, now=NOON, error_message="TikTok refused the caption.")
    assert verify(line) == []


def test_a_live_post_that_is_shown_as_failed_is_found(line):
    with line.session() as session:
        post_id = str(a_post(session, "1", status=PostState.FAILED, error_message="It seemed so.").id)
        session.add(attempt(post_id))
    assert [(one.rule, one.post_id) for one in check(line)] == [("I5", post_id)]


def commits(line, count, *, start=NOON, apart=MINUTE):
    put(line, *[attempt(f"l{k}", at=start + k * apart) for k in range(count)])


def test_a_commit_over_the_limit_in_force_is_told_and_stops_nothing(line, told):
    line.choose(posts_per_hour=2, posts_per_day=9)
    assert check(line, NOON - HOUR) == []
    commits(line, 3)
    (found,) = check(line)
    assert (found.rule, found.post_id) == ("I7", "l2") and "2 an hour" in found.sentence
    assert status(line) == AccountStatus.CONNECTED
    assert len(told("error.occurred")) == 1


def test_limits_that_are_lowered_later_accuse_nobody(line):
    line.choose(posts_per_hour=5)
    check(line, NOON - HOUR)
    commits(line, 4)
    line.choose(posts_per_hour=1)
    assert check(line, NOON + HOUR) == [] and verify(line) == []


def test_commits_from_before_the_first_look_at_the_limits_are_not_judged(line):
    line.choose(posts_per_hour=1)
    commits(line, 5)
    assert check(line, NOON + 30 * MINUTE) == []


def test_a_place_that_is_free_again_after_exactly_an_hour_is_free(line):
    line.choose(posts_per_hour=1, posts_per_day=9)
    check(line, NOON - HOUR)
    commits(line, 3, apart=HOUR)
    assert check(line, NOON + 3 * HOUR) == []


def test_what_cannot_be_live_takes_no_place(line):
    line.choose(posts_per_hour=1)
    check(line, NOON - HOUR)
    put(line, attempt("a", state="FAILED"), attempt("b", state="ABANDONED", at=NOON + MINUTE))
    put(line, attempt("c", at=NOON + 2 * MINUTE))
    assert check(line) == []


def test_around_a_change_the_widest_limits_count():
    seen = [LimitsSeen(NOON, PostLimits(5, 25)), LimitsSeen(NOON + HOUR, PostLimits(1, 30))]
    assert widest_around(seen, NOON - MINUTE) is None
    assert widest_around(seen, NOON) == PostLimits(5, 25)
    assert widest_around(seen, NOON + HOUR - MINUTE) == PostLimits(5, 30)
    assert widest_around(seen, NOON + HOUR + LIMITS_SLACK + MINUTE) == PostLimits(1, 30)


# The round


def test_a_finding_is_told_once_and_an_account_that_is_resumed_stays_so(line, told):
    put(line, attempt(verdict=None))
    assert len(check(line)) == 1
    with line.session() as session:
        resume(session, ALT, now=NOW)
    assert check(line, NOW + MINUTE) == []
    assert status(line) == AccountStatus.CONNECTED and len(told("error.occurred")) == 1
    put(line, attempt("2", verdict=None))
    assert [one.post_id for one in check(line, NOW + 2 * MINUTE)] == ["2"]
    assert status(line) == AccountStatus.PAUSED and len(told("error.occurred")) == 2


def test_the_round_looks_at_the_last_day_and_the_command_at_everything(line):
    put(line, attempt(verdict=None))
    late = NOON + RECENT + MINUTE
    assert check(line, late) == []
    assert [one.rule for one in verify(line, late)] == ["I3"]


def test_an_account_that_is_gone_or_stands_still_is_told_all_the_same(installation, told):
    put(installation, attempt(verdict=None))
    assert len(check(installation)) == len(told("error.occurred")) == 1


def test_what_is_sound_is_left_alone(line, told):
    """All that a long life leaves behind: proofs of every kind, handed over posts, an open upload."""
    dead = {"upload_expires_at": NOON - HOUR, "verdict": {"uploaded_bytes": 5}}
    put(
        line,
        attempt("a", state="FAILED"), attempt("a", 2),
        attempt("b", state="ABANDONED", **dead), attempt("b", 2, at=NOON + MINUTE),
        attempt("c", state="ABANDONED", commit_at=None), attempt("c", 2, state="OPEN", commit_at=None),
        attempt("d", state="ABANDONED", transfer="pull", revoked_at=NOON), attempt("d", 2, at=NOON + 2 * MINUTE),
        attempt("e", state="FAILED", transfer="pull", verdict={"by": "refusal", "init": "rejected"}), attempt("e", 2),
        attempt("f", state="COMMITTING", handover=Handover.NEEDS_HUMAN, verdict={"status": "PROCESSING_UPLOAD"}),
        call("a", "put_last", NOON),
    )  # fmt: skip
    assert check(line) == verify(line) == [] == told("error.occurred")


def test_every_rule_that_stops_is_one_that_could_double_or_mislead():
    assert sorted(STOPPING) == ["I1", "I2", "I3", "I4", "I8"]
    assert CHECK_SECONDS == 60
