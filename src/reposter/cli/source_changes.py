"""`reposter source edit` and `reposter source preview`: watch in another way, and see beforehand what comes of it."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from reposter.cli.console import make_progress, messages, print_json, results
from reposter.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir, opened
from reposter.cli.sources import Reference, json_object, show_scans
from reposter.kit.clock import to_iso, utc_now

Filters = Annotated[
    str | None,
    typer.Option(help='JSON, for example {"minViews": 10000, "captionWords": ["recipe"]}; replaces all there were.'),
]


def edit(
    source: Reference,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    filters: Filters = None,
    frequency: Annotated[str | None, typer.Option(help="hourly, daily or an interval such as 30_minutes.")] = None,
    cron: Annotated[str | None, typer.Option(help='Five fields, for example "0 */6 * * *".')] = None,
    zone: Annotated[str | None, typer.Option(help="IANA time zone of the rhythm.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change a source's filters or rhythm.

    New filters judge again what the old ones skipped: what is wanted now is fetched.
    """
    from reposter.acquire.sources.service import coming_scans
    from reposter.pipeline.changing_source import SourceChange, change_source

    with opened(data_dir) as app, app.database.transaction() as session:
        wanted = SourceChange(frequency, cron, zone, filters=None if filters is None else json_object(filters))
        changed = change_source(session, app.line, app.options(), source, wanted, now=utc_now())
        value, taken, coming = changed.row.source_value, changed.videos_taken, coming_scans(changed.row)
        wall = changed.row.configuration["timezone"]
    if as_json:
        print_json({"value": value, "videosTaken": taken, "comingScans": [to_iso(one) for one in coming]})
        return
    messages.print(f"{value} is watched as you said.", markup=False)
    show_scans(coming, wall)
    if taken:
        messages.print(f"{len(taken)} videos that were skipped before are wanted now and on the line.", markup=False)


def preview(
    source: Reference,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    filters: Filters = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many of its newest videos.")] = 60,
    as_json: AsJson = False,
) -> None:
    """List what a source has and say which videos its filters would take, and why not the others.

    For a source that is watched, or one that might be. Nothing is kept or fetched. Without --filters those of the
    source are used.
    """
    from reposter.bootstrap import wire_agent
    from reposter.pipeline.changing_source import preview_source

    with opened(data_dir) as app, make_progress(is_quiet=as_json) as bar:
        wanted = None if filters is None else json_object(filters)
        task = bar.add_task(f"Looking at {source}", total=limit)
        shown = preview_source(
            app.database,
            wire_agent(app, "cli").reader,
            source,
            wanted,
            now=utc_now(),
            limit=limit,
            on_progress=lambda at: bar.update(task, completed=at["found"]),
        )
    if as_json:
        print_json({"source": shown.name.value, "passing": shown.passing, "videos": _rows(shown.judged)})
        return
    table = Table("video", "uploaded", "views", "likes", "taken", "why")
    for row in _rows(shown.judged):
        counts = [f"{row[key]:,}" if row[key] is not None else "?" for key in ("views", "likes")]
        table.add_row(row["videoId"], row["uploadedAt"], *counts, "yes" if row["passes"] else "no", row["sentence"])
    results.print(table)
    results.print(f"{shown.passing} of {len(shown.judged)} would be taken.")


def _rows(judged: list[Any]) -> list[dict[str, Any]]:  # pairs of a video and its judgement
    return [
        {
            "videoId": video.video_id,
            "uploadedAt": to_iso(video.uploaded_at),
            "views": video.stats.views,
            "likes": video.stats.likes,
            "passes": verdict.passes,
            "rule": verdict.rule,
            "wanted": verdict.wanted,
            "actual": verdict.actual,
            "sentence": verdict.sentence,
        }
        for video, verdict in judged
    ]
