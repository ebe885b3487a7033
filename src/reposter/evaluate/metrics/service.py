"""Measuring posts: counts at fixed ages, written once and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.evaluate.metrics.ports import Counts, MetricsReader
from reposter.evaluate.metrics.tables import MetricSampleRow
from reposter.kit.database import Database


@dataclass(frozen=True)
class SampleOrder:
    """A published post that has reached an age."""

    post_id: str
    tiktok_post_id: str
    age_label: str


@dataclass(frozen=True)
class Sample:
    post_id: str
    tiktok_post_id: str
    age_label: str
    at: datetime
    counts: Counts


def take_samples(
    database: Database, reader: MetricsReader, orders: Sequence[SampleOrder], now: datetime
) -> Sequence[Sample]:
    """Read and keep the counts of `orders`, all of one account; the samples that were taken.

    No transaction is open while TikTok is asked. Taking a sample twice keeps the first. Posts that TikTok does not
    tell of (private, removed) have no sample.
    """
    counts = reader.read(list(dict.fromkeys(order.tiktok_post_id for order in orders)))
    samples = [
        Sample(order.post_id, order.tiktok_post_id, order.age_label, now, counts[order.tiktok_post_id])
        for order in orders
        if order.tiktok_post_id in counts
    ]
    with database.transaction() as session:
        return [sample for sample in samples if _keep(session, sample)]


def samples_of(session: Session, post_id: str) -> Sequence[Sample]:
    """A post's samples, oldest first."""
    rows = session.scalars(
        sa.select(MetricSampleRow).where(MetricSampleRow.post_id == post_id).order_by(MetricSampleRow.at)
    )
    return [_to_sample(row) for row in rows]


def taken_ages(session: Session, post_id: str) -> frozenset[str]:
    labels = session.scalars(sa.select(MetricSampleRow.age_label).where(MetricSampleRow.post_id == post_id))
    return frozenset(labels)


def _keep(session: Session, sample: Sample) -> bool:
    exists = session.scalar(
        sa.select(
            sa.exists().where(
                MetricSampleRow.tiktok_post_id == sample.tiktok_post_id,
                MetricSampleRow.age_label == sample.age_label,
            )
        )
    )
    if exists:
        return False
    session.add(
        MetricSampleRow(
            post_id=sample.post_id,
            tiktok_post_id=sample.tiktok_post_id,
            age_label=sample.age_label,
            at=sample.at,
            views=sample.counts.views,
            likes=sample.counts.likes,
            comments=sample.counts.comments,
            shares=sample.counts.shares,
        )
    )
    session.flush()
    return True


def _to_sample(row: MetricSampleRow) -> Sample:
    counts = Counts(row.views, row.likes, row.comments, row.shares)
    return Sample(row.post_id, row.tiktok_post_id, row.age_label, row.at, counts)
