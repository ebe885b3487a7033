"""Take or skip what a source listed, and judge again what was skipped when facts or filters have changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from reposter.acquire.discovery.filters import Filters, Judgement, judge
from reposter.kit.clock import to_iso
from reposter.library.service import (
    add_video,
    change_video,
    facts_of,
    find_video,
    known_ids,
    note_facts,
    skipped_videos,
)
from reposter.library.states import VideoState
from reposter.library.tables import VideoRow
from reposter.pipeline.engine import Job, Line
from reposter.pipeline.queues import Queue
from reposter.pipeline.telling import tell_step
from reposter.vocabulary.found import FoundVideo

NEVER_AGAIN = "is_video"  # the rule that photo posts fail, whatever the filters are


def fetch_job(video_id: str, occasion: str = "first") -> Job:
    return Job("fetch_video", Queue.DOWNLOAD, f"fetch:{video_id}:{occasion}", (video_id,))


def admit(
    session: Session, line: Line, listed: Sequence[FoundVideo], filters: Filters, source_id: str, *, now: datetime
) -> int:
    """Write down what is new and take what passes; the number of new videos.

    What was skipped before is judged by its newest facts: counters grow. Another source that wants it gets it.
    """
    known = known_ids(session, [video.video_id for video in listed])
    for video in listed:
        verdict = judge(video, filters, now)
        if video.video_id in known:
            _meet_again(session, line, video, verdict, source_id, now)
        else:
            _meet(session, line, video, verdict, source_id, now)
    return sum(video.video_id not in known for video in listed)


def judge_skipped(session: Session, line: Line, filters: Filters, source_id: str, *, now: datetime) -> list[str]:
    """Judge all that a source skipped by other filters; the ids of those that are taken now."""
    taken = []
    for row in skipped_videos(session, source_id):
        if (row.verdict or {}).get("rule") == NEVER_AGAIN:
            continue
        verdict = judge(facts_of(row), filters, now)
        if verdict.passes:
            taken.append(row.video_id)
        _decide(session, line, row, verdict, source_id, now)
    return taken


def _meet(session: Session, line: Line, video: FoundVideo, verdict: Judgement, source_id: str, now: datetime) -> None:
    state = VideoState.FOUND if verdict.passes else VideoState.SKIPPED
    if not add_video(session, video, source_id=source_id, state=state, verdict=asdict(verdict), now=now):
        return
    tell_step(session, video.video_id, "find", "done" if verdict.passes else "skipped", verdict.sentence)
    if verdict.passes:
        line.enqueue(session, fetch_job(video.video_id))


def _meet_again(
    session: Session, line: Line, video: FoundVideo, verdict: Judgement, source_id: str, now: datetime
) -> None:
    row = find_video(session, video.video_id)
    if row is None or row.processing_status != VideoState.SKIPPED:
        return
    note_facts(session, video, now=now)
    if verdict.passes or row.source_id == source_id:
        _decide(session, line, row, verdict, source_id, now)


def _decide(session: Session, line: Line, row: VideoRow, verdict: Judgement, source_id: str, now: datetime) -> None:
    if not verdict.passes:
        change_video(session, row.video_id, now=now, verdict=asdict(verdict))
        return
    change_video(
        session,
        row.video_id,
        now=now,
        processing_status=VideoState.FOUND,
        verdict=asdict(verdict),
        source_id=source_id,
    )
    tell_step(session, row.video_id, "find", "done", verdict.sentence or "It was skipped before and is wanted now.")
    line.enqueue(session, fetch_job(row.video_id, f"again:{to_iso(now)}"))
