"""When TikTok keeps silent: the account's own list, and a person where the list does not settle it."""

from __future__ import annotations

from typing import Any

from reposter.deliver.publishing.attempt import Attempt, Handover
from reposter.deliver.publishing.evidence import matching_videos
from reposter.deliver.publishing.order import LiveUnknown, Step, StepState
from reposter.deliver.publishing.run import Run, moved_elsewhere, record_published
from reposter.kit.errors import AppError, Verdict
from reposter.vendors.tiktok.payloads import ListedVideo


def reconcile(
    run: Run,
    attempt: Attempt,
    words: dict[str, Any],  # JSON evidence
    *,
    may_wait: bool = False,
) -> Step:
    """Look at the account itself. Exactly one sure match is proof; anything else is a person's, or is waited for."""
    assert attempt.commit_at is not None  # COMMITTING has it
    since = attempt.commit_at
    try:
        videos = run.call(attempt, "find", lambda: run.publisher.find(since))
    except AppError as error:
        if error.verdict is Verdict.RETRY_LATER or may_wait:
            return Step(StepState.COMMITTING, run.rules.slow_poll_seconds, error.message, error)
        videos = ()
        words = {**words, "find_error": error.to_dict()}
    matches = matching_videos(
        videos,
        caption=run.order.caption,
        duration_seconds=run.order.duration_seconds,
        sent_at=since,
        taken_ids=run.journal.taken_post_ids(attempt.account, besides=attempt.post_id),
    )
    if len(matches) == 1:
        evidence = {**words, "by": "list", "share_url": matches[0].share_url}
        return record_published(run, attempt, (matches[0].video_id,), evidence)
    if may_wait:
        reason = "TikTok fetched the file and has not said what came of it; its list is looked at again."
        return Step(StepState.COMMITTING, run.rules.slow_poll_seconds, reason)
    return _ask_person(run, attempt, {**words, "candidates": [_brief(video) for video in matches]})


def _ask_person(run: Run, attempt: Attempt, evidence: dict[str, Any]) -> Step:  # JSON evidence
    error = LiveUnknown(
        "TikTok took the video and has not said for hours whether it is live.",
        hint="Look at the account, then answer with `reposter queue answer`. Do not post it again before.",
        publish_id=attempt.publish_id,
    )
    evidence = {**evidence, "error": error.to_dict()}
    settle = run.settling(attempt.n, StepState.NEEDS_HUMAN, reason=error.message, error=error, evidence=evidence)
    moved = run.write(
        "hand_over",
        lambda: run.journal.hand_over(
            attempt, Handover.NEEDS_HUMAN, reason=error.message, evidence=evidence, now=run.now(), settle=settle
        ),
    )
    return Step(StepState.NEEDS_HUMAN, None, error.message, error) if moved else moved_elsewhere(run)


def _brief(video: ListedVideo) -> dict[str, str]:
    return {
        "video_id": video.video_id,
        "share_url": video.share_url,
        "description": video.description,
        "created_at": video.created_at.isoformat(),
    }
