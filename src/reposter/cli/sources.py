"""`reposter source …` and `reposter fetch`: what comes in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from reposter.cli.console import messages, print_json, results
from reposter.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir, basis_named, opened
from reposter.kit.clock import to_iso, utc_now
from reposter.kit.errors import InvalidInput
from reposter.vocabulary.rights import Basis

Reference = Annotated[str, typer.Argument(metavar="SOURCE", help="The source's name (@techguru123) or id.")]
Rights = Annotated[str, typer.Option(help=f"On what ground its videos are used: {', '.join(Basis)}.")]


def add(
    value: Annotated[str, typer.Argument(metavar="SOURCE", help="@name, a profile link, #tag, or a country.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    kind: Annotated[str | None, typer.Option("--type", help="username, hashtag or trending, if not plain.")] = None,
    frequency: Annotated[str, typer.Option(help="hourly, daily, an interval such as 30_minutes, or custom.")] = "daily",
    cron: Annotated[str | None, typer.Option(help='Five fields, for example "0 */6 * * *"; implies custom.')] = None,
    zone: Annotated[str, typer.Option(help="IANA time zone of the rhythm.")] = "UTC",
    filters: Annotated[str, typer.Option(help='JSON, for example {"minViews": 10000, "maxAge": "7d"}.')] = "{}",
    rights: Rights = Basis.UNKNOWN.value,
    evidence: Annotated[str, typer.Option(help="Where the right comes from: a link, a contract, a note.")] = "",
    as_json: AsJson = False,
) -> None:
    """Watch a source.

    Its first scan starts within seconds when agents run.
    """
    from reposter.acquire.sources.service import coming_scans
    from reposter.pipeline.commands import NewSource, watch

    with opened(data_dir) as app:
        new = NewSource(
            value=value,
            kind=kind,
            frequency="custom" if cron else frequency,
            cron_expression=cron,
            timezone=zone,
            filters=json_object(filters),
            basis=basis_named(rights),
            evidence=evidence,
        )
        with app.database.transaction() as session:
            row = watch(session, new, app.options(), now=utc_now())
            coming = coming_scans(row)
    if as_json:
        named = {"sourceId": row.source_id, "type": row.source_type, "value": row.source_value}
        print_json(named | {"comingScans": [to_iso(one) for one in coming]})
        return
    messages.print(f"Watching {row.source_value} as {row.source_id}.", markup=False)
    show_scans(coming, zone)
    if row.source_type != "username":
        messages.print(
            "No engine of this version can list hashtags or trends: it is kept, and its scans say so.", markup=False
        )
    if new.basis is Basis.UNKNOWN:
        messages.print(
            f"Its posts wait until you say on what ground: reposter source rights {row.source_value} --basis own",
            markup=False,
        )


def list_all(data_dir: DataDir = DEFAULT_DATA_DIR, as_json: AsJson = False) -> None:
    """Show the sources with their rhythm, rights and last scan."""
    from reposter.acquire.sources.service import list_sources
    from reposter.guard.rights.service import basis_of

    with opened(data_dir) as app, app.database.transaction() as session:
        now = utc_now()
        rows = [(row, basis_of(session, row.source_id, now=now)) for row in list_sources(session)]
    if as_json:
        print_json([_as_json(row, basis) for row, basis in rows])
        return
    table = Table("source", "id", "rhythm", "rights", "last scan", "new", "state")
    for row, basis in rows:
        scanned = to_iso(row.last_scraped) if row.last_scraped else "never"
        state = (row.last_error or {}).get("message") or row.status
        rhythm = row.configuration.get("cronExpression") or row.configuration["frequency"]
        table.add_row(row.source_value, row.source_id, rhythm, basis.value, scanned, str(row.last_new or 0), state)
    results.print(table if rows else "No sources yet. Add one: reposter source add @name --rights own")


def scan(source: Reference, data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Scan a source now, beside its rhythm; the agents do it."""
    from reposter.pipeline.commands import scan_now

    with opened(data_dir) as app, app.database.transaction() as session:
        row = scan_now(session, app.line, source, now=utc_now())
    messages.print(f"A scan of {row.source_value} is on the line.", markup=False)


def pause(source: Reference, data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Stop scanning a source; what was found stays."""
    _set_active(source, data_dir, is_active=False)


def resume(source: Reference, data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Scan a source again, now and in its rhythm."""
    _set_active(source, data_dir, is_active=True)


def _set_active(source: str, data_dir: Path, *, is_active: bool) -> None:
    from reposter.acquire.sources.service import activate_source

    with opened(data_dir) as app, app.database.transaction() as session:
        row = activate_source(session, source, is_active=is_active, now=utc_now())
    messages.print(f"{row.source_value} is {row.status}.", markup=False)


def rights(
    source: Reference,
    basis: Annotated[str, typer.Option(help=f"One of: {', '.join(Basis)}.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    evidence: Annotated[str, typer.Option(help="Where the right comes from: a link, a contract, a note.")] = "",
    until: Annotated[str | None, typer.Option(help="The last day on which it holds (UTC): 2027-03-31.")] = None,
) -> None:
    """Say on what ground a source may be used, and until when.

    Posts that waited for it get their slots; videos that are not out yet and whose mark was left on for want of the
    answer are processed again.
    """
    from reposter.pipeline.answering_rights import RightsAnswer, answer_rights

    with opened(data_dir) as app, app.database.transaction() as session:
        answer = RightsAnswer(basis_named(basis), evidence, _end_of_day(until) if until else None)
        released = answer_rights(session, app.line, app.options(), source, answer, now=utc_now())
    messages.print(f"Noted. {len(released.post_ids)} posts that waited for it were given their slots.", markup=False)
    if released.video_ids:
        messages.print(f"{len(released.video_ids)} videos are processed again, now that their mark may be removed.")


def forget_marks(source: Reference, data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Forget what the videos of a source have taught of its mark.

    The next videos are judged by themselves again, until enough of them have been learnt from.
    """
    from reposter.acquire.sources.service import get_source

    with opened(data_dir) as app:
        with app.database.transaction() as session:
            row = get_source(session, source)
        path = app.layout.mark_memory(row.source_id)
        is_known = path.exists()
        path.unlink(missing_ok=True)
    said = "Forgotten" if is_known else "Nothing was known"
    messages.print(f"{said}: the mark of {row.source_value}.", markup=False)


def fetch(
    url: Annotated[str, typer.Argument(help="The link of one video.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    rights: Rights = Basis.UNKNOWN.value,
    as_json: AsJson = False,
) -> None:
    """Put one video on the line by its link; the agents fetch it."""
    from reposter.bootstrap import wire_agent
    from reposter.pipeline.commands import take_link

    with opened(data_dir) as app:
        found = take_link(app.database, app.line, wire_agent(app, "cli").reader, url, basis=basis_named(rights))
    if as_json:
        print_json(found.to_dict())
        return
    messages.print(f"{found.video_id} by {found.author} is on the line: {found.title}", markup=False)


def _end_of_day(text: str) -> datetime:
    """The first moment after a day in UTC."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"“{text[:40]}” is no day.", hint="Write it as 2027-03-31.") from None
    return datetime.combine(day, time(), UTC) + timedelta(days=1)


def show_scans(coming: Sequence[datetime], zone: str) -> None:
    """The next scans on the wall clock of the source."""
    if coming:
        said = ", ".join(f"{one.astimezone(ZoneInfo(zone)):%a %d %b %H:%M}" for one in coming)
        messages.print(f"Next scans ({zone}): {said}.", markup=False)


def json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"--filters is no JSON: {error.msg}.", hint='Write {"minViews": 10000}.') from error
    if not isinstance(value, dict):
        raise InvalidInput("--filters is no JSON object.", hint='Write {"minViews": 10000}.')
    return value


def _as_json(row: Any, basis: Basis) -> dict[str, Any]:  # SourceRow, named in a heavy module
    return {
        "sourceId": row.source_id,
        "type": row.source_type,
        "value": row.source_value,
        **row.configuration,
        "rights": basis.value,
        "status": row.status,
        "lastScraped": to_iso(row.last_scraped) if row.last_scraped else None,
        "lastError": row.last_error,
    }
