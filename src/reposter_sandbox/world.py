"""Put the pretend world together, start it and stop it."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import secrets
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

from reposter_sandbox.addresses import HOST, Addresses, addresses_of
from reposter_sandbox.catalogue.catalogue import Catalogue
from reposter_sandbox.certificates import Authority
from reposter_sandbox.clock import WorldClock
from reposter_sandbox.control import Control
from reposter_sandbox.faults import Faults
from reposter_sandbox.footage.library import FootageLibrary
from reposter_sandbox.home import HomePage
from reposter_sandbox.identifiers import letters
from reposter_sandbox.ledger import Ledger
from reposter_sandbox.mailbox import MailboxPages, MailServer
from reposter_sandbox.pictures import Pictures
from reposter_sandbox.scenario import Scenario, load_scenario
from reposter_sandbox.site.cdn import Cdn
from reposter_sandbox.site.links import Links
from reposter_sandbox.site.pages import SitePages
from reposter_sandbox.site.shapes import Shapes
from reposter_sandbox.store import Store
from reposter_sandbox.tiktok.platform import Platform
from reposter_sandbox.wire.dispatch import Dispatcher, RequestLog
from reposter_sandbox.wire.routes import Routes
from reposter_sandbox.wire.server import WireServer

log = logging.getLogger(__name__)
TICK_SECONDS, WEBHOOK_TICK_SECONDS = 0.1, 0.25


class WorldBusy(Exception):
    """Another process lives in this folder."""


class World:
    """Everything on loopback, everything remembered in `data_dir`.

    Usable as a context manager.  The addresses are known once `start()` has returned; a world that
    starts again in the same folder takes the same ports when they are free.
    """

    def __init__(
        self, data_dir: Path, *, scenario: str | Scenario = "happy-day", speed: float = 60.0, seed: int = 7
    ) -> None:
        self.data_dir = data_dir
        self.scenario = load_scenario(scenario) if isinstance(scenario, str) else scenario
        self._speed, self._seed = speed, seed
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._open = contextlib.ExitStack()
        self._addresses: Addresses | None = None

    def __enter__(self) -> World:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> World:
        """Raises WorldBusy, or OSError when the folder or the ports cannot be had."""
        self._stopping.clear()
        try:
            self._build()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Harmless when stopped already."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        self._open.close()

    @property
    def addresses(self) -> Addresses:
        if self._addresses is None:
            raise RuntimeError("the world has not been started")
        return self._addresses

    def describe(self) -> dict[str, object]:
        """Addresses and credentials, as written to world.json."""
        return self.addresses.as_dict()

    @property
    def api_url(self) -> str:
        return self.addresses.api_url

    @property
    def auth_url(self) -> str:
        return self.addresses.auth_url

    @property
    def site_proxy(self) -> str:
        return self.addresses.site_proxy

    @property
    def ca_file(self) -> Path:
        return Path(self.addresses.ca_file)

    @property
    def smtp_host(self) -> str:
        return self.addresses.smtp_host

    @property
    def smtp_port(self) -> int:
        return self.addresses.smtp_port

    @property
    def mailbox_url(self) -> str:
        return self.addresses.mailbox_url

    @property
    def control_url(self) -> str:
        return self.addresses.control_url

    @property
    def client_key(self) -> str:
        return self.addresses.client_key

    @property
    def client_secret(self) -> str:
        return self.addresses.client_secret

    def _build(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._open.enter_context(contextlib.closing(_locked(self.data_dir / "world.lock")))
        announcement = self.data_dir / "world.json"
        # Whoever waits for this file must not meet the one of an earlier run.
        announcement.unlink(missing_ok=True)
        store = Store(self.data_dir / "world.sqlite")
        self._open.callback(store.close)
        self._remember_first_facts(store)

        clock = WorldClock(store, speed=self._speed)
        plan, seed = self.scenario, int(store.get("seed"))
        catalogue = Catalogue(
            store,
            clock,
            seed=seed,
            every_minutes=plan.upload_every_minutes,
            per_user_max=plan.videos_per_user_max,
        )
        ledger = Ledger(store, clock)
        platform = Platform(
            store,
            clock,
            ledger,
            plan,
            self.data_dir,
            seed=seed,
            api_url=lambda: self.api_url,
            stopping=self._stopping,
        )
        self._open_doors(store, clock, catalogue, ledger, platform)
        self.addresses.write(announcement)

        self._repeat("sandbox-uploads", TICK_SECONDS, catalogue.upload_due)
        self._repeat("sandbox-moderation", TICK_SECONDS, platform.moderation.settle)
        self._repeat("sandbox-pulls", TICK_SECONDS, platform.puller.fetch_next)
        self._repeat("sandbox-webhooks", WEBHOOK_TICK_SECONDS, platform.webhooks.deliver_due)

    def _open_doors(
        self, store: Store, clock: WorldClock, catalogue: Catalogue, ledger: Ledger, platform: Platform
    ) -> None:
        """API, site and mail on their ports; the addresses are set before the first request is read."""
        faults, requests, authority = self._faults(store), RequestLog(), Authority(self.data_dir)
        api, site = Routes(), Routes()
        platform.add_to(api)
        Control(self.scenario, clock, faults, requests, catalogue, ledger, platform).add_to(api)
        Pictures(platform.accounts, platform.publishes, ledger, platform.covers).add_to(api)
        MailboxPages(store).add_to(api)
        HomePage(self.scenario, catalogue, ledger, self.describe).add_to(api)
        self._add_site(site, store, clock, catalogue)

        api_door = Dispatcher("api", api, faults, requests, self._stopping)
        site_door = Dispatcher("site", site, faults, requests, self._stopping)
        api_server = self._server(store, "api_port", lambda port: WireServer(port, api_door))
        site_server = self._server(
            store,
            "site_port",
            lambda port: WireServer(port, site_door, tls_context_of=authority.context_of),
        )
        mail = MailServer(store, _listening(store))
        self._open.callback(mail.stop)
        self._addresses = addresses_of(
            api_port=api_server.port,
            site_port=site_server.port,
            smtp_port=mail.port,
            ca_file=authority.ca_file,
            client_key=store.get("client_key"),
            client_secret=store.get("client_secret"),
        )
        api_server.start("sandbox-api")
        site_server.start("sandbox-site")
        mail.start()

    def _remember_first_facts(self, store: Store) -> None:
        """What is decided at the birth of a folder and stays."""
        with store.transaction():
            for key, value in (
                ("seed", self._seed),
                ("client_key", "sbaw" + letters(14).lower()),
                ("client_secret", letters(32)),
                ("link_secret", secrets.token_hex(24)),
            ):
                if store.get(key) is None:
                    store.put(key, value)

    def _faults(self, store: Store) -> Faults:
        plan = self.scenario.flakiness
        faults = Faults(
            store, seed=int(store.get("seed")), share=plan.share, endpoints=plan.endpoints, kinds=plan.kinds
        )
        # A scenario's own faults are used up once per folder, not once per start.
        if store.get("faults_of") != self.scenario.name:
            with store.transaction():
                faults.clear()
                for fault in self.scenario.faults:
                    faults.add(fault)
                store.put("faults_of", self.scenario.name)
        return faults

    def _add_site(self, routes: Routes, store: Store, clock: WorldClock, catalogue: Catalogue) -> None:
        footage = FootageLibrary(self.data_dir / "footage")
        links = Links(store.get("link_secret"))
        shapes = Shapes(catalogue, footage, links)
        SitePages(catalogue, footage, links, shapes, clock, self.scenario.needs_challenge).add_to(routes)
        Cdn(catalogue, footage, links).add_to(routes)

    def _server(self, store: Store, key: str, make: Callable[[int], WireServer]) -> WireServer:
        try:
            server = make(int(store.get(key) or 0))
        except OSError:  # the port of the last run is taken
            server = make(0)
        self._open.callback(server.stop)
        store.put(key, server.port)
        return server

    def _repeat(self, name: str, pause_seconds: float, work: Callable[[], object]) -> None:
        def run() -> None:
            while not self._stopping.wait(pause_seconds):
                try:
                    work()
                except Exception:  # the simulator's edge: one bad tick must not stop the world
                    log.exception("sandbox_tick_failed name=%s", name)

        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)


def _locked(path: Path) -> IO[str]:
    file = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise WorldBusy(
            f"Another pretend world is running in {path.parent}; stop it or choose another folder."
        ) from None
    return file


def _listening(store: Store) -> socket.socket:
    """A loopback socket for mail, on the port of the last run when it is free."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, int(store.get("smtp_port") or 0)))
    except OSError:
        listening.bind((HOST, 0))
    store.put("smtp_port", listening.getsockname()[1])
    return listening
