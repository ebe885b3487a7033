"""`reposter verify`: are the promises kept?"""

from __future__ import annotations

from dataclasses import asdict

import typer

from reposter.cli.console import EXIT_FAILURE, messages, print_json, results
from reposter.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir, opened
from reposter.kit.clock import utc_now


def publish(data_dir: DataDir = DEFAULT_DATA_DIR, as_json: AsJson = False) -> None:
    """Check every post ever sent against the promises of publishing.

    Changes nothing. Leaves with 1 when a promise is broken; the agents look at the last day each minute by themselves.
    """
    from reposter.pipeline.checking import verify_publishing

    with opened(data_dir) as app:
        found = verify_publishing(app.database, app.line, now=utc_now())
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        for one in found:
            results.print(f"{one.rule}  {one.account}  {one.sentence}", markup=False)
    if found:
        messages.print(f"{len(found)} promises are broken. Look at the accounts on TikTok before anything is resumed.")
        raise typer.Exit(EXIT_FAILURE)
    if not as_json:
        messages.print("All promises are kept.")
