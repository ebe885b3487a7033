"""How commands speak: results on stdout, everything else on stderr, errors with a remedy and an exit code."""

from __future__ import annotations

import json
import sys
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from reposter.kit.errors import AppError, InvalidInput

EXIT_FAILURE = 1
EXIT_USAGE = 2

messages = Console(stderr=True, highlight=False, soft_wrap=True)
results = Console(highlight=False)


def fail(error: AppError) -> NoReturn:
    """Print what happened and what to do, and leave: 2 for a mistake in the command, 1 for a failure."""
    # Text, not markup: a file may be called "[red]".
    messages.print(Text("Error: ", style="bold red") + Text(error.message, style="default"))
    if error.hint:
        messages.print(Text(" hint: ", style="cyan") + Text(error.hint, style="default"))
    raise typer.Exit(EXIT_USAGE if isinstance(error, InvalidInput) else EXIT_FAILURE)


def print_json(data: Any) -> None:  # anything JSON can hold
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")


def make_progress(*, is_quiet: bool = False) -> Progress:
    """A bar with the time left on stderr; silent where nobody watches."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        console=messages,
        transient=True,
        disable=is_quiet or not messages.is_terminal,
    )
