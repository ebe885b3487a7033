"""`reposter demo`: the whole line against the pretend world, with a person played who connects and chooses."""

from __future__ import annotations

import json
import sys
import threading
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reposter.cli.console import fail, messages
from reposter.cli.demo_world import PretendWorld
from reposter.cli.options import prepare_folder
from reposter.cli.up import STOP_MARGIN_SECONDS, start_all, stop_on_signals, web_address
from reposter.kit.errors import AppError, VendorUnavailable
from reposter.kit.locks import FileLock
from reposter.kit.supervisor import Supervisor
from reposter.storage.layout import Layout

if TYPE_CHECKING:
    from reposter.cli.demo_person import Person
    from reposter.settings import Settings

POLL_SECONDS = 0.25
READY_SECONDS_MAX = 90.0
DRAIN_SECONDS_MAX = 90.0
ASK_SECONDS = 1.0


class DemoStuck(AppError):
    code = "demo_stuck"


def demo(
    headless: Annotated[bool, typer.Option("--headless", help="Open no browser.")] = False,
    until_published: Annotated[
        int | None, typer.Option(min=1, max=30, help="End after so many posts are live.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="End in one line of JSON on stdout.")] = False,
    data_dir: Annotated[Path, typer.Option(envvar="REPOSTER_DATA_DIR", help="Where the demo lives.")] = Path(
        "demo-data"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the dashboard; 0 takes a free one.")] = 0,
    timeout: Annotated[
        float, typer.Option(min=10, help="Give up after so many seconds (with --until-published).")
    ] = 600,
) -> None:
    """Run the whole line against a pretend TikTok.

    It is drawn, served and posted to on this machine; nothing leaves it.
    """
    try:
        prepare_folder(data_dir)
        with FileLock(data_dir / "run" / "up.lock", what=f"Reposter on {data_dir}"):
            run = _Demo(data_dir.absolute(), port, headless=headless)
            figures = run.play(until_published, timeout)
    except AppError as error:
        fail(error)
    if as_json:
        sys.stdout.write(json.dumps(figures) + "\n")


class _Demo:
    """One showing: world, product, person; and the order in which they come and go."""

    def __init__(self, data_dir: Path, port: int, *, headless: bool) -> None:
        from reposter.settings import load_settings

        self._data_dir = data_dir
        self._headless = headless
        self._started = time.monotonic()
        self._stop = stop_on_signals()
        self._world = PretendWorld(data_dir / "pretend-world")
        self._settings: Settings = load_settings(Layout(data_dir).config)
        self._address = web_address(self._settings, port)
        self._url = f"http://{self._address[0]}:{self._address[1]}"

    def play(self, until_published: int | None, timeout_seconds: float) -> dict[str, float]:
        """The figures of the showing, in agreement with the world's ledger."""
        from reposter.cli.demo_person import Person
        from reposter.cli.demo_stream import EventPrinter

        _say("a pretend TikTok is starting; nothing leaves this machine")
        self._world.start(_say_process)
        supervisor = start_all(
            self._data_dir, self._settings, port=self._address[1], say=_say_process, env=self._world.environment()
        )
        printer = EventPrinter(self._url, _say)
        try:
            person = Person(self._url, self._world)
            self._wait(supervisor, person.is_served, READY_SECONDS_MAX, "the dashboard did not come up")
            printer.start()
            _say(f"dashboard: {self._url}   pretend world: {self._world.url}   (Ctrl-C ends both)")
            self._wait(
                supervisor, lambda: person.set_up(_say), READY_SECONDS_MAX, "the account or the sources were refused"
            )
            self._open_browser()
            if until_published is None:
                self._watch(supervisor)
                return {}
            self._wait(
                supervisor,
                lambda: person.published() >= until_published,
                timeout_seconds,
                f"{until_published} posts were not live in time",
            )
            return self._close_the_books(supervisor, person)
        finally:
            printer.stop()
            _say("stopping")
            supervisor.stop(grace_seconds=self._settings.agents.stop_grace_seconds + STOP_MARGIN_SECONDS)
            self._world.stop()

    def _watch(self, supervisor: Supervisor) -> None:
        while not self._stop.wait(POLL_SECONDS):
            supervisor.poll()
            self._world.poll()

    def _wait(self, supervisor: Supervisor, done: Callable[[], bool], seconds: float, otherwise: str) -> None:
        """Keep the processes up until `done`, asked once a second."""
        deadline, ask_at = time.monotonic() + seconds, 0.0
        while True:
            supervisor.poll()
            self._world.poll()
            now = time.monotonic()
            if now >= ask_at:
                ask_at = now + ASK_SECONDS
                if _answer(done) or self._stop.is_set():
                    return
            if now > deadline:
                raise DemoStuck(
                    f"The demo gave up after {seconds:.0f} s: {otherwise}.",
                    hint=f"The logs are in {self._data_dir / 'logs'}.",
                )
            self._stop.wait(POLL_SECONDS)

    def _close_the_books(self, supervisor: Supervisor, person: Person) -> dict[str, float]:
        """Let what is on its way arrive, begin nothing new, and compare with the world's ledger."""
        figures: dict[str, float] = {}

        def count() -> bool:
            figures.update({**person.figures(), **self._world.ledger_figures()})
            return True

        for act, otherwise in (
            (person.hold_publishing, "publishing could not be paused"),
            (person.is_nothing_on_its_way, "posts on their way did not settle"),
            (count, "product or world did not say what they counted"),
        ):
            self._wait(supervisor, act, DRAIN_SECONDS_MAX, otherwise)
        return {**figures, "elapsed_seconds": round(time.monotonic() - self._started, 1)}

    def _open_browser(self) -> None:
        if not self._headless and sys.stdout.isatty():
            threading.Thread(target=webbrowser.open, args=(self._url,), daemon=True).start()


def _answer(done: Callable[[], bool]) -> bool:
    """A process that is being restarted does not answer for a moment."""
    try:
        return done()
    except VendorUnavailable:
        return False


def _say(text: str) -> None:
    messages.print(f"{time.strftime('%H:%M:%S')}  {text}", markup=False)


def _say_process(name: str, what: str) -> None:
    _say(f"{name} {what}")
