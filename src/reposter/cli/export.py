"""`reposter export`: a package for posting by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reposter.cli.console import print_json, results
from reposter.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir, opened
from reposter.kit.clock import utc_now


def export(
    video: Annotated[str, typer.Argument(metavar="VIDEO", help="The video's id.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    account: Annotated[str | None, typer.Option(help="Handle whose planned caption is taken.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the zip there; replaced if it exists.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Pack a finished video for posting by hand.

    The zip has the file, its cover, the caption and the credits.
    """
    from reposter.pipeline.exporting import export_video

    to = output.absolute() if output else None
    with opened(data_dir) as app:
        path = export_video(app.database, app.layout, video, account=account, now=utc_now(), to=to)
    if as_json:
        print_json({"path": str(path), "sizeBytes": path.stat().st_size})
        return
    results.print(str(path), markup=False, soft_wrap=True)
