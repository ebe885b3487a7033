"""Publishing a post, exactly once: send it, look until TikTok settles it, and let a person judge where it never does.

Call `send` while a post is WAITING and `confirm` while it is COMMITTING, each time after the step's `wait_seconds`.
Both may be called twice, by two workers, after any crash: they start from where the journal stands.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from reposter.deliver.publishing import confirming, sending
from reposter.deliver.publishing.attempt import AttemptState
from reposter.deliver.publishing.journal import Journal
from reposter.deliver.publishing.order import (
    DEFAULT_RULES,
    Guard,
    Point,
    PostOrder,
    Rules,
    Settle,
    Step,
    StepState,
    no_point,
)
from reposter.deliver.publishing.ports import Publisher
from reposter.deliver.publishing.run import Run


def send(  # noqa: PLR0913  # each is a seam that the caller owns
    order: PostOrder,
    *,
    journal: Journal,
    publisher: Publisher,
    now: Callable[[], datetime],
    commit_guard: Guard,
    settle: Settle,
    rules: Rules = DEFAULT_RULES,
    point: Point = no_point,
    pull_url: str = "",
) -> Step:
    """Make the allowed moves until every byte is sent or something has to wait.

    `commit_guard` runs inside the transaction that commits to posting, just before the last chunk: check rights,
    consent and limits there; an AppError that it raises stops the post by its verdict. `settle` runs inside the
    transaction that ends the post, so that the caller's own row changes together with the journal. With a `pull_url`
    TikTok fetches new uploads from `pull_url` + token, which whoever serves it looks up in `addresses`.
    """
    return sending.advance(Run(order, journal, publisher, now, settle, rules, point, pull_url), commit_guard)


def confirm(  # as above
    order: PostOrder,
    *,
    journal: Journal,
    publisher: Publisher,
    now: Callable[[], datetime],
    settle: Settle,
    rules: Rules = DEFAULT_RULES,
    point: Point = no_point,
) -> Step:
    """Look once. A post is PUBLISHED when TikTok says PUBLISH_COMPLETE, or after hours of silence its list shows it.

    A post that was handed over (NEEDS_HUMAN, IN_INBOX) may be looked at again at any time.
    """
    return confirming.look(Run(order, journal, publisher, now, settle, rules, point))


def find_post_id(  # as above
    order: PostOrder,
    *,
    journal: Journal,
    publisher: Publisher,
    now: Callable[[], datetime],
    settle: Settle,
    rules: Rules = DEFAULT_RULES,
    point: Point = no_point,
) -> tuple[str, ...]:
    """The public ids of a published post, which TikTok tells only after moderation (never for private posts).

    Raises:
        AppError: TikTok did not answer; ask again later.
    """
    run = Run(order, journal, publisher, now, settle, rules, point)
    attempt = journal.last(order.post_id)
    if attempt is None or attempt.state is not AttemptState.PUBLISHED or attempt.post_ids or not attempt.publish_id:
        return attempt.post_ids if attempt else ()
    publish_id = attempt.publish_id
    post_ids = run.call(attempt, "status", lambda: publisher.status(publish_id)).post_ids
    if post_ids:
        told = run.settling(attempt.n, StepState.PUBLISHED, post_ids=post_ids, evidence=attempt.verdict or {})
        run.write("post_ids", lambda: journal.add_post_ids(attempt, post_ids, now(), told))
    return post_ids
