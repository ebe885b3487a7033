"""The journal of attempts: every move is one transaction and holds only if the row is still where it was read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reposter.deliver.publishing.attempt import Attempt, AttemptState, Handover, Transfer
from reposter.deliver.publishing.moves import changed, last_attempt, move, new_row, row_in, set_values, to_attempt
from reposter.deliver.publishing.order import AlreadyPosted, Grounds, Guard, PostOrder
from reposter.deliver.publishing.tables import NOT_CLOSED, ApiCallRow, AttemptRow
from reposter.kit.crypto import Vault
from reposter.kit.database import Database, Table, serialise
from reposter.vendors.tiktok.payloads import UploadSession

InTransaction = Callable[[Session], None]

_ADD_CALL = sa.insert(Table.metadata.tables[ApiCallRow.__tablename__])


@dataclass(frozen=True)
class CallRecord:
    """One call to TikTok as it went: `ok`, `rejected` (provably without effect) or `unknown`."""

    op: str
    started_at: datetime
    ended_at: datetime
    outcome: str
    http: int | None = None
    code: str = ""
    log_id: str = ""


@dataclass(frozen=True)
class Tries:
    """How often this post was tried: verdicts against it, and uploads given up that TikTok may have opened."""

    failed: int
    abandoned: int
    given_up: int


class Journal:
    """Methods that move an attempt answer False when somebody else moved it first: drop what you hold."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def last(self, post_id: str) -> Attempt | None:
        """The attempt that matters: the live or published one, else the newest."""
        with self._database.transaction() as session:
            return last_attempt(session, post_id)

    def doubted(self, post_id: str) -> Sequence[Attempt]:
        """Attempts that a person has declared not to be live, without TikTok's word for it."""
        with self._database.transaction() as session:
            rows = session.scalars(
                sa.select(AttemptRow).where(
                    AttemptRow.post_id == post_id,
                    AttemptRow.state == AttemptState.FAILED,
                    AttemptRow.publish_id.is_not(None),
                )
            )
            return [to_attempt(row) for row in rows if (row.verdict or {}).get("by") == "person"]

    def tries(self, post_id: str) -> Tries:
        with self._database.transaction() as session:
            rows = session.execute(
                sa.select(AttemptRow.state, AttemptRow.counts, sa.func.count())
                .where(AttemptRow.post_id == post_id)
                .group_by(AttemptRow.state, AttemptRow.counts)
            ).all()
        counted = {state: count for state, counts, count in rows if counts}
        given_up = sum(count for state, _, count in rows if state == AttemptState.ABANDONED)
        return Tries(counted.get(AttemptState.FAILED, 0), counted.get(AttemptState.ABANDONED, 0), given_up)

    def opened_in_vain(self, account: str, since: datetime) -> Sequence[datetime]:
        """When uploads of the account that TikTok opened, or may have opened, were given up; newest first."""
        was_opened = sa.or_(AttemptRow.counts, AttemptRow.publish_id.is_not(None))
        with self._database.transaction() as session:
            return session.scalars(
                sa.select(AttemptRow.updated_at)
                .where(
                    AttemptRow.account == account,
                    AttemptRow.state == AttemptState.ABANDONED,
                    AttemptRow.updated_at > since,
                    was_opened,
                )
                .order_by(AttemptRow.updated_at.desc())
            ).all()

    def begin(
        self,
        order: PostOrder,
        *,
        after: int,
        chunk_bytes: int,
        now: datetime,
        transfer: Transfer = Transfer.FILE,
    ) -> Attempt | None:
        """A new INTENT; None when another worker has begun one.

        Raises:
            AlreadyPosted: another post has put this very file on the account, or is about to.
        """
        row = new_row(order, after + 1, AttemptState.INTENT, chunk_bytes, now)
        row.transfer = transfer
        try:
            with self._database.transaction() as session:
                session.add(row)
        except sa.exc.IntegrityError:
            self._require_unposted(order)
            return None
        return to_attempt(row)

    def refuse(self, order: PostOrder, reason: str, *, after: int, now: datetime, settle: InTransaction) -> bool:
        """End a post that must not be tried at all, with the sentence why."""
        row = new_row(order, after + 1, AttemptState.FAILED, order.size_bytes, now)
        row.reason, row.is_final = reason, True
        try:
            with self._database.transaction() as session:
                session.add(row)
                settle(session)
        except sa.exc.IntegrityError:
            return False
        return True

    def open(self, attempt: Attempt, upload: UploadSession, *, expires_at: datetime, now: datetime) -> bool:
        """INTENT → OPEN, before byte 0: the publish id and the sealed address."""
        sealed = self._vault.seal(upload.upload_url, place=attempt.secret_place)
        values = {"publish_id": upload.publish_id, "upload_url_sealed": sealed, "upload_expires_at": expires_at}
        try:
            with self._database.transaction() as session:
                return move(session, attempt, AttemptState.OPEN, now, values)
        except sa.exc.IntegrityError:  # a publish id that another attempt has: not ours to use
            return False

    def commit(
        self, attempt: Attempt, *, guard: Guard, now: Callable[[], datetime], pull_token_sha256: str | None = None
    ) -> bool:
        """OPEN → COMMITTING, before the last chunk; for a pull, before TikTok is told the address whose token this is.

        What `guard` raises undoes the move.

        The row is written first, which takes the write lock, so that two guards never count the same free place;
        the commit time is read last, so that a rolling window counted before it cannot be too short.
        """
        with self._database.transaction() as session:
            serialise(session, f"commit:{attempt.account}")
            if not move(session, attempt, AttemptState.COMMITTING, now(), {"pull_token_sha256": pull_token_sha256}):
                return False
            grounds = guard(session) or Grounds()
            values = {"consent_id": grounds.consent_id, "rights_id": grounds.rights_id, "commit_at": now()}
            session.execute(row_in(attempt, AttemptState.COMMITTING).values(values))
            return True

    def name_pull(self, attempt: Attempt, publish_id: str, now: datetime) -> bool:
        """Write the publish id of a pull that TikTok accepted; nobody else may have settled it meanwhile."""
        unnamed = row_in(attempt, AttemptState.COMMITTING).where(AttemptRow.publish_id.is_(None))
        try:
            with self._database.transaction() as session:
                return changed(session, unnamed.values(publish_id=publish_id, updated_at=now))
        except sa.exc.IntegrityError:  # see `open`
            return False

    def revoke(self, attempt: Attempt, now: datetime) -> int | None:
        """Make the address of a pull dead for ever, then tell how often the file was fetched from it.

        None when TikTok's answer, or another worker, has settled the attempt meanwhile.
        """
        unnamed = row_in(attempt, AttemptState.COMMITTING).where(AttemptRow.publish_id.is_(None))
        dead_since = sa.func.coalesce(AttemptRow.revoked_at, sa.literal(now, AttemptRow.revoked_at.type))
        with self._database.transaction() as session:
            if not changed(session, unnamed.values(revoked_at=dead_since)):
                return None
        revoked = self.last(attempt.post_id)
        return revoked.pull_fetches if revoked and revoked.n == attempt.n else None

    def close(  # noqa: PLR0913  # one row's closing values, all by name
        self,
        attempt: Attempt,
        to: AttemptState,
        *,
        reason: str,
        now: datetime,
        retry_at: datetime | None = None,
        counts: bool = True,
        verdict: dict[str, Any] | None = None,  # JSON evidence
        post_ids: tuple[str, ...] = (),
        settle: InTransaction | None = None,
    ) -> bool:
        """Move to PUBLISHED, FAILED or ABANDONED. With `settle` the post ends here, in the same transaction."""
        values: dict[str, Any] = {  # column values
            "reason": reason,
            "retry_at": retry_at,
            "counts": counts,
            "verdict": verdict,
            "post_ids": list(post_ids),
            "is_final": settle is not None,
            "handover": None,
        }
        if attempt.is_pull:
            values["revoked_at"] = attempt.revoked_at or now
        with self._database.transaction() as session:
            if not move(session, attempt, to, now, values):
                return False
            if settle is not None:
                settle(session)
            return True

    def hand_over(
        self,
        attempt: Attempt,
        to: Handover,
        *,
        reason: str,
        evidence: dict[str, Any],  # JSON for the person who has to judge
        now: datetime,
        settle: InTransaction,
    ) -> bool:
        """The attempt stays COMMITTING, so that no second one can begin, and the post waits for somebody else."""
        with self._database.transaction() as session:
            values = {"handover": to, "reason": reason, "verdict": evidence}
            if not set_values(session, attempt, now, values):
                return False
            settle(session)
            return True

    def add_post_ids(self, attempt: Attempt, post_ids: tuple[str, ...], now: datetime, settle: InTransaction) -> bool:
        with self._database.transaction() as session:
            if not set_values(session, attempt, now, {"post_ids": list(post_ids)}):
                return False
            settle(session)
            return True

    def record_call(self, attempt: Attempt, call: CallRecord, *, acked_bytes: int | None = None) -> None:
        """Keep a call; `acked_bytes` is for the progress bar: what counts for resuming is TikTok's own status."""
        with self._database.transaction() as session:
            session.execute(_ADD_CALL, {"post_id": attempt.post_id, "n": attempt.n, **vars(call)})
            if acked_bytes is not None:
                set_values(session, attempt, call.ended_at, {"acked_bytes": acked_bytes})

    def upload_url(self, attempt: Attempt) -> str:
        """Raises:
        SecretUnreadable: the key is gone; the upload cannot go on.
        """
        return self._vault.unseal(attempt.upload_url_sealed or "", place=attempt.secret_place)

    def taken_post_ids(self, account: str, *, besides: str) -> Collection[str]:
        """Ids on TikTok that belong to other posts of ours."""
        with self._database.transaction() as session:
            lists = session.scalars(
                sa.select(AttemptRow.post_ids).where(
                    AttemptRow.account == account,
                    AttemptRow.state == AttemptState.PUBLISHED,
                    AttemptRow.post_id != besides,
                )
            )
            return {post_id for ids in lists for post_id in ids}

    def _require_unposted(self, order: PostOrder) -> None:
        with self._database.transaction() as session:
            other = session.execute(
                sa.select(AttemptRow.post_id, AttemptRow.state).where(
                    AttemptRow.account == order.account,
                    AttemptRow.content_sha256 == order.content_sha256,
                    AttemptRow.post_id != order.post_id,
                    NOT_CLOSED,
                )
            ).first()
        if other is not None:
            is_live = other.state == AttemptState.PUBLISHED
            raise AlreadyPosted(
                f"This video {'is already live' if is_live else 'is already on its way'} on {order.account} "
                f"as post {other.post_id}.",
                hint="Delete this post, or choose another video or account.",
                other_post_id=other.post_id,
                is_live=is_live,
            )
