"""Workflow: what came of a post at one age."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from dbos import DBOS

from reposter.deliver.scheduling.service import get_post
from reposter.evaluate.metrics.ages import is_missed
from reposter.evaluate.metrics.service import SampleOrder, take_samples
from reposter.kit.clock import utc_now
from reposter.kit.errors import AppError
from reposter.pipeline.engine import RECOVERY_ATTEMPTS_MAX, Job
from reposter.pipeline.queues import Queue
from reposter.pipeline.steps import durable_step, retrying
from reposter.pipeline.telling import tell_error, tell_step
from reposter.pipeline.tools import tools

WORKFLOW = "measure_post"
RETRY_DELAYS_SECONDS = (60, 300, 900)


class SampleMissed(AppError):
    """The moment to read a post's counts at an age went by, so that age has none."""

    code = "sample_missed"


def measure_jobs(post_id: int, published_at: datetime, ages_seconds: Mapping[str, float]) -> list[Job]:
    """One job per age, each waiting for its moment."""
    return [
        Job(
            WORKFLOW,
            Queue.MEASURE,
            f"measure:{post_id}:{label}",
            (post_id, label, seconds),
            not_before=published_at + timedelta(seconds=seconds),
        )
        for label, seconds in ages_seconds.items()
    ]


@DBOS.workflow(name=WORKFLOW, max_recovery_attempts=RECOVERY_ATTEMPTS_MAX)
def measure_post(post_id: int, age_label: str, age_seconds: float) -> None:
    try:
        retrying(take_sample, RETRY_DELAYS_SECONDS)(post_id, age_label, age_seconds)
    except AppError as error:
        note_gap(post_id, age_label, error.to_dict())


@durable_step("take_sample")
def take_sample(post_id: int, age_label: str, age_seconds: float) -> None:
    """A gap stays a gap: for posts without a public id (private, or still moderated), and where we came too late."""
    now = utc_now()
    with tools().database.transaction() as session:
        post = get_post(session, post_id)
    if post.post_id is None or post.published_at is None:
        return
    if is_missed(post.published_at, timedelta(seconds=age_seconds), now):
        raise SampleMissed(f"The counts of post {post_id} after {age_label} were missed.", hint="The others are kept.")
    orders = [SampleOrder(str(post_id), post.post_id, age_label)]
    samples = take_samples(tools().database, tools().metrics_for(post.tiktok_account), orders, now)
    with tools().database.transaction() as session:
        for sample in samples:
            sentence = f"{sample.counts.views:,} views and {sample.counts.likes:,} likes after {age_label}."
            tell_step(session, post.video_id, "measure", "done", sentence)


@durable_step("note_gap")
def note_gap(post_id: int, age_label: str, error: dict[str, object]) -> None:
    with tools().database.transaction() as session:
        post = get_post(session, post_id)
        tell_error(session, AppError.from_dict(error), where=f"measure after {age_label}", video_id=post.video_id)
