"""A person says on what ground a source may be used: what waited for the answer goes on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.acquire.sources.service import get_source
from reposter.craft.render.report import Outcome
from reposter.deliver.scheduling.service import held_posts
from reposter.guard.rights.rules import may
from reposter.guard.rights.service import basis_of, declare_basis
from reposter.kit.database import serialise
from reposter.library.states import HAS_RENDITION
from reposter.library.tables import VideoRow
from reposter.pipeline.choosing_version import process_again_where_free
from reposter.pipeline.commands import release_held
from reposter.pipeline.engine import Line
from reposter.pipeline.options import LineOptions
from reposter.pipeline.version_question import rights_key
from reposter.vocabulary.rights import Act, Basis


@dataclass(frozen=True)
class Released:
    """Posts that got their slots, and videos that are processed again because their mark may be removed now."""

    post_ids: list[int]
    video_ids: list[str]


@dataclass(frozen=True)
class RightsAnswer:
    """The ground, where it comes from, and the moment from which it holds no more; None: it does not run out."""

    basis: Basis
    evidence: str = ""
    until: datetime | None = None


def answer_rights(
    session: Session, line: Line, options: LineOptions, reference: str, answer: RightsAnswer, *, now: datetime
) -> Released:
    """Say on what ground a source is used, and until when; posts that waited for it get their slots.

    Finished videos whose mark was left on for want of this answer are processed again, unless they are out already;
    their posts keep their turn, and none goes out with the file of before.
    """
    source_id = get_source(session, reference).source_id
    serialise(session, rights_key(source_id))
    declare_basis(session, source_id, answer.basis, evidence=answer.evidence, now=now, valid_to=answer.until)
    session.flush()
    video_ids: list[str] = []
    is_allowed = may(basis_of(session, source_id, now=now), Act.REMOVE_WATERMARK).allowed
    if is_allowed:
        left = _left_marked(session, source_id, is_removal_on=options.processing.watermark_removal)
        video_ids = process_again_where_free(session, line, left, now=now)
    waiting = held_posts(session, source_id=source_id)
    return Released(release_held(session, line, options, waiting, now=now), video_ids)


def _left_marked(session: Session, source_id: str, *, is_removal_on: bool) -> list[str]:
    """Finished videos whose step waited for the rights; one in doubt waits for something else.

    Where removal is off, only those for which a person asked for it.
    """
    row = VideoRow
    query = sa.select(row).where(
        row.source_id == source_id,
        row.processing_status.in_(HAS_RENDITION),
        row.watermark_outcome == Outcome.HELD.value,
        row.alternative_path.is_(None),
    )
    found = session.scalars(query.order_by(row.created_at, row.id))
    return [video.video_id for video in found if is_removal_on or video.watermark_wishes is not None]
