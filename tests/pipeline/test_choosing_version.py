"""Where the removal of a mark is in doubt, nothing goes out before a person has chosen; and then exactly their file."""

from __future__ import annotations

import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from stand_in_renderer import StandInRenderer

from builders import ALT, NOON, a_post, a_source, a_video, an_account
from reposter.craft.render.report import Outcome
from reposter.craft.render.request import WATERMARK_REMOVAL
from reposter.craft.watermark.memory.file import load
from reposter.deliver.accounts.service import set_choices
from reposter.deliver.publishing.attempt import AttemptState
from reposter.deliver.publishing.composer import UNSEEN
from reposter.deliver.publishing.packages import write_package
from reposter.deliver.publishing.tables import AttemptRow, ConsentRow
from reposter.deliver.scheduling.service import change_post, find_post, get_post
from reposter.deliver.scheduling.tables import PostState
from reposter.guard.rights.service import declare_basis
from reposter.kit.clock import utc_now
from reposter.kit.errors import ChildFailed
from reposter.kit.files import sha256_of
from reposter.library.errors import VideoUnknown
from reposter.library.service import change_video, get_video
from reposter.library.states import VideoState
from reposter.pipeline import exporting
from reposter.pipeline.agents import register_agent
from reposter.pipeline.answering_rights import RightsAnswer, answer_rights
from reposter.pipeline.approving import Approval, Decider, approve_post
from reposter.pipeline.choosing_version import Hands, NoSecondVersion, choose_version, remove_again
from reposter.pipeline.commands import NotReady, PostSettled, answer_post, publish_now, retry_video
from reposter.pipeline.exporting import FileMissing, PackageUnknown, export_video, package_of_post
from reposter.pipeline.fetch_video import set_aside
from reposter.pipeline.plan_post import plan
from reposter.pipeline.process_video import render_video, steps_of
from reposter.pipeline.publish_post import check_post, send_post
from reposter.pipeline.timetable import release_answered_posts
from reposter.pipeline.tools import hand_over, tools
from reposter.vendors.tiktok.posting import PostingChoices, PrivacyLevel, Route
from reposter.vocabulary.rights import Basis
from reposter.vocabulary.wishes import Version, Wishes

VIDEO = "7312345678901234567"
PUBLIC = PostingChoices(PrivacyLevel.PUBLIC_TO_EVERYONE, music_usage_confirmed=True)
WISHES = Wishes(protect=((0.1, 0.8, 0.4, 0.9),), inpaint=True)
ASKS_FIRST = {"route": Route.DIRECT, "asks_first": True}


@pytest.fixture
def renderer():
    return StandInRenderer()


@pytest.fixture
def source_id(installation, agent, renderer):
    """A source of ours with one downloaded video, and an account to post it on."""
    hand_over(replace(agent, render=renderer))
    with installation.session() as session:
        register_agent(session, agent.agent_id, role="processing", restarts=0, now=NOON)
        source_id = a_source(session).source_id
        declare_basis(session, source_id, Basis.OWN, now=NOON)
        put_download(installation, session, VIDEO, source_id)
        an_account(session)
        set_choices(session, ALT, PUBLIC, route=Route.DIRECT, now=NOON)
    return source_id


def put_download(installation, session, video_id, source_id):
    path = installation.layout.original(video_id, NOON)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"as downloaded")
    original = installation.layout.relative(path)
    a_video(session, video_id, state=VideoState.DOWNLOADED, source_id=source_id, original_path=original)


@pytest.fixture
def doubtful(source_id, renderer):
    """The video was processed in doubt and its post is planned; returns the post's id."""
    renderer.is_doubtful = True
    return run_through()


@pytest.fixture
def finished(source_id):
    """The video was processed without doubt and its post waits in the queue; returns the post's id."""
    return run_through()


def run_through(video_id=VIDEO):
    render_video(video_id)
    plan(video_id)
    with tools().database.transaction() as session:
        post = find_post(session, video_id, ALT)
        return post.id if post else None


def choose(installation, version, video_id=VIDEO):
    hands = Hands(installation.line, installation.layout, installation.options)
    with installation.session() as session:
        return choose_version(session, hands, video_id, version, now=utc_now())


def again(installation, wishes=WISHES, video_id=VIDEO):
    hands = Hands(installation.line, installation.layout, installation.options)
    with installation.session() as session:
        return remove_again(session, hands, video_id, wishes, now=utc_now())


def declare(installation, basis):
    with installation.session() as session:
        return answer_rights(
            session, installation.line, installation.options, "@techguru123", RightsAnswer(basis), now=utc_now()
        )


def video_of(installation, video_id=VIDEO):
    with installation.session() as session:
        return get_video(session, video_id)


def post_of(installation, post_id):
    with installation.session() as session:
        return get_post(session, post_id)


def cleaned_files(installation):
    path = installation.layout.cleaned(VIDEO, NOON)
    return list(path.parent.glob(f"{path.name}*"))


def consents(installation):
    with installation.session() as session:
        return session.scalars(sa.select(ConsentRow).where(ConsentRow.withdrawn_at.is_(None))).all()


def jobs(installation, name="process_video"):
    return installation.line.unfinished(name, prefix=f"{name.split('_')[0]}:{VIDEO}:again")


def add_attempt(installation, post_id, state):
    with installation.session() as session:
        session.add(
            AttemptRow(
                post_id=str(post_id), n=1, state=state, account=ALT, content_sha256="0" * 64, size_bytes=1,
                chunk_bytes=1, created_at=NOON, updated_at=NOON,
            )
        )  # fmt: skip


# What processing hands on


def test_a_video_is_processed_with_the_memory_of_its_source_and_a_place_for_the_other_version(
    installation, finished, renderer, source_id
):
    (request,) = renderer.requests
    layout = installation.layout
    assert request.memory_path == layout.mark_memory(source_id)
    assert (request.video_id, request.alternative_path) == (VIDEO, layout.cleaned(VIDEO, NOON))
    assert request.step(WATERMARK_REMOVAL).settings == {"method": "ai_detection"}
    video = video_of(installation)
    assert (video.watermark_outcome, video.alternative_path) == ("done", None)
    assert post_of(installation, finished).status == PostState.QUEUED


def test_a_memory_that_cannot_be_used_is_told_and_the_video_is_processed_without_it(
    installation, source_id, agent, renderer, told
):
    def heeds_the_memory(request, on_progress):
        if request.memory_path is not None:
            load(request.memory_path)
        return renderer(request, on_progress)

    hand_over(replace(agent, render=heeds_the_memory))
    installation.layout.mark_memory(source_id).write_text("damaged")
    post_id = run_through()
    assert post_of(installation, post_id).status == PostState.QUEUED
    assert [one.memory_path for one in renderer.requests] == [None]
    (error,) = told("error.occurred")
    assert error.payload["code"] == "memory_unusable"
    assert f"forget-marks {source_id}" in error.payload["hint"]
    assert installation.layout.mark_memory(source_id).read_text() == "damaged"


def test_both_versions_of_a_doubtful_removal_are_kept_and_the_one_with_the_mark_is_at_hand(installation, doubtful):
    video, layout = video_of(installation), installation.layout
    assert video.local_path == "videos/2026/03/02/7312345678901234567.mp4"
    assert video.alternative_path == "videos/2026/03/02/7312345678901234567.cleaned.mp4"
    for path, sha256 in (
        (video.local_path, video.rendition_sha256),
        (video.alternative_path, video.alternative_sha256),
    ):
        assert sha256_of(layout.absolute(path)) == sha256
    assert video.report["steps"][0]["details"]["judge"]["verdict"] == "doubtful"


def test_a_removal_that_is_switched_off_is_switched_on_by_a_person_for_their_video(installation):
    off = replace(installation.options.processing, watermark_removal=False)
    assert not steps_of(off)[0].enabled
    asked = steps_of(off, WISHES)[0]
    assert asked.enabled
    assert asked.settings == {
        "method": "ai_detection", "protect": [[0.1, 0.8, 0.4, 0.9]], "marks": [], "inpaint": True,
    }  # fmt: skip


# Held until a person chooses


def test_a_doubtful_video_is_planned_and_held_with_the_question(installation, doubtful, told):
    post = post_of(installation, doubtful)
    assert (post.status, post.error_code) == (PostState.HELD, "watermark_doubtful")
    assert "both versions are kept" in post.error_message
    assert "/watermark" in post.remedy
    assert installation.line.unfinished("publish_post") == set()
    assert told("queue.updated")[-1].payload["status"] == "held"


def test_asking_for_a_doubtful_video_by_hand_or_retrying_it_does_not_let_it_out(installation, doubtful):
    with installation.session() as session:
        publish_now(session, installation.line, installation.options, VIDEO, account=None, now=utc_now())
    assert post_of(installation, doubtful).error_code == "watermark_doubtful"
    assert installation.line.unfinished("publish_post") == set()


def test_the_sweep_of_answered_questions_leaves_a_doubtful_post_held(installation, doubtful):
    assert release_answered_posts(installation.database, installation.line, installation.options, now=utc_now()) == 0
    assert post_of(installation, doubtful).status == PostState.HELD


def test_a_doubtful_post_that_is_due_by_mistake_is_held_before_its_first_byte(installation, doubtful):
    with installation.session() as session:
        change_post(session, doubtful, now=NOON, status=PostState.QUEUED, error_code=None)
    assert send_post(doubtful)["state"] == "held"
    assert post_of(installation, doubtful).error_code == "watermark_doubtful"
    assert not (installation.layout.data_dir / "dry-run").exists()


def test_a_doubtful_post_is_not_handed_out_as_a_package_by_itself(installation, doubtful):
    with installation.session() as session:
        set_choices(session, ALT, PUBLIC, route=Route.EXPORT, now=NOON)
        change_post(session, doubtful, now=NOON, status=PostState.QUEUED, error_code=None)
    assert send_post(doubtful)["state"] == "held"
    assert post_of(installation, doubtful).error_code == "watermark_doubtful"


@pytest.mark.parametrize("status", ["exported", "held"])
def test_a_package_of_a_file_that_was_exchanged_while_it_was_packed_is_not_handed_out(
    installation, doubtful, monkeypatch, status
):
    choose(installation, Version.ORIGINAL)
    with installation.session() as session:
        set_choices(session, ALT, PUBLIC, route=Route.EXPORT, now=NOON)
    decide = {"exported": lambda: choose(installation, Version.CLEANED), "held": lambda: again(installation)}[status]
    with monkeypatch.context() as packing:  # a person decides in the middle of it
        packing.setattr(exporting, "write_package", lambda *of: (write_package(*of), decide()))
        send_post(doubtful)
    assert post_of(installation, doubtful).status in (PostState.QUEUED, PostState.HELD)
    send_post(doubtful)
    assert post_of(installation, doubtful).status == status
    if status == "exported":
        with (
            installation.session() as session,
            zipfile.ZipFile(package_of_post(session, installation.layout, doubtful)) as archive,
        ):
            assert archive.read("video.mp4") == b"cleaned in the 1. run"


def test_a_package_that_was_not_posted_is_not_given_out_once_another_file_was_chosen(installation, doubtful):
    choose(installation, Version.ORIGINAL)
    with installation.session() as session:
        set_choices(session, ALT, PUBLIC, route=Route.EXPORT, now=NOON)
    send_post(doubtful)
    with installation.session() as session:
        answer_post(session, installation.line, installation.options, doubtful, link=None, by="owner", now=utc_now())
    choose(installation, Version.CLEANED)
    with installation.session() as session, pytest.raises(PackageUnknown) as caught:
        package_of_post(session, installation.layout, doubtful)
    assert caught.value.hint


@pytest.mark.parametrize("version", list(Version))
def test_a_package_of_the_cleaned_version_has_no_cover_with_the_mark_on_it(installation, doubtful, version, tmp_path):
    still = installation.layout.thumbnails(VIDEO, NOON) / "1.jpg"
    still.parent.mkdir(parents=True)
    still.write_bytes(b"with its mark")
    with installation.session() as session:
        change_video(session, VIDEO, now=NOON, thumbnails=[installation.layout.relative(still)])
    choose(installation, version)
    to = tmp_path / "package.zip"
    export_video(installation.database, installation.layout, VIDEO, account=None, now=utc_now(), to=to)
    with zipfile.ZipFile(to) as archive:
        assert ("cover.jpg" in archive.namelist()) == (version is Version.ORIGINAL)


@pytest.mark.parametrize("version", list(Version))
def test_exactly_the_file_that_a_person_chose_goes_out(installation, doubtful, version):
    before = video_of(installation)
    sha256 = {Version.ORIGINAL: before.rendition_sha256, Version.CLEANED: before.alternative_sha256}[version]
    choose(installation, version)
    assert post_of(installation, doubtful).status == PostState.QUEUED
    assert send_post(doubtful)["state"] == "sent"
    check_post(doubtful)
    assert post_of(installation, doubtful).status == PostState.POSTED
    with installation.session() as session:
        attempt = session.scalar(sa.select(AttemptRow))
    assert attempt.content_sha256 == sha256


def test_chosen_twice_is_chosen_once_also_after_it_went_out(installation, doubtful):
    first = choose(installation, Version.CLEANED).local_path
    assert choose(installation, Version.CLEANED).local_path == first
    assert len(installation.line.unfinished("publish_post")) == 1
    send_post(doubtful)
    check_post(doubtful)
    assert choose(installation, Version.CLEANED).local_path == first


def test_one_may_think_again_while_nothing_is_out(installation, doubtful):
    before = video_of(installation)
    choose(installation, Version.CLEANED)
    assert video_of(installation).rendition_bytes == before.alternative_bytes
    choose(installation, Version.ORIGINAL)
    after = video_of(installation)
    assert (after.local_path, after.rendition_sha256) == (before.local_path, before.rendition_sha256)
    assert (after.alternative_path, after.alternative_sha256) == (before.alternative_path, before.alternative_sha256)
    assert post_of(installation, doubtful).status == PostState.QUEUED


def test_choices_at_the_same_moment_leave_one_whole_choice(installation, doubtful):
    before = video_of(installation)
    wanted = [Version.CLEANED, Version.ORIGINAL] * 3
    with ThreadPoolExecutor(len(wanted)) as pool:
        list(pool.map(lambda version: choose(installation, version), wanted))
    after = video_of(installation)
    sha256 = {Version.ORIGINAL: before.rendition_sha256, Version.CLEANED: before.alternative_sha256}
    assert after.rendition_sha256 == sha256[Version(after.watermark_choice)]
    assert sha256_of(installation.layout.absolute(after.local_path)) == after.rendition_sha256


def test_a_consent_to_the_one_file_is_void_for_the_other_even_when_that_comes_back(installation, source_id, renderer):
    with installation.session() as session:
        set_choices(session, ALT, PUBLIC, now=NOON, **ASKS_FIRST)
    renderer.is_doubtful = True
    post_id = run_through()
    hands = (installation.line, installation.options, post_id, Approval())
    with installation.session() as session:
        approve_post(session, *hands, decider=Decider(offer=UNSEEN, name="ada"), now=utc_now())
    assert post_of(installation, post_id).error_code == "watermark_doubtful"  # an approval is no choice
    assert len(consents(installation)) == 1
    for version in (Version.CLEANED, Version.ORIGINAL):
        choose(installation, version)
        assert consents(installation) == []
        assert (post_of(installation, post_id).status, post_of(installation, post_id).error_code) == (
            PostState.HELD,
            "approval_needed",
        )


def test_a_consent_stays_in_force_where_the_choice_changes_no_file(installation, source_id, renderer):
    with installation.session() as session:
        set_choices(session, ALT, PUBLIC, now=NOON, **ASKS_FIRST)
    renderer.is_doubtful = True
    post_id = run_through()
    hands = (installation.line, installation.options, post_id, Approval())
    with installation.session() as session:
        approve_post(session, *hands, decider=Decider(offer=UNSEEN, name="ada"), now=utc_now())
    choose(installation, Version.ORIGINAL)
    assert post_of(installation, post_id).status == PostState.QUEUED


def test_an_upload_that_was_opened_with_the_other_file_is_given_up(installation, doubtful):
    add_attempt(installation, doubtful, AttemptState.OPEN)
    choose(installation, Version.CLEANED)
    with installation.session() as session:
        assert session.scalar(sa.select(AttemptRow)).state == AttemptState.ABANDONED


# What cannot be decided


@pytest.mark.parametrize("status", [PostState.PROCESSING, PostState.POSTED, PostState.REVIEW, PostState.EXPORTED])
@pytest.mark.parametrize("decide", [lambda at: choose(at, Version.CLEANED), again], ids=["choose", "again"])
def test_nothing_is_changed_under_a_post_that_is_on_its_way_or_live(installation, doubtful, status, decide):
    with installation.session() as session:
        change_post(session, doubtful, now=NOON, status=status)
    before = video_of(installation)
    with pytest.raises(PostSettled, match=f"Post {doubtful} .* cannot be changed any more") as caught:
        decide(installation)
    assert caught.value.hint
    after = video_of(installation)
    assert (after.local_path, after.processing_status) == (before.local_path, before.processing_status)


def test_nothing_is_changed_under_a_post_whose_journal_says_that_it_may_be_live(installation, doubtful):
    add_attempt(installation, doubtful, AttemptState.COMMITTING)
    with pytest.raises(PostSettled):
        choose(installation, Version.CLEANED)


def test_where_only_one_version_was_kept_there_is_nothing_to_choose(installation, finished):
    with pytest.raises(NoSecondVersion) as caught:
        choose(installation, Version.CLEANED)
    assert "again" in caught.value.hint


@pytest.mark.parametrize("state", [VideoState.FOUND, VideoState.DOWNLOADED, VideoState.PROCESSING, VideoState.SKIPPED])
def test_a_video_that_is_not_finished_waits(installation, doubtful, state):
    with installation.session() as session:
        change_video(session, VIDEO, now=NOON, processing_status=state)
    for decide in (lambda: choose(installation, Version.CLEANED), lambda: again(installation)):
        with pytest.raises(NotReady, match=f"is {state}") as caught:
            decide()
        assert caught.value.hint


def test_an_unknown_video_is_named(installation, source_id):
    for decide in (lambda: choose(installation, Version.CLEANED, "1"), lambda: again(installation, video_id="1")):
        with pytest.raises(VideoUnknown):
            decide()


def test_files_that_are_gone_are_not_chosen_and_not_processed(installation, doubtful):
    installation.layout.cleaned(VIDEO, NOON).unlink()
    installation.layout.original(VIDEO, NOON).unlink()
    for decide in (lambda: choose(installation, Version.CLEANED), lambda: again(installation)):
        with pytest.raises(FileMissing, match="no longer on the disk"):
            decide()
    assert video_of(installation).processing_status == VideoState.SCHEDULED


# Once more, with regions


def test_a_ready_video_is_processed_again_with_the_regions_of_a_person(installation, finished, renderer):
    slot = post_of(installation, finished).scheduled_time
    again(installation)
    assert video_of(installation).processing_status == VideoState.DOWNLOADED
    assert len(jobs(installation)) == 1
    run_through()
    settings = renderer.requests[-1].step(WATERMARK_REMOVAL).settings
    assert (settings["protect"], settings["inpaint"]) == ([[0.1, 0.8, 0.4, 0.9]], True)
    post = post_of(installation, finished)
    assert (post.status, post.scheduled_time) == (PostState.QUEUED, slot)
    assert video_of(installation).processing_status == VideoState.SCHEDULED
    assert len(installation.line.unfinished("plan_post", prefix=f"plan:{VIDEO}:")) == 2  # each processing has its own


def test_a_video_without_a_post_is_processed_again_too(installation, finished):
    with installation.session() as session:
        put_download(installation, session, "2", None)
    render_video("2")
    assert again(installation, video_id="2").processing_status == VideoState.DOWNLOADED


def test_asked_for_the_same_twice_it_is_processed_once_and_for_something_else_it_waits(installation, finished):
    again(installation)
    again(installation)
    assert len(jobs(installation)) == 1
    with pytest.raises(NotReady):
        again(installation, Wishes())


def put_aside_by_hand(installation):
    with installation.session() as session:
        change_video(session, VIDEO, now=NOON, processing_status=VideoState.REVIEW)


def send_at_once(installation):
    with installation.session() as session:
        publish_now(session, installation.line, installation.options, VIDEO, account=None, now=utc_now())


def try_again(installation):
    with installation.session() as session:
        retry_video(session, installation.line, VIDEO, now=utc_now())


@pytest.mark.parametrize(
    ("prepare", "ask"), [(lambda at: None, send_at_once), (put_aside_by_hand, try_again)], ids=["publish", "retry"]
)
def test_who_asks_for_a_video_while_it_is_put_back_on_the_line_hears_that_it_is_not_ready(
    installation, source_id, prepare, ask
):
    render_video(VIDEO)
    prepare(installation)
    hands = Hands(installation.line, installation.layout, installation.options)
    with ThreadPoolExecutor(1) as pool:
        with installation.session() as session:
            remove_again(session, hands, VIDEO, WISHES, now=utc_now())
            other = pool.submit(ask, installation)
            with pytest.raises(TimeoutError):
                other.result(timeout=0.3)  # what it decides by is not yet written
        with pytest.raises(NotReady):
            other.result()
    assert video_of(installation).processing_status == VideoState.DOWNLOADED
    assert len(jobs(installation)) == 1


def test_a_post_that_is_due_while_its_video_is_processed_waits_and_goes_on_by_itself(installation, finished):
    again(installation)
    assert send_post(finished)["state"] == "held"
    assert post_of(installation, finished).error_code == "video_in_work"
    assert release_answered_posts(installation.database, installation.line, installation.options, now=utc_now()) == 0
    run_through()
    assert post_of(installation, finished).status == PostState.QUEUED


def test_a_post_that_was_held_just_after_its_video_was_done_is_released_by_the_sweep(installation, finished):
    with installation.session() as session:
        change_post(session, finished, now=NOON, status=PostState.HELD, error_code="video_in_work")
    assert release_answered_posts(installation.database, installation.line, installation.options, now=utc_now()) == 1
    assert post_of(installation, finished).status == PostState.QUEUED


def test_no_post_goes_out_of_a_video_that_could_not_be_processed_again(installation, finished, renderer):
    again(installation)
    renderer.trouble = ChildFailed("It died.")
    with pytest.raises(ChildFailed):
        render_video(VIDEO)
    set_aside(VIDEO, "process", renderer.trouble.to_dict())
    assert send_post(finished)["state"] == "held"
    renderer.trouble = None
    with installation.session() as session:
        retry_video(session, installation.line, VIDEO, now=utc_now())
    run_through()
    assert renderer.requests[-1].step(WATERMARK_REMOVAL).settings["inpaint"] is True
    assert post_of(installation, finished).status == PostState.QUEUED


def test_again_answers_the_doubt_and_without_a_new_one_the_post_goes_on_and_one_file_is_left(
    installation, doubtful, renderer
):
    again(installation)
    assert post_of(installation, doubtful).status == PostState.QUEUED
    renderer.is_doubtful = False
    run_through()
    video = video_of(installation)
    assert (post_of(installation, doubtful).status, video.alternative_path) == (PostState.QUEUED, None)
    assert not cleaned_files(installation)
    assert installation.layout.absolute(video.local_path).read_text() == "rendered for the 2. time"


def test_nothing_is_left_of_a_cleaned_version_whose_run_died_before_it_was_noted(installation, source_id):
    cleaned = installation.layout.cleaned(VIDEO, NOON)
    for name in (cleaned.name, f"{cleaned.name}.watermark.json"):
        cleaned.with_name(name).write_text("of a run that died")
    run_through()
    assert not cleaned_files(installation)


def test_again_with_a_new_doubt_asks_a_person_again(installation, doubtful):
    choose(installation, Version.CLEANED)
    again(installation)
    run_through()
    video = video_of(installation)
    assert (video.watermark_choice, video.local_path) == (None, "videos/2026/03/02/7312345678901234567.mp4")
    assert post_of(installation, doubtful).error_code == "watermark_doubtful"
    assert installation.layout.absolute(video.alternative_path).read_text() == "cleaned in the 2. run"


def test_a_cancelled_post_stays_cancelled_when_its_video_is_made_anew(installation, finished):
    with installation.session() as session:
        change_post(session, finished, now=NOON, status=PostState.CANCELLED)
    again(installation)
    run_through()
    assert post_of(installation, finished).status == PostState.CANCELLED


# Rights that are declared later


@pytest.fixture
def left_marked(installation, source_id, renderer):
    """Processed while nobody had said on what ground: the mark is on, the post is held."""
    with installation.session() as session:
        declare_basis(session, source_id, Basis.UNKNOWN, now=NOON + timedelta(minutes=1))
    renderer.outcome = Outcome.HELD
    return run_through()


def test_rights_that_are_declared_later_have_the_mark_removed_before_the_post_goes_out(
    installation, left_marked, renderer
):
    assert post_of(installation, left_marked).error_code == "rights_unknown"
    released = declare(installation, Basis.OWN)
    assert (released.video_ids, released.post_ids) == ([VIDEO], [left_marked])
    assert send_post(left_marked)["state"] == "held"  # were it due at once
    renderer.outcome = Outcome.DONE
    run_through()
    assert renderer.requests[-1].basis is Basis.OWN
    assert post_of(installation, left_marked).status == PostState.QUEUED
    assert declare(installation, Basis.LICENSED).video_ids == []


def test_only_what_waits_for_the_rights_is_processed_again(installation, left_marked, source_id, renderer):
    with installation.session() as session:
        for number in ("2", "3", "4"):
            put_download(installation, session, number, source_id)
            a_post(session, number, source_id=source_id)
    renderer.outcome = Outcome.HELD
    for number in ("2", "3"):
        render_video(number)
    renderer.outcome = Outcome.SKIPPED
    render_video("4")
    with installation.session() as session:
        out = find_post(session, "2", ALT)
        change_post(session, out.id, now=NOON, status=PostState.POSTED)
        in_doubt = find_post(session, "3", ALT)
    add_attempt(installation, in_doubt.id, AttemptState.COMMITTING)
    assert declare(installation, Basis.OWN).video_ids == [VIDEO]


def test_a_doubt_is_not_decided_by_declaring_the_rights_once_more(installation, doubtful):
    assert declare(installation, Basis.LICENSED).video_ids == []
    assert post_of(installation, doubtful).error_code == "watermark_doubtful"


def test_no_video_is_processed_again_where_removal_is_switched_off_or_the_ground_stays_unknown(
    installation, left_marked
):
    assert declare(installation, Basis.UNKNOWN).video_ids == []
    off = replace(installation.options.processing, watermark_removal=False)
    installation.options = replace(installation.options, processing=off)
    assert declare(installation, Basis.OWN).video_ids == []


def test_a_removal_that_a_person_asked_for_waits_for_the_rights_though_it_is_switched_off(installation, left_marked):
    off = replace(installation.options.processing, watermark_removal=False)
    installation.options = replace(installation.options, processing=off)
    again(installation)
    run_through()
    assert declare(installation, Basis.OWN).video_ids == [VIDEO]


def test_rights_that_are_declared_while_a_video_is_processed_are_not_missed(installation, source_id, renderer):
    with installation.session() as session:
        declare_basis(session, source_id, Basis.UNKNOWN, now=NOON + timedelta(minutes=1))
    renderer.outcome = Outcome.HELD
    renderer.while_at_work = lambda: declare(installation, Basis.OWN)
    render_video(VIDEO)
    assert video_of(installation).processing_status == VideoState.DOWNLOADED
    assert len(jobs(installation)) == 1
    renderer.outcome, renderer.while_at_work = Outcome.DONE, lambda: None
    assert post_of(installation, run_through()).status == PostState.QUEUED


def test_a_removal_that_stays_held_on_known_ground_is_not_tried_for_ever(installation, source_id, renderer):
    renderer.outcome = Outcome.HELD
    render_video(VIDEO)
    assert (video_of(installation).processing_status, jobs(installation)) == (VideoState.READY, set())
