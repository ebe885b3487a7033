"""A post goes out on somebody's word for exactly what is sent, and on nothing else."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from builders import ALT, NOON, a_finished_video, a_post, a_source, an_account
from reposter.cli.main import app as command
from reposter.deliver.accounts.service import get_account, set_choices
from reposter.deliver.publishing.attempt import AttemptState
from reposter.deliver.publishing.composer import UNSEEN, Offer
from reposter.deliver.publishing.tables import AttemptRow, ConsentRow
from reposter.deliver.scheduling.service import change_post, get_post
from reposter.deliver.scheduling.tables import PostState
from reposter.guard.rights.service import declare_basis
from reposter.guard.rights.tables import RightsRow
from reposter.kit.errors import VendorUnavailable
from reposter.library.service import change_video
from reposter.pipeline.agents import register_agent
from reposter.pipeline.approving import (
    Approval,
    ChoicesUnfit,
    Decider,
    StandingChoices,
    approve_post,
    choose_for_account,
    consent_in_force,
    read_offer,
    reject_post,
)
from reposter.pipeline.commands import NotReady, PostSettled, publish_now
from reposter.pipeline.consenting import settled_consent
from reposter.pipeline.plan_post import plan
from reposter.pipeline.publish_post import check_post, send_post
from reposter.pipeline.tools import hand_over
from reposter.vendors.tiktok.errors import PostingCapReached
from reposter.vendors.tiktok.payloads import CreatorInfo
from reposter.vendors.tiktok.posting import PostingChoices, PrivacyLevel, Route
from reposter.vocabulary.rights import Basis

VIDEO = "7312345678901234567"
OTHER = "@other"
PUBLIC = PostingChoices(PrivacyLevel.PUBLIC_TO_EVERYONE, music_usage_confirmed=True)
PRIVATE = replace(PUBLIC, privacy_level=PrivacyLevel.SELF_ONLY)
NOBODY = Decider(UNSEEN, "ada")


def standing(installation, choices=PUBLIC, *, handle=ALT, **how):
    with installation.session() as session:
        return set_choices(session, handle, choices, **{"route": Route.DIRECT, "now": NOON, "by": "ada"} | how)


@pytest.fixture
def post_id(installation, agent):
    """A post that may go out now under its account's standing choices."""
    content = b"moving pictures" * 1000
    with installation.session() as session:
        register_agent(session, agent.agent_id, role="publisher", restarts=0, now=NOON)
        source_id = a_source(session).source_id
        declare_basis(session, source_id, Basis.OWN, now=NOON)
        video = a_finished_video(
            session,
            VIDEO,
            source_id=source_id,
            rendition_sha256=hashlib.sha256(content).hexdigest(),
            rendition_bytes=len(content),
        )
        file = installation.layout.absolute(video.local_path)
        an_account(session)
        an_account(session, OTHER)
        post_id = a_post(session, VIDEO, source_id=source_id).id
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    standing(installation)
    standing(installation, handle=OTHER)
    return post_id


def look(installation, post_id):
    with installation.session() as session:
        return get_post(session, post_id)


def change(installation, post_id, **columns):
    with installation.session() as session:
        change_post(session, post_id, now=NOON, **columns)


def consents(installation, **columns):
    with installation.session() as session:
        return session.scalars(sa.select(ConsentRow).filter_by(**columns).order_by(ConsentRow.id)).all()


def in_force(installation):
    return consents(installation, withdrawn_at=None)


def attempts(installation):
    with installation.session() as session:
        return session.scalars(sa.select(AttemptRow).order_by(AttemptRow.n)).all()


def approve(installation, post_id, *, decider=NOBODY, **approval):
    with installation.session() as session:
        line, options = installation.line, installation.options
        return approve_post(session, line, options, post_id, Approval(**approval), decider=decider, now=NOON)


def between(installation, agent, point, deed):
    """Do something once, in another transaction, when the sending worker comes to `point`."""
    left = [deed]
    hand_over(replace(agent, point=lambda name: left.pop()() if name == point and left else None))


# Standing choices


def test_standing_choices_are_written_out_for_exactly_what_is_sent(installation, post_id):
    send_post(post_id)
    (consent,) = consents(installation)
    assert (consent.is_standing, consent.given_by, consent.account, consent.route) == (True, "ada", ALT, "direct")
    assert PostingChoices.from_json(consent.choices) == PUBLIC
    send_post(post_id)
    assert len(consents(installation)) == 1


def test_a_published_attempt_names_the_consent_and_the_right_that_it_rests_on(installation, post_id):
    send_post(post_id)
    check_post(post_id)
    (attempt,) = attempts(installation)
    (consent,) = consents(installation)
    with installation.session() as session:
        right = session.scalars(sa.select(RightsRow)).one()
    assert attempt.state == AttemptState.PUBLISHED
    assert (attempt.consent_id, attempt.rights_id) == (consent.id, right.id)
    assert consent.given_at <= attempt.commit_at


@pytest.mark.parametrize(
    ("choices", "code", "words"),
    [
        (PostingChoices(), "posting_choice_missing", ("who may see", "Music Usage Confirmation")),
        (replace(PUBLIC, music_usage_confirmed=False), "posting_choice_missing", ("Music Usage Confirmation",)),
        (replace(PUBLIC, discloses_commercial=True), "posting_choice_missing", ("yourself, a third party",)),
        (
            replace(PRIVATE, discloses_commercial=True, brand_content=True),
            "tiktok_choice_refused",
            ("cannot be set to private",),
        ),
    ],
)
def test_incomplete_standing_choices_hold_the_post_and_name_all_that_lacks(installation, post_id, choices, code, words):
    standing(installation, choices)
    assert send_post(post_id)["state"] == "held"
    post = look(installation, post_id)
    assert (post.status, post.error_code) == (PostState.HELD, code)
    assert all(word in post.error_message for word in words) and post.remedy
    assert consents(installation) == [] and attempts(installation) == []


def test_the_inbox_route_needs_no_choices_and_has_its_consent_all_the_same(installation, post_id):
    standing(installation, PostingChoices(), route=Route.INBOX)
    assert send_post(post_id)["state"] == "sent"
    assert [consent.route for consent in in_force(installation)] == ["inbox"]


def test_a_caption_that_grew_too_long_holds_the_post(installation, post_id):
    change(installation, post_id, caption="😀" * 1101)
    assert send_post(post_id)["state"] == "held"
    assert "2,202 UTF-16 units" in look(installation, post_id).error_message


# An upload that is open when its consent stops fitting


@pytest.mark.parametrize("point", ["intent:after", "open:after", "commit:before"])
def test_choices_that_change_while_the_upload_is_open_give_it_up_and_go_out_anew(installation, agent, post_id, point):
    between(installation, agent, point, lambda: standing(installation, PRIVATE))
    answer = send_post(post_id)
    assert (answer["state"], answer["wait_seconds"] is not None) == ("again", True)
    (given_up,) = attempts(installation)
    assert (given_up.state, given_up.commit_at, given_up.counts) == (AttemptState.ABANDONED, None, False)
    assert look(installation, post_id).status == PostState.QUEUED
    with installation.session() as session:
        session.execute(sa.update(AttemptRow).values(retry_at=NOON))
    assert send_post(post_id)["state"] == "sent"
    check_post(post_id)
    (consent,) = in_force(installation)
    assert PostingChoices.from_json(consent.choices) == PRIVATE
    assert attempts(installation)[-1].consent_id == consent.id


@pytest.mark.parametrize("deed", ["asks first", "taken back", "caption", "rendered anew"])
def test_an_upload_whose_approval_stops_fitting_is_never_committed(installation, agent, post_id, deed):
    standing(installation, asks_first=True)
    approve(installation, post_id)

    def undo():
        with installation.session() as session:
            if deed == "asks first":
                session.execute(sa.update(ConsentRow).values(is_standing=True))
            elif deed == "taken back":
                session.execute(sa.update(ConsentRow).values(withdrawn_at=NOON))
            elif deed == "caption":
                change_post(session, post_id, now=NOON, caption="Another")
            else:
                change_video(session, VIDEO, now=NOON, rendition_sha256="f" * 64)

    between(installation, agent, "open:after", undo)
    assert send_post(post_id)["state"] == "held"
    (given_up,) = attempts(installation)
    assert (given_up.state, given_up.commit_at) == (AttemptState.ABANDONED, None)
    assert look(installation, post_id).error_code == "approval_needed"


def test_an_open_upload_from_before_consents_were_kept_is_given_up(installation, agent, post_id):
    def forget():
        with installation.session() as session:
            session.execute(sa.update(AttemptRow).values(consent_id=None))

    between(installation, agent, "open:after", forget)
    assert send_post(post_id)["state"] == "again"
    assert attempts(installation)[0].state == AttemptState.ABANDONED


def test_an_upload_left_open_is_not_taken_up_again_on_another_consent(installation, agent, post_id):
    def stumble():
        raise VendorUnavailable("The line is down for a moment.")

    between(installation, agent, "commit:before", stumble)
    assert send_post(post_id)["state"] == "again"
    assert [attempt.state for attempt in attempts(installation)] == [AttemptState.OPEN]
    standing(installation, PRIVATE)
    send_post(post_id)
    assert [attempt.state for attempt in attempts(installation)] == [AttemptState.ABANDONED]


def test_an_upload_left_open_is_taken_up_again_on_the_same_consent(installation, agent, post_id):
    def stumble():
        raise VendorUnavailable("The line is down for a moment.")

    between(installation, agent, "commit:before", stumble)
    send_post(post_id)
    assert send_post(post_id)["state"] == "sent"
    assert [attempt.state for attempt in attempts(installation)] == [AttemptState.COMMITTING]


def test_a_worker_that_slept_over_a_new_consent_does_not_commit_on_its_old_order(installation, agent, post_id):
    def meanwhile():
        standing(installation, PRIVATE)
        with installation.session() as session:
            newer = settled_consent(session, get_post(session, post_id), now=NOON)
            session.execute(sa.update(AttemptRow).values(consent_id=newer.id))

    between(installation, agent, "open:after", meanwhile)
    assert send_post(post_id)["state"] == "again"
    assert attempts(installation)[0].commit_at is None


# Accounts that ask first


def test_an_account_that_asks_first_holds_each_post_until_somebody_approves_it(installation, post_id):
    standing(installation, asks_first=True)
    assert send_post(post_id)["state"] == "held"
    held = look(installation, post_id)
    assert (held.error_code, bool(held.remedy)) == ("approval_needed", True)
    approved = approve(installation, post_id)
    assert (approved.status, approved.error_message, approved.remedy) == (PostState.QUEUED, None, None)
    assert send_post(post_id)["state"] == "sent"
    (consent,) = in_force(installation)
    assert (consent.is_standing, consent.given_by) == (False, "ada")


def test_the_question_is_asked_when_the_post_is_planned(installation, agent, post_id):
    standing(installation, asks_first=True)
    with installation.session() as session:
        declare_basis(session, source := look(installation, post_id).source_id, Basis.OWN, now=NOON)
        a_finished_video(session, "2", source_id=source, rendition_bytes=10)
    plan("2")
    with installation.session() as session:
        planned = get_post(session, post_id + 1)
    assert (planned.status, planned.error_code) == (PostState.HELD, "approval_needed")
    assert installation.line.unfinished("publish_post") == set()


def test_publishing_by_hand_does_not_stand_for_an_approval(installation, post_id):
    standing(installation, asks_first=True)
    with installation.session() as session:
        post = publish_now(session, installation.line, installation.options, VIDEO, account=ALT, now=NOON)
    assert (post.status, post.error_code) == (PostState.HELD, "approval_needed")


def test_a_post_goes_out_with_the_choices_of_its_approval_and_not_with_the_accounts(installation, agent, post_id):
    standing(installation, PUBLIC, asks_first=True)
    approve(installation, post_id, choices=PRIVATE)
    standing(installation, replace(PUBLIC, allow_duet=True), asks_first=True)
    sent = []
    twin = agent.publisher_for(ALT)

    class Watched:
        def init(self, order, upload_plan):
            sent.append(order)
            return twin.init(order, upload_plan)

        def __getattr__(self, name):
            return getattr(twin, name)

    hand_over(replace(agent, publisher_for=lambda _account: Watched()))
    send_post(post_id)
    assert [order.choices for order in sent] == [PRIVATE]


@pytest.mark.parametrize("deed", ["caption", "rendered anew", "transferred", "route"])
def test_what_was_approved_is_no_longer_so_after_a_change(installation, post_id, deed):
    standing(installation, asks_first=True)
    standing(installation, handle=OTHER, asks_first=True)
    approve(installation, post_id)
    with installation.session() as session:
        assert consent_in_force(session, get_post(session, post_id)) is not None
        if deed == "caption":
            change_post(session, post_id, now=NOON, caption="Another caption")
        elif deed == "rendered anew":
            change_video(session, VIDEO, now=NOON, rendition_sha256="f" * 64)
        elif deed == "transferred":
            change_post(session, post_id, now=NOON, tiktok_account=OTHER)
        else:
            set_choices(session, ALT, PUBLIC, route=Route.INBOX, asks_first=True, now=NOON)
        session.flush()
        assert consent_in_force(session, get_post(session, post_id)) is None
    assert send_post(post_id)["state"] == "held"
    assert look(installation, post_id).error_code == "approval_needed"


def test_under_standing_choices_a_change_is_agreed_to_by_a_new_row(installation, post_id):
    send_post(post_id)
    change(installation, post_id, status=PostState.QUEUED, caption="Another caption")
    with installation.session() as session:
        session.execute(sa.update(AttemptRow).values(state=AttemptState.ABANDONED, retry_at=NOON, commit_at=None))
    send_post(post_id)
    first, second = consents(installation)
    assert (first.withdrawn_at is not None, second.withdrawn_at) == (True, None)
    assert first.caption_sha256 != second.caption_sha256


# Approving and rejecting


def test_an_approval_may_bring_another_caption_and_its_own_choices(installation, post_id):
    standing(installation, PostingChoices(), asks_first=True)
    approve(installation, post_id, choices=PRIVATE, caption="Better words")
    assert look(installation, post_id).caption == "Better words"
    (consent,) = in_force(installation)
    assert PostingChoices.from_json(consent.choices) == PRIVATE


def test_a_caption_that_is_edited_takes_the_old_consent_back(installation, post_id):
    approve(installation, post_id)
    approve(installation, post_id, caption="Better words")
    assert len(consents(installation)) == 2 and len(in_force(installation)) == 1


def test_all_that_is_wrong_with_an_approval_is_told_at_once_and_nothing_changes(installation, post_id):
    info = CreatorInfo.read({"privacy_level_options": ["SELF_ONLY"], "max_video_post_duration_sec": 10}, "log")
    with pytest.raises(ChoicesUnfit) as caught:
        approve(installation, post_id, decider=Decider(Offer.of(info)), caption="x" * 3000, music_usage_confirmed=False)
    assert [one["code"] for one in caught.value.context["findings"]] == [
        "caption_too_long",
        "privacy_not_offered",
        "video_too_long",
        "music_not_confirmed",
    ]
    assert consents(installation) == [] and look(installation, post_id).caption.startswith("Three tricks")


def test_fifty_approvals_at_once_are_one_consent_and_one_job(installation, post_id):
    standing(installation, asks_first=True)
    send_post(post_id)
    with ThreadPoolExecutor(10) as pool:
        states = [post.status for post in pool.map(lambda _: approve(installation, post_id), range(50))]
    assert set(states) == {PostState.QUEUED}
    assert len(consents(installation)) == 1
    assert len(installation.line.unfinished("publish_post")) == 1


def test_a_rejected_post_is_cancelled_with_its_reason_and_its_consent_gone(installation, post_id, told):
    approve(installation, post_id)
    with installation.session() as session:
        reject_post(session, post_id, reason="Not our tone.", now=NOON)
    post = look(installation, post_id)
    assert (post.status, post.error_code, post.error_message) == (PostState.CANCELLED, "rejected", "Not our tone.")
    assert in_force(installation) == []
    assert told("queue.updated")[-1].payload["status"] == "cancelled"
    assert send_post(post_id)["state"] == "cancelled"


@pytest.mark.parametrize(
    "status", [PostState.PROCESSING, PostState.POSTED, PostState.REVIEW, PostState.CANCELLED, PostState.FAILED]
)
def test_what_is_under_way_or_settled_can_be_neither_approved_nor_rejected(installation, post_id, status):
    change(installation, post_id, status=status)
    with pytest.raises(PostSettled):
        approve(installation, post_id)
    with installation.session() as session, pytest.raises(PostSettled):
        reject_post(session, post_id, reason="", now=NOON)
    assert consents(installation) == []


def test_a_video_without_a_finished_file_cannot_be_approved(installation, post_id):
    with installation.session() as session:
        change_video(session, VIDEO, now=NOON, rendition_sha256=None)
    with pytest.raises(NotReady):
        approve(installation, post_id)


# Choosing for an account


def choose(installation, choices, *, offer=UNSEEN, route=Route.DIRECT, asks_first=False, now=NOON):
    new = StandingChoices(choices, route, asks_first)
    with installation.session() as session:
        line, options = installation.line, installation.options
        return choose_for_account(session, line, options, ALT, lambda _: new, decider=Decider(offer, "ada"), now=now)


def test_standing_choices_carry_who_made_them_and_when(installation, post_id):
    account, _ = choose(installation, PRIVATE, asks_first=True, now=NOON + timedelta(1))
    assert (account.choices, account.asks_first) == (PRIVATE, True)
    assert (account.choices_by, account.choices_at) == ("ada", NOON + timedelta(1))


def test_posts_that_waited_for_a_choice_get_their_slots(installation, post_id):
    standing(installation, PostingChoices())
    send_post(post_id)
    assert choose(installation, PUBLIC)[1] == [post_id]
    assert look(installation, post_id).status == PostState.QUEUED
    assert choose(installation, PUBLIC)[1] == []


def test_choices_that_the_account_does_not_offer_are_not_kept(installation, post_id):
    info = CreatorInfo.read({"privacy_level_options": ["SELF_ONLY"], "duet_disabled": True}, "log")
    with pytest.raises(ChoicesUnfit) as caught:
        choose(installation, replace(PUBLIC, allow_duet=True), offer=Offer.of(info))
    assert [one["code"] for one in caught.value.context["findings"]] == ["privacy_not_offered", "duet_disabled"]
    with installation.session() as session:
        assert get_account(session, ALT).choices == PUBLIC


def test_who_is_asked_first_may_leave_privacy_and_music_open_but_nothing_contradictory(installation, post_id):
    choose(installation, PostingChoices(), asks_first=True)
    with pytest.raises(ChoicesUnfit):
        choose(installation, PostingChoices())
    with pytest.raises(ChoicesUnfit):
        choose(installation, PostingChoices(brand_content=True), asks_first=True)


def test_by_the_other_routes_nothing_has_to_be_chosen(installation, post_id):
    for route in (Route.INBOX, Route.EXPORT):
        assert choose(installation, PostingChoices(), route=route)[0].route is route


def test_what_tiktok_will_not_say_is_neither_a_yes_nor_a_no():
    def fails(error):
        def read(_handle):
            raise error

        return read

    capped = read_offer(fails(PostingCapReached("No more posts today.")), ALT)
    assert (capped.is_known, capped.can_post_now, capped.reason) == (True, False, "No more posts today.")
    away = read_offer(fails(VendorUnavailable("TikTok is away.")), ALT)
    assert (away.is_known, away.can_post_now) == (False, None) and "cannot be checked" in away.reason
    assert read_offer(fails(KeyError()), ALT, Route.INBOX).is_known is False  # not even asked


# The commands


def say(installation, *words):
    return CliRunner().invoke(command, [*words, "--data-dir", str(installation.layout.data_dir)])


def test_the_command_chooses_what_it_is_told_and_leaves_the_rest(installation, post_id):
    words = ("account", "choices", ALT, "--privacy", "SELF_ONLY", "--comments", "--disclose", "own", "--ask-first")
    done = say(installation, *words)
    assert done.exit_code == 0, done.output
    assert "checked again before each post" in done.output  # no token of these tests opens, so TikTok is not asked
    with installation.session() as session:
        account = get_account(session, ALT)
    assert account.choices == replace(PRIVATE, allow_comment=True, discloses_commercial=True, brand_organic=True)
    assert (account.asks_first, account.choices_by, account.route) == (True, "owner", Route.DIRECT)
    assert say(installation, "account", "choices", ALT, "--disclose", "none", "--not-first").exit_code == 0
    with installation.session() as session:
        assert get_account(session, ALT).choices == replace(PRIVATE, allow_comment=True)


def test_the_command_refuses_what_tiktok_would(installation, post_id):
    refused = say(installation, "account", "choices", ALT, "--privacy", "SELF_ONLY", "--disclose", "paid")
    assert refused.exit_code == 2 and "cannot be set to private" in refused.output
    assert say(installation, "account", "choices", ALT, "--privacy", "NOBODY").exit_code == 2


def test_the_commands_approve_and_reject(installation, post_id):
    standing(installation, replace(PUBLIC, music_usage_confirmed=False), asks_first=True)
    assert say(installation, "queue", "approve", str(post_id)).exit_code == 2
    done = say(installation, "queue", "approve", str(post_id), "--agree-music-usage", "--caption", "Mine")
    assert done.exit_code == 0 and "is approved" in done.output
    assert (look(installation, post_id).caption, len(in_force(installation))) == ("Mine", 1)
    assert say(installation, "queue", "reject", str(post_id), "--reason", "No.").exit_code == 0
    assert look(installation, post_id).error_message == "No."
