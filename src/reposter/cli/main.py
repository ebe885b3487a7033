"""The `reposter` command. Each command imports what it needs when it runs, so that the light ones stay light."""

from __future__ import annotations

from typing import Annotated

import typer

from reposter import __version__
from reposter.cli import (
    accounts,
    budget,
    choices,
    demo,
    doctor,
    export,
    keys,
    posts,
    queue,
    serving,
    source_changes,
    sources,
    up,
    verify,
)
from reposter.cli.process import process

app = typer.Typer(
    help="A self-hosted line from a source of videos to a proven post.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
source_app = typer.Typer(help="The places that are watched.", no_args_is_help=True)
account_app = typer.Typer(help="The TikTok accounts to post as.", no_args_is_help=True)
verify_app = typer.Typer(help="Are the promises kept?", no_args_is_help=True)
keys_app = typer.Typer(help="The key that secrets are sealed with.", no_args_is_help=True)
queue_app = typer.Typer(help="What is planned, on its way and live.", invoke_without_command=True)

app.command("demo")(demo.demo)
app.command("up")(up.up)
app.command("agent")(serving.agent)
app.command("fetch")(sources.fetch)
app.command("process")(process)
app.command("publish")(posts.publish)
app.command("export")(export.export)
app.command("doctor")(doctor.doctor)
app.add_typer(source_app, name="source")
app.add_typer(account_app, name="account")
app.add_typer(queue_app, name="queue")
app.add_typer(keys_app, name="keys")
keys_app.command("rotate")(keys.rotate)
app.add_typer(verify_app, name="verify")
verify_app.command("publish")(verify.publish)
source_app.command("add")(sources.add)
source_app.command("list")(sources.list_all)
source_app.command("preview")(source_changes.preview)
source_app.command("edit")(source_changes.edit)
source_app.command("scan")(sources.scan)
source_app.command("rights")(sources.rights)
source_app.command("forget-marks")(sources.forget_marks)
source_app.command("pause")(sources.pause)
source_app.command("resume")(sources.resume)
account_app.command("connect")(accounts.connect)
account_app.command("list")(accounts.list_all)
account_app.command("disconnect")(accounts.disconnect)
account_app.command("pause")(accounts.pause)
account_app.command("resume")(accounts.resume)
account_app.command("budget")(budget.budget)
account_app.command("choices")(choices.choices)
queue_app.callback()(posts.queue)
queue_app.command("cancel")(posts.cancel)
queue_app.command("answer")(posts.answer)
queue_app.command("retry")(queue.retry)
queue_app.command("retry-failed")(queue.retry_failed)
queue_app.command("pause")(queue.pause)
queue_app.command("resume")(queue.resume)
queue_app.command("priority")(queue.priority)
queue_app.command("show")(queue.show)
queue_app.command("approve")(posts.approve)
queue_app.command("reject")(posts.reject)


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", help="Say which version this is.", is_eager=True)] = False,
) -> None:
    if version:
        typer.echo(f"reposter {__version__}")
        raise typer.Exit
