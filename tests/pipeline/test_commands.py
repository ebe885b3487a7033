"""What the outside may ask of the line, and what follows from it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from builders import ALT, NOON, a_finished_video, a_found_video, a_post, a_source, a_video, an_account
from reposter.acquire.sources.errors import NotATikTokSource, SourceExists, TooFrequent
from reposter.acquire.sources.service import activate_source, get_source, list_sources
from reposter.deliver.accounts.tables import AccountRow
from reposter.deliver.publishing.attempt import AttemptState, Handover, Transfer
from reposter.deliver.publishing.tables import AttemptRow
from reposter.deliver.scheduling.service import find_post, get_post, held_posts
from reposter.deliver.scheduling.tables import PostState
from reposter.guard.rights.service import basis_of, declare_basis
from reposter.kit.errors import Conflict, InvalidInput, VendorUnavailable
from reposter.library.errors import VideoUnknown
from reposter.library.service import get_video
from reposter.library.states import VideoState
from reposter.pipeline.answered_links import LinkOfAnother
from reposter.pipeline.answering_rights import RightsAnswer, answer_rights
from reposter.pipeline.approving import reject_post
from reposter.pipeline.commands import (
    NewSource,
    NoAccount,
    NotReady,
    PostSettled,
    answer_post,
    cancel_post,
    publish_now,
    release_account,
    release_held,
    retry_video,
    scan_now,
    take_link,
    watch,
)
from reposter.vocabulary.rights import Basis

HOUR = timedelta(hours=1)
VIDEO = "7312345678901234567"
LINK = f"https://www.tiktok.com/@techguru123/video/{VIDEO}"


def watched(installation, *, now=NOON, **new):
    with installation.session() as session:
        return watch(session, NewSource(**{"value": "@techguru123"} | new), installation.options, now=now).source_id


def publish(installation, video_id=VIDEO, *, account=None, now=NOON):
    with installation.session() as session:
        return publish_now(session, installation.line, installation.options, video_id, account=account, now=now)


def answer(installation, basis, *, reference="@techguru123", now=NOON):
    with installation.session() as session:
        return answer_rights(
            session, installation.line, installation.options, reference, RightsAnswer(basis, "mail"), now=now
        )


# Watching


def test_a_watched_source_is_due_at_once(installation):
    source_id = watched(installation)
    with installation.session() as session:
        source = get_source(session, source_id)
        assert (source.source_value, source.status, source.next_scan_at) == ("@techguru123", "active", NOON)
        assert basis_of(session, source_id, now=NOON) is Basis.UNKNOWN


def test_rights_that_come_with_a_source_are_written_down(installation):
    source_id = watched(installation, basis=Basis.LICENSED, evidence="contract 7")
    with installation.session() as session:
        assert basis_of(session, source_id, now=NOON) is Basis.LICENSED


@pytest.mark.parametrize(
    ("new", "situation"),
    [
        ({"filters": {"minViewz": 1}}, InvalidInput),
        ({"filters": {"maxAge": "soon"}}, InvalidInput),
        ({"value": "https://example.com/x"}, NotATikTokSource),
        ({"kind": "playlist"}, NotATikTokSource),
        ({"frequency": "1_minute"}, TooFrequent),
        ({"timezone": "Mars/Olympus"}, InvalidInput),
    ],
)
def test_a_source_that_cannot_be_watched_is_refused_and_not_kept(installation, new, situation):
    with pytest.raises(situation) as caught:
        watched(installation, **new)
    assert caught.value.hint
    with installation.session() as session:
        assert list_sources(session) == []


def test_a_source_is_watched_once_in_whatever_spelling(installation):
    watched(installation)
    with pytest.raises(SourceExists):
        watched(installation, value="https://www.tiktok.com/@TechGuru123?lang=de")


def test_a_scan_that_is_asked_for_is_a_job_of_its_own(installation):
    source_id = watched(installation)
    for now in (NOON, NOON, NOON + HOUR):
        with installation.session() as session:
            scan_now(session, installation.line, "@techguru123", now=now)
    assert installation.line.unfinished("scan_source") == {
        f"scan:{source_id}:asked:2026-03-02T12:00:00Z",
        f"scan:{source_id}:asked:2026-03-02T13:00:00Z",
    }


def test_a_paused_source_rests_and_a_resumed_one_is_due_at_once(installation):
    watched(installation)
    with installation.session() as session:
        paused = activate_source(session, "@TechGuru123", is_active=False, now=NOON + HOUR)
        assert (paused.status, paused.configuration["active"], paused.next_scan_at) == ("paused", False, NOON)
        resumed = activate_source(session, "@TechGuru123", is_active=True, now=NOON + 2 * HOUR)
        assert (resumed.status, resumed.configuration["active"]) == ("active", True)
        assert resumed.next_scan_at == NOON + 2 * HOUR


# Taking a link


def take(installation, reader, basis=Basis.UNKNOWN, url=LINK):
    return take_link(installation.database, installation.line, reader, url, basis=basis)


def test_a_link_puts_its_video_on_the_line_and_its_author_among_the_sources(installation, reader):
    reader.shelf[VIDEO] = a_found_video(VIDEO)
    assert take(installation, reader, Basis.PERMISSION).video_id == VIDEO
    assert installation.line.unfinished("fetch_video") == {f"fetch:{VIDEO}:first"}
    with installation.session() as session:
        video, source = get_video(session, VIDEO), get_source(session, "@techguru123")
        assert (video.processing_status, video.source_id) == (VideoState.FOUND, source.source_id)
        assert source.status == "paused"  # carries the rights, is not scanned
        assert basis_of(session, source.source_id, now=NOON + 10_000 * HOUR) is Basis.PERMISSION


def test_a_link_that_is_given_twice_is_one_video_and_one_job(installation, reader):
    reader.shelf[VIDEO] = a_found_video(VIDEO)
    take(installation, reader)
    take(installation, reader)
    assert installation.line.unfinished("fetch_video") == {f"fetch:{VIDEO}:first"}
    with installation.session() as session:
        assert len(list_sources(session)) == 1


def test_a_link_of_an_author_who_is_watched_belongs_to_that_source(installation, reader):
    source_id = watched(installation, basis=Basis.OWN)
    reader.shelf[VIDEO] = a_found_video(VIDEO, author="@TechGuru123")
    take(installation, reader)
    with installation.session() as session:
        assert get_video(session, VIDEO).source_id == source_id
        assert get_source(session, source_id).status == "active"
        assert basis_of(session, source_id, now=NOON) is Basis.OWN


def test_a_link_that_is_none_asks_nobody(installation, reader):
    with pytest.raises(NotATikTokSource):
        take(installation, reader, url="https://example.com/video/1")
    assert reader.asked == []


def test_a_link_that_cannot_be_looked_up_leaves_nothing(installation, reader):
    reader.trouble = VendorUnavailable("TikTok does not answer.")
    with pytest.raises(VendorUnavailable):
        take(installation, reader)
    with installation.session() as session:
        assert list_sources(session) == []
        with pytest.raises(VideoUnknown):
            get_video(session, VIDEO)


# Answering


def test_an_answer_gives_the_posts_that_waited_for_it_their_slots(installation, told):
    with installation.session() as session:
        source = a_source(session)
        waiting = [
            a_post(session, str(n), source_id=source.source_id, status=PostState.HELD, error_code="rights_unknown").id
            for n in range(2)
        ]
        other = a_post(session, "9", source_id="src_other", status=PostState.HELD).id
    assert answer(installation, Basis.OWN, now=NOON + HOUR).post_ids == waiting
    with installation.session() as session:
        first, second = (get_post(session, post_id) for post_id in waiting)
        assert (first.status, second.status) == (PostState.QUEUED, PostState.QUEUED)
        assert (first.scheduled_time, second.scheduled_time) == (NOON + HOUR, NOON + 2 * HOUR)
        assert first.error_code is None
        assert get_post(session, other).status == PostState.HELD
    assert len(installation.line.unfinished("publish_post")) == 2
    assert [event.payload["status"] for event in told("queue.updated")] == ["queued", "queued"]


def test_an_answer_that_knows_nothing_lets_nothing_go(installation):
    with installation.session() as session:
        source = a_source(session)
        post_id = a_post(session, "1", source_id=source.source_id, status=PostState.HELD).id
    answer(installation, Basis.UNKNOWN)
    with installation.session() as session:
        post = get_post(session, post_id)
        assert (post.status, post.error_code) == (PostState.HELD, "rights_unknown")
    assert installation.line.unfinished("publish_post") == set()


def test_an_account_that_is_back_frees_its_posts_and_plans_what_waited_for_one(installation):
    with installation.session() as session:
        source = a_source(session)
        declare_basis(session, source.source_id, Basis.OWN, now=NOON)
        mine = a_post(session, "1", source_id=source.source_id, status=PostState.HELD).id
        a_post(session, "2", source_id=source.source_id, account="@other", status=PostState.HELD)
        a_finished_video(session, VIDEO)
    with installation.session() as session:
        assert release_account(session, installation.line, installation.options, ALT, now=NOON) == [mine]
    (publishing,) = installation.line.unfinished("publish_post")
    assert publishing.startswith(f"publish:{mine}:")
    (planning,) = installation.line.unfinished("plan_post")
    assert planning.startswith(f"plan:{VIDEO}:again_")


# Publishing


def test_a_post_that_was_cancelled_while_the_held_were_listed_is_not_released(installation):
    with installation.session() as session:
        held, cancelled = (a_post(session, video_id, status=PostState.HELD).id for video_id in ("1", "2"))
    with installation.session() as session:
        listed = held_posts(session, account=ALT)
        [get_post(session, post_id) for post_id in listed]  # as they were
        with installation.session() as other:
            cancel_post(other, cancelled, now=NOON)
        assert release_held(session, installation.line, installation.options, listed, now=NOON) == [held]
    with installation.session() as session:
        assert get_post(session, cancelled).status == PostState.CANCELLED


@pytest.fixture
def ready(installation):
    """A finished video of a source that we own, and an account to post it to."""
    with installation.session() as session:
        source = a_source(session)
        declare_basis(session, source.source_id, Basis.OWN, now=NOON)
        a_finished_video(session, VIDEO, source_id=source.source_id)
        an_account(session)
    return installation


def test_a_finished_video_is_sent_at_once_ahead_of_every_slot(ready):
    with ready.session() as session:
        a_post(session, "1")  # has the slot of this very moment
    post = publish(ready)
    assert (post.status, post.scheduled_time, post.tiktok_account) == (PostState.QUEUED, NOON, ALT)
    assert post.caption == "Three tricks by @techguru123"
    assert post.planned_because == "asked for by hand"
    assert ready.line.unfinished("publish_post") == {f"publish:{post.id}:0:20260302T120000.000000"}
    with ready.session() as session:
        assert get_video(session, VIDEO).processing_status == VideoState.SCHEDULED


@pytest.mark.parametrize("status", [PostState.QUEUED, PostState.HELD, PostState.FAILED, PostState.CANCELLED])
def test_a_post_that_is_not_under_way_is_sent_at_once_instead_of_a_second_one(ready, status):
    with ready.session() as session:
        source = get_source(session, "@techguru123")
        planned = a_post(session, VIDEO, source_id=source.source_id, status=status, error_message="before").id
    post = publish(ready, now=NOON + HOUR)
    assert post.id == planned
    assert (post.status, post.scheduled_time, post.error_message) == (PostState.QUEUED, NOON + HOUR, None)
    assert len(ready.line.unfinished("publish_post")) == 1


@pytest.mark.parametrize("status", [PostState.PROCESSING, PostState.POSTED, PostState.REVIEW])
def test_a_post_that_may_be_out_is_never_sent_again(ready, status):
    with ready.session() as session:
        a_post(session, VIDEO, status=status)
    with pytest.raises(PostSettled):
        publish(ready)
    assert ready.line.unfinished("publish_post") == set()


def test_asking_for_a_post_answers_no_question_of_rights(ready):
    with ready.session() as session:
        declare_basis(session, get_source(session, "@techguru123").source_id, Basis.UNKNOWN, now=NOON + HOUR)
    post = publish(ready, now=NOON + HOUR)
    assert (post.status, post.error_code) == (PostState.HELD, "rights_unknown")
    assert ready.line.unfinished("publish_post") == set()


@pytest.mark.parametrize(
    "state", [state for state in VideoState if state not in (VideoState.READY, VideoState.SCHEDULED)]
)
def test_an_unfinished_video_is_not_sent(installation, state):
    with installation.session() as session:
        a_video(session, VIDEO, state=state)
        an_account(session)
    with pytest.raises(NotReady, match=state.value):
        publish(installation)


def test_without_an_account_nothing_is_sent_and_nothing_written(installation):
    with installation.session() as session:
        a_finished_video(session, VIDEO)
    with pytest.raises(NoAccount) as caught:
        publish(installation)
    assert caught.value.verdict == "needs_person"
    with installation.session() as session:
        assert find_post(session, VIDEO, ALT) is None


def test_a_named_account_comes_before_the_chosen_one_and_that_before_the_first(ready):
    ready.choose(default_account="@chosen")
    assert publish(ready, account="@named").tiktok_account == "@named"
    assert publish(ready).tiktok_account == "@chosen"


def test_a_video_that_nobody_knows_is_said_so(installation):
    with pytest.raises(VideoUnknown):
        publish(installation, "404")


# A person's word on a post in doubt


@pytest.fixture
def in_doubt(ready):
    """A post that was sent, and of which TikTok never said whether it is live."""
    with ready.session() as session:
        source = get_source(session, "@techguru123")
        post = a_post(session, VIDEO, source_id=source.source_id, status=PostState.REVIEW, attempts=1)
        session.add(
            AttemptRow(
                post_id=str(post.id), n=1, state=AttemptState.COMMITTING, account=ALT, content_sha256="a" * 64,
                size_bytes=10, chunk_bytes=10, acked_bytes=0, created_at=NOON, updated_at=NOON, publish_id="p1",
                commit_at=NOON, handover=Handover.NEEDS_HUMAN,
            )
        )  # fmt: skip
        return post.id


def say(installation, post_id, link):
    with installation.session() as session:
        return answer_post(
            session, installation.line, installation.options, post_id, link=link, by="owner", now=NOON + HOUR
        )


def test_a_post_that_a_person_found_is_live_under_its_address_and_measured(ready, in_doubt, told):
    post = say(ready, in_doubt, "https://www.tiktok.com/@my.alt/video/7399999999999999999?lang=de")
    assert (post.status, post.post_id) == (PostState.POSTED, "7399999999999999999")
    assert len(told("post.published")) == 1
    assert len(ready.line.unfinished("measure_post")) == 2
    assert ready.line.unfinished("publish_post") == set()


def test_a_post_that_a_person_did_not_find_is_sent_again_with_all_its_tries(ready, in_doubt):
    post = say(ready, in_doubt, None)
    assert post.status == PostState.QUEUED
    assert len(ready.line.unfinished("publish_post")) == 1
    with ready.session() as session:
        attempt = session.get_one(AttemptRow, (str(in_doubt), 1))
        assert (attempt.state, attempt.counts, attempt.is_final) == (AttemptState.FAILED, False, False)
        assert attempt.verdict == {"by": "person", "who": "owner"}


@pytest.mark.parametrize("link", ["https://vm.tiktok.com/ZMabc123/", "https://example.com/x", "it is there"])
def test_a_link_that_does_not_say_which_post_it_is_settles_nothing(ready, in_doubt, link):
    with pytest.raises(InvalidInput):
        say(ready, in_doubt, link)
    with ready.session() as session:
        assert get_post(session, in_doubt).status == PostState.REVIEW


@pytest.mark.parametrize("author", ["@My.Alt", "@new.name", "@_"])
def test_the_account_s_own_post_is_taken_under_each_of_its_names(ready, in_doubt, author):
    with ready.session() as session:
        session.scalars(sa.select(AccountRow)).one().display_name = "My Alt (in TikTok @New.Name)"
    post = say(ready, in_doubt, f"https://www.tiktok.com/{author}/video/7399999999999999999")
    assert post.status == PostState.POSTED


def test_a_link_to_another_account_settles_nothing(ready, in_doubt):
    with pytest.raises(LinkOfAnother, match=r"@someone\.else") as caught:
        say(ready, in_doubt, "https://www.tiktok.com/@someone.else/video/7399999999999999999")
    assert "profile" in caught.value.hint
    with ready.session() as session:
        assert get_post(session, in_doubt).status == PostState.REVIEW


def test_an_account_whose_name_tiktok_never_told_may_have_any(ready, in_doubt):
    with ready.session() as session:
        session.scalars(sa.select(AccountRow)).one().open_id = ALT.removeprefix("@")
    assert say(ready, in_doubt, "https://www.tiktok.com/@whoever/video/7399999999999999999").status == "posted"


@pytest.mark.parametrize("known_to", ["the plan", "the journal"])
def test_a_link_that_another_post_is_known_by_settles_nothing(ready, in_doubt, known_to):
    live = "7399999999999999999"
    with ready.session() as session:
        other = a_post(session, "8", status=PostState.POSTED, post_id=live if known_to == "the plan" else None)
        if known_to == "the journal":
            session.add(
                AttemptRow(
                    post_id=str(other.id), n=1, state=AttemptState.PUBLISHED, account=ALT, content_sha256="b" * 64,
                    size_bytes=10, chunk_bytes=10, created_at=NOON, updated_at=NOON, commit_at=NOON,
                    publish_id="p2", post_ids=[live],
                )
            )  # fmt: skip
    with pytest.raises(LinkOfAnother, match=f"Post {other.id} is known"):
        say(ready, in_doubt, f"https://www.tiktok.com/@my.alt/video/{live}")
    with ready.session() as session:
        assert get_post(session, in_doubt).status == PostState.REVIEW


def test_a_question_is_answered_once(ready, in_doubt):
    say(ready, in_doubt, None)
    with pytest.raises(Conflict):
        say(ready, in_doubt, "https://www.tiktok.com/@my.alt/video/7399999999999999999")


def test_a_post_that_was_never_sent_waits_for_no_answer(ready):
    with ready.session() as session:
        post_id = a_post(session, VIDEO).id
    with pytest.raises(PostSettled):
        say(ready, post_id, None)


# Cancelling and repeating


@pytest.mark.parametrize("status", list(PostState))
def test_only_a_post_that_is_not_under_way_can_be_cancelled(installation, told, status):
    with installation.session() as session:
        post_id = a_post(session, VIDEO, status=status).id
    may_be = status in (PostState.QUEUED, PostState.HELD, PostState.FAILED)
    if may_be:
        with installation.session() as session:
            cancel_post(session, post_id, now=NOON)
    else:
        with pytest.raises(PostSettled), installation.session() as session:
            cancel_post(session, post_id, now=NOON)
    with installation.session() as session:
        assert get_post(session, post_id).status == (PostState.CANCELLED if may_be else status)
    assert [event.payload["status"] for event in told("queue.updated")] == (["cancelled"] if may_be else [])


BEGUN = (AttemptState.INTENT, AttemptState.OPEN)
MAY_BE_OUT = (AttemptState.COMMITTING, AttemptState.PUBLISHED)
TAKEN_BACK = {
    "cancelled": lambda session, post_id: cancel_post(session, post_id, now=NOON + HOUR),
    "rejected": lambda session, post_id: reject_post(session, post_id, reason="No.", now=NOON + HOUR),
}


def begun_post(session, state, transfer=Transfer.FILE, *, status=PostState.QUEUED):
    """A post whose upload was left in a state."""
    post_id = a_post(session, VIDEO, status=status).id
    session.add(
        AttemptRow(
            post_id=str(post_id), n=1, state=state, account=ALT, content_sha256="f" * 64, size_bytes=10,
            chunk_bytes=10, transfer=transfer, created_at=NOON, updated_at=NOON,
        )
    )  # fmt: skip
    return post_id


@pytest.mark.parametrize("deed", TAKEN_BACK)
@pytest.mark.parametrize("status", [PostState.QUEUED, PostState.HELD])
@pytest.mark.parametrize(
    ("state", "transfer"), [*((state, Transfer.FILE) for state in BEGUN), (BEGUN[0], Transfer.PULL)]
)
def test_an_upload_of_a_post_that_is_taken_back_is_given_up(installation, deed, status, state, transfer):
    with installation.session() as session:
        post_id = begun_post(session, state, transfer, status=status)
        session.flush()
        TAKEN_BACK[deed](session, post_id)
    with installation.session() as session:
        row = session.get_one(AttemptRow, (str(post_id), 1))
        assert (row.state, row.counts, row.reason) == (AttemptState.ABANDONED, False, f"The post was {deed}.")
        assert row.revoked_at == (NOON + HOUR if transfer is Transfer.PULL else None)
        another = a_post(session, "2").id
        assert publishable(session, another), "the file is free for another post"


@pytest.mark.parametrize("deed", TAKEN_BACK)
@pytest.mark.parametrize("state", MAY_BE_OUT)
def test_a_post_that_may_be_out_is_not_taken_back_whatever_its_row_says(installation, deed, state):
    with installation.session() as session:
        post_id = begun_post(session, state)
    with installation.session() as session, pytest.raises(PostSettled):
        TAKEN_BACK[deed](session, post_id)
    with installation.session() as session:
        assert get_post(session, post_id).status == PostState.QUEUED
        assert session.get_one(AttemptRow, (str(post_id), 1)).state == state


def publishable(session, post_id):
    session.add(
        AttemptRow(
            post_id=str(post_id), n=1, state=AttemptState.INTENT, account=ALT, content_sha256="f" * 64,
            size_bytes=10, chunk_bytes=10, created_at=NOON, updated_at=NOON,
        )
    )  # fmt: skip
    session.flush()
    return True


def repeat(installation):
    with installation.session() as session:
        return retry_video(session, installation.line, VIDEO, now=NOON)


@pytest.mark.parametrize("state", [VideoState.REVIEW, VideoState.SKIPPED])
def test_a_video_that_was_set_aside_goes_on_at_the_step_that_failed(installation, state):
    with installation.session() as session:
        a_video(session, VIDEO, state=state, error={"code": "x"})
    video = repeat(installation)
    assert (video.processing_status, video.error) == (VideoState.FOUND, None)
    (job,) = installation.line.unfinished("fetch_video")
    assert job.startswith(f"fetch:{VIDEO}:again_")


def test_a_video_whose_original_is_there_is_not_fetched_again(installation):
    with installation.session() as session:
        a_video(session, VIDEO, state=VideoState.REVIEW, original_path="videos/x.mp4")
    assert repeat(installation).processing_status == VideoState.DOWNLOADED
    assert installation.line.unfinished("fetch_video") == set()
    assert len(installation.line.unfinished("process_video")) == 1


@pytest.mark.parametrize("state", [VideoState.FOUND, VideoState.PROCESSING, VideoState.SCHEDULED])
def test_a_video_that_did_not_fail_is_not_repeated(installation, state):
    with installation.session() as session:
        a_video(session, VIDEO, state=state)
    with pytest.raises(NotReady):
        repeat(installation)
