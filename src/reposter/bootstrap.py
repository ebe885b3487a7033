"""Settings in, a wired product out: the only file that names concrete classes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from pydantic import SecretStr

from reposter.acquire.discovery.ytdlp import YtdlpReader
from reposter.acquire.download.ytdlp import YtdlpDownloader
from reposter.craft.render.service import render
from reposter.deliver.publishing.calls import CallMeter
from reposter.deliver.publishing.journal import Journal
from reposter.kit.clock import utc_now
from reposter.kit.crypto import SecretUnreadable, Vault, load_or_create_keys
from reposter.kit.database import Database, serialise
from reposter.kit.errors import AppError, Verdict
from reposter.kit.keyvalue import read_value, write_value
from reposter.media.inspection import verify_in_child
from reposter.pipeline.engine import Line
from reposter.pipeline.keeping_accounts import tell_account_lost
from reposter.pipeline.limiting import call_limits
from reposter.pipeline.options import LineOptions
from reposter.pipeline.tools import Tools
from reposter.settings import (
    SET_AT_START,
    Settings,
    SettingsInvalid,
    check_settings,
    load_settings,
    merge,
    secret_places,
)
from reposter.storage.layout import Layout
from reposter.vendors.ytdlp.options import YtdlpSettings

if TYPE_CHECKING:
    import httpx
    from sqlalchemy.orm import Session

    from reposter.deliver.accounts.connecting import Connector
    from reposter.deliver.accounts.tokens import TokenKeeper
    from reposter.deliver.publishing.ports import Publisher
    from reposter.evaluate.metrics.ports import MetricsReader
    from reposter.vendors.tiktok.auth import TikTokOAuth
    from reposter.vendors.tiktok.client import TikTokClient
    from reposter.vendors.tiktok.payloads import CreatorInfo

SETTINGS_FRESH_SECONDS = 2.0
STORED = "settings"
KEY_FILE = "secret.key"
MASK = str(SecretStr("any"))
log = structlog.get_logger()


class AppNotRegistered(AppError):
    code = "tiktok_app_missing"
    verdict = Verdict.NEEDS_PERSON


@dataclass
class App:
    """The product as one process has it. `settings()` follows what is changed in the dashboard within seconds."""

    layout: Layout
    database: Database
    vault: Vault
    line: Line
    _settings: Settings
    _read_at: float = field(default=0.0)

    @cached_property
    def http(self) -> httpx.Client:
        """One client for all calls to TikTok, made when the first is."""
        from reposter.kit.http import make_client  # 6 MB with its certificates, which scrapers and the craft never need

        return make_client()

    def settings(self) -> Settings:
        if time.monotonic() - self._read_at > SETTINGS_FRESH_SECONDS:
            with self.database.transaction() as session:
                stored = _opened(read_value(session, STORED), self.vault)
            self._settings = self._newest(stored)
            self._read_at = time.monotonic()
        return self._settings

    def _newest(self, stored: dict[str, Any]) -> Settings:
        """What stands in all places now; while that makes no sense (a file being edited), what was in force before."""
        try:
            return load_settings(self.layout.config, stored=stored)
        except SettingsInvalid as error:
            log.warning("settings.unusable", message=error.message)
            return self._settings

    def options(self) -> LineOptions:
        """What the owner chose for the line, as values."""
        chosen = self.settings()
        return LineOptions(
            acquire=chosen.acquire,
            processing=chosen.processing,
            captions=chosen.captions,
            scheduling=chosen.scheduling,
            publishing=chosen.publishing,
            metrics_ages_seconds=chosen.metrics_ages_seconds,
        )

    def close(self) -> None:
        self.line.close()
        if "http" in self.__dict__:
            self.http.close()
        self.database.close()


def database_url(layout: Layout, settings: Settings) -> str:
    chosen = settings.database_url
    return chosen.get_secret_value() if chosen else f"sqlite:///{layout.database_file}"


def wire(data_dir: Path) -> App:
    """Everything a door needs, on a data folder that was prepared.

    Raises:
        SettingsInvalid, SecretUnreadable: with what to mend.
    """
    layout = Layout(data_dir.absolute())
    settings = load_settings(layout.config)
    database = Database(database_url(layout, settings))
    return App(
        layout=layout,
        database=database,
        vault=Vault(*load_or_create_keys(layout.config / KEY_FILE)),
        line=Line(database),
        _settings=settings,
    )


def wire_agent(app: App, agent_id: str) -> Tools:
    """What the steps of one agent may use."""
    chosen = app.settings()
    source_site = YtdlpSettings(
        proxy=chosen.ytdlp.proxy.get_secret_value() if chosen.ytdlp.proxy else None,
        ca_file=chosen.ytdlp.ca_file,
        cookies_file=chosen.ytdlp.cookies_file,
        rate_limit_bytes=chosen.ytdlp.rate_limit_bytes,
    )
    return Tools(
        agent_id=agent_id,
        database=app.database,
        line=app.line,
        layout=app.layout,
        options=app.options,
        reader=YtdlpReader(source_site),
        downloaders=(YtdlpDownloader(source_site),),
        verify_media=verify_in_child,
        render=lambda request, on_progress: render(request, on_progress=on_progress),
        journal=Journal(app.database, app.vault),
        publisher_for=lambda account: _publisher(app, account),
        metrics_for=lambda account: _metrics_reader(app, account),
        keep_connected=lambda account: _keeper(app).fresh_token(account, min_life_seconds=math.inf),
    )


def connector_for(app: App, redirect_uri: str) -> Connector:
    """What connecting an account needs; TikTok sends the browser back to `redirect_uri` unless a setting names another.

    Raises:
        AppNotRegistered: the key and secret of a TikTok app are not set.
    """
    chosen = app.settings().tiktok
    if not chosen.client_key or not chosen.client_secret.get_secret_value():
        raise AppNotRegistered(
            "No TikTok app is set up yet, so no account can be connected.",
            hint="Register one in TikTok's developer portal; set tiktok.client_key and tiktok.client_secret.",
        )
    from reposter.deliver.accounts.connecting import Connector  # it brings the HTTP client: see App.http

    return Connector(app.database, app.vault, _oauth(app, chosen.redirect_uri or redirect_uri), _client(app), utc_now)


def _publisher(app: App, account: str) -> Publisher:
    from reposter.deliver.publishing.tiktok import TikTokPublisher  # see App.http

    return TikTokPublisher(_client(app, account), _token_of(app, account))


def _metrics_reader(app: App, account: str) -> MetricsReader:
    from reposter.evaluate.metrics.tiktok import TikTokMetricsReader  # see App.http

    return TikTokMetricsReader(_client(app, account), _token_of(app, account))


def creator_reader(app: App) -> Callable[[str], CreatorInfo]:
    """Asks TikTok what the account of a handle may choose now. Call it outside a transaction."""
    from reposter.vendors.tiktok.renewal import call_with  # see App.http

    return lambda handle: call_with(_token_of(app, handle), _client(app, handle).creator_info)


def _token_of(app: App, account: str) -> Callable[[str], str]:
    keeper = _keeper(app)
    return lambda refused: keeper.fresh_token(account, refused=refused)


def _keeper(app: App) -> TokenKeeper:
    from reposter.deliver.accounts.tokens import TokenKeeper  # see App.http

    return TokenKeeper(app.database, app.vault, _oauth(app), utc_now, on_lost=tell_account_lost)


def _client(app: App, account: str = "") -> TikTokClient:
    """With an account, each call takes a place in its windows first."""
    from reposter.vendors.tiktok.client import TikTokClient  # see App.http

    api_url = app.settings().tiktok.api_url
    if not account:
        return TikTokClient(api_url, app.http)
    meter = CallMeter(app.database, lambda: call_limits(app.settings().publishing))
    return TikTokClient(api_url, app.http, lambda op: meter.admit(account, op))


def _oauth(app: App, redirect_uri: str = "") -> TikTokOAuth:
    from reposter.vendors.tiktok.auth import AppKeys, TikTokOAuth  # see App.http

    chosen = app.settings().tiktok
    keys = AppKeys(chosen.client_key, chosen.client_secret.get_secret_value(), redirect_uri)
    return TikTokOAuth(chosen.api_url, keys, app.http, authorize_url=chosen.auth_url)


def change_settings(app: App, changes: Mapping[str, Any]) -> Settings:
    """Lay `changes` over what was stored, if the whole still makes sense.

    Raises:
        SettingsInvalid: a name or value is wrong, or belongs to a section that is read once at the start.
    """
    fixed = sorted(SET_AT_START & set(changes))
    if fixed:
        raise SettingsInvalid(
            f"{fixed[0]} is read when Reposter starts and cannot be changed while it runs.",
            hint="Set it in config/reposter.toml or the environment, and start again.",
        )
    with app.database.transaction() as session:
        serialise(session, STORED)
        stored = merge(_opened(read_value(session, STORED), app.vault), _without_masks(changes))
        check_settings(merge(load_settings(app.layout.config, environ={}).model_dump(), stored))
        write_value(session, STORED, _sealed(stored, app.vault))
    app._read_at = 0.0
    return app.settings()


def reseal_settings(session: Session, old: Vault, new: Vault) -> None:
    stored = read_value(session, STORED)
    if stored:
        write_value(session, STORED, _with_secrets(stored, lambda place, text: old.resealed(text, new, place=place)))


def _without_masks(changes: Mapping[str, Any]) -> dict[str, Any]:
    """A form that sends back what it was shown does not set a secret to its mask."""
    return _with_secrets(changes, lambda _place, text: None if text == MASK else text)


def _sealed(stored: Mapping[str, Any], vault: Vault) -> dict[str, Any]:
    return _with_secrets(stored, lambda place, text: vault.seal(text, place=place))


def _opened(stored: Mapping[str, Any], vault: Vault) -> dict[str, Any]:
    """A secret whose key is gone counts as not set, so that it can be set again."""

    def unseal(place: str, text: str) -> str | None:
        try:
            return vault.unseal(text, place=place)
        except SecretUnreadable:
            log.warning("settings.secret_unreadable", setting=place)
            return None

    return _with_secrets(stored, unseal)


def _with_secrets(values: Mapping[str, Any], change: Callable[[str, str], str | None]) -> dict[str, Any]:
    """`values` with each secret text changed, or left out where the change is None."""
    result = dict(values)
    for section, name in secret_places():
        inside = result.get(section)
        if not isinstance(inside, Mapping) or not isinstance(inside.get(name), str):
            continue
        changed = change(f"settings:{section}.{name}", inside[name])
        result[section] = {key: value for key, value in inside.items() if key != name}
        if changed is not None:
            result[section][name] = changed
    return result
