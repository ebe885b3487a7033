"""What several workers, and a person, do to one post or to many at the same moment."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from builders import ALT, NOON, a_finished_video, a_post, a_source, an_account
from reposter.deliver.accounts.service import set_choices
from reposter.deliver.publishing.attempt import AttemptState, Handover
from reposter.deliver.publishing.tables import AttemptRow
from reposter.deliver.scheduling.service import change_post, get_post
from reposter.deliver.scheduling.tables import PostState
from reposter.guard.rights.service import declare_basis
from reposter.kit.clock import utc_now
from reposter.pipeline.agents import register_agent
from reposter.pipeline.commands import answer_post, cancel_post
from reposter.pipeline.publish_post import check_post, send_post, set_post_aside
from reposter.pipeline.queue_commands import retry_failed
from reposter.pipeline.steps import Unexpected
from reposter.pipeline.tools import hand_over
from reposter.vendors.tiktok.errors import PublishIdRefused, ReauthNeeded
from reposter.vendors.tiktok.payloads import PublishPhase, PublishStatus
from reposter.vendors.tiktok.posting import PostingChoices, PrivacyLevel, Route
from reposter.vocabulary.rights import Basis

CHOICES = PostingChoices(PrivacyLevel.PUBLIC_TO_EVERYONE, music_usage_confirmed=True)


@pytest.fixture
def source_id(installation, agent):
    with installation.session() as session:
        register_agent(session, agent.agent_id, role="publisher", restarts=0, now=NOON)
        source = a_source(session).source_id
        declare_basis(session, source, Basis.OWN, now=NOON)
    return source


@pytest.fixture
def post_id(installation, source_id):
    return due_post(installation, source_id, 1, ALT)


def due_post(installation, source_id, number, account):
    content = f"{number:04}".encode() * 250
    with installation.session() as session:
        an_account(session, account)
        session.flush()
        set_choices(session, account, CHOICES, route=Route.DIRECT, now=NOON)
        video = a_finished_video(
            session,
            str(7312345678901230000 + number),
            source_id=source_id,
            rendition_sha256=hashlib.sha256(content).hexdigest(),
            rendition_bytes=len(content),
        )
        file = installation.layout.absolute(video.local_path)
        post = a_post(session, video.video_id, account=account, source_id=source_id).id
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return post


def post_of(installation, post_id):
    with installation.session() as session:
        return get_post(session, post_id)


def attempts(installation):
    with installation.session() as session:
        return [row.state for row in session.scalars(sa.select(AttemptRow).order_by(AttemptRow.n))]


def at_point(agent, name, act):
    """Do `act` once when publishing passes the point `name`."""
    todo = [act]
    hand_over(replace(agent, point=lambda passed: todo.pop()() if passed == name and todo else None))


class Twin:
    """The dry run's publisher, with some answers of its own."""

    def __init__(self, publisher, **answers):
        self._publisher = publisher
        vars(self).update(answers)

    def __getattr__(self, name):
        return getattr(self._publisher, name)


def raising(error, *, only_for=None, otherwise=None):
    def answer(asked):
        if only_for is None or asked == only_for:
            raise error
        return otherwise(asked)

    return answer


def not_live_says_a_person(installation, post_id):
    """TikTok never settled the first upload; a person looked and did not find it."""
    with installation.session() as session:
        session.execute(sa.update(AttemptRow).values(handover=Handover.NEEDS_HUMAN, reason="silent"))
        change_post(session, post_id, now=utc_now(), status=PostState.REVIEW)
    with installation.session() as session:
        answer_post(session, installation.line, installation.options, post_id, link=None, by="me", now=utc_now())


def test_more_posts_than_the_database_has_connections_are_sent_at_once(installation, agent, source_id):
    posts = [due_post(installation, source_id, n, f"@account{n}") for n in range(24)]
    ended, together = Counter(), threading.Barrier(len(posts))

    def send(post):
        together.wait()
        ended[send_post(post)["state"]] += 1

    threads = [threading.Thread(target=send, args=(post,)) for post in posts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended == {"sent": 24}


def test_a_look_at_an_old_upload_leaves_the_new_one_to_its_sender(installation, agent, post_id):
    send_post(post_id)
    not_live_says_a_person(installation, post_id)
    silent = PublishStatus(PublishPhase.PENDING, "PROCESSING", "", 0, (), "")
    mute = replace(agent, publisher_for=lambda account: Twin(agent.publisher_for(account), status=lambda _id: silent))
    seen = []
    at_point(mute, "commit:before", lambda: seen.append(check_post(post_id)["state"]))
    assert send_post(post_id)["state"] == "sent"
    assert seen == ["sending"]
    assert post_of(installation, post_id).status == PostState.PROCESSING
    assert attempts(installation) == [AttemptState.FAILED, AttemptState.COMMITTING]


def test_an_upload_that_nobody_carries_is_queued_again_and_not_failed_by_its_late_sender(installation, agent, post_id):
    at_point(agent, "commit:before", lambda: check_post(post_id))  # no job of it is known, as after a crash
    send_post(post_id)
    post = post_of(installation, post_id)
    assert (post.status, post.error_code) == (PostState.QUEUED, None)
    hand_over(agent)
    assert send_post(post_id)["state"] == "sent"


def test_a_post_cancelled_during_its_upload_stays_cancelled(installation, agent, post_id):
    def cancel():
        check_post(post_id)
        with installation.session() as session:
            cancel_post(session, post_id, now=utc_now())

    at_point(agent, "commit:before", cancel)
    send_post(post_id)
    hand_over(agent)
    with installation.session() as session:
        retry_failed(session, installation.line, installation.options, account=None, now=utc_now())
    assert send_post(post_id)["state"] == PostState.CANCELLED
    assert post_of(installation, post_id).status == PostState.CANCELLED
    assert AttemptState.COMMITTING not in attempts(installation)


def test_an_upload_that_tiktok_no_longer_knows_does_not_keep_the_next_one_back(installation, agent, post_id):
    send_post(post_id)
    not_live_says_a_person(installation, post_id)
    with installation.session() as session:
        first = session.scalar(sa.select(AttemptRow.publish_id))
    twin = agent.publisher_for(ALT)
    forgetful = Twin(twin, status=raising(PublishIdRefused("unknown"), only_for=first, otherwise=twin.status))
    hand_over(replace(agent, publisher_for=lambda _account: forgetful))
    assert send_post(post_id)["state"] == "sent"


def test_a_sent_post_of_a_lost_account_says_so_and_goes_to_a_person_after_hours(installation, agent, post_id):
    send_post(post_id)
    lost = ReauthNeeded("TikTok has disconnected the account.", hint="Connect it again.")
    mute = Twin(agent.publisher_for(ALT), status=raising(lost), find=raising(lost))
    hand_over(replace(agent, publisher_for=lambda _account: mute))
    check_post(post_id)
    post = post_of(installation, post_id)
    assert (post.status, post.error_message, post.remedy) == (PostState.PROCESSING, lost.message, lost.hint)
    with installation.session() as session:
        session.execute(sa.update(AttemptRow).values(commit_at=utc_now() - timedelta(hours=7)))
    check_post(post_id)
    assert post_of(installation, post_id).status == PostState.REVIEW
    with installation.session() as session:
        answer_post(session, installation.line, installation.options, post_id, link=None, by="me", now=utc_now())
    assert post_of(installation, post_id).status == PostState.QUEUED


def test_a_sent_post_that_a_bug_put_aside_is_still_watched(installation, agent, post_id):
    send_post(post_id)
    set_post_aside(post_id, Unexpected("Something broke.").to_dict())
    assert post_of(installation, post_id).status == PostState.REVIEW
    assert any(job.startswith(f"confirm:{post_id}:") for job in installation.line.unfinished("confirm_post"))
    check_post(post_id)
    assert post_of(installation, post_id).status == PostState.POSTED


def test_what_was_committed_is_watched_whatever_its_row_says(installation, agent, post_id):
    send_post(post_id)
    with installation.session() as session:
        change_post(session, post_id, now=utc_now(), status=PostState.HELD)
    check_post(post_id)
    assert post_of(installation, post_id).status == PostState.POSTED
