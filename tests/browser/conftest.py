"""The dashboard in a real Chromium over the fake API. A console error or a request to elsewhere fails a test."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from chromium import FLAGS, find_chromium
from fake_api import create_app
from fake_world import World
from pages import listen, open_live
from playwright.sync_api import Browser, BrowserContext, Page

from reposter.api import webbuild

START_SECONDS_MAX = 10


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no Chromium here: install one, or set REPOSTER_CHROMIUM")
    environment = {**os.environ, **chromium.environment}
    return {
        **browser_type_launch_args,
        "executable_path": str(chromium.executable),
        "args": list(FLAGS),
        "env": environment,
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict) -> dict:
    return {**browser_context_args, "viewport": {"width": 1440, "height": 1000}, "timezone_id": "Europe/Berlin"}


@pytest.fixture(scope="session")
def base_url() -> None:
    """Each test has a server of its own. (The plug-in's own fixture of this name trips over a warning of pytest 9.)"""


@pytest.fixture(scope="session")
def bundle() -> Path:
    """The dashboard of these sources, built if need be."""
    if webbuild.is_needed():
        webbuild.build()
    return webbuild.WEB


@pytest.fixture(scope="session")
def serve(bundle: Path) -> Iterator[Callable[[World], str]]:
    """Serve a world on a free port, to the session's end; returns its address."""
    running: list[tuple[uvicorn.Server, threading.Thread, socket.socket]] = []

    def start(world: World) -> str:
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            create_app(world, bundle), log_level="critical", ws="websockets-sansio", timeout_graceful_shutdown=2
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        running.append((server, thread, listener))
        give_up_at = time.monotonic() + START_SECONDS_MAX
        while not server.started:
            assert time.monotonic() < give_up_at, "the fake API did not start"
            time.sleep(0.01)
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for server, _, _ in running:
        server.should_exit = True
    for _, thread, listener in running:
        thread.join(START_SECONDS_MAX)
        listener.close()


@pytest.fixture
def world() -> World:
    return World.busy()


@pytest.fixture
def address(serve: Callable[[World], str], world: World) -> str:
    return serve(world)


@pytest.fixture(scope="module")
def busy(serve: Callable[[World], str], browser: Browser, browser_context_args: dict) -> Iterator[Page]:
    """The page of a busy line that no test changes: loaded once for those that only look."""
    address = serve(World.busy())
    context = browser.new_context(**browser_context_args)
    page = context.new_page()
    complaints = listen(page, address)
    open_live(page, address)
    yield page
    context.close()
    assert not complaints, complaints


@pytest.fixture
def dashboard(address: str, page: Page) -> Iterator[Page]:
    """A page of its own for one test, of a world that the test may change."""
    complaints = listen(page, address)
    open_live(page, address)
    yield page
    assert not complaints, complaints


@pytest.fixture
def close_context() -> Iterator[Callable[[BrowserContext], BrowserContext]]:
    """Contexts that a test opens itself."""
    opened: list[BrowserContext] = []

    def remember(context: BrowserContext) -> BrowserContext:
        opened.append(context)
        return context

    yield remember
    for context in opened:
        context.close()
