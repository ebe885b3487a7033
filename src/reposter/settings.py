"""Every option, with type, default and unit. Read by `bootstrap` and the doors; everybody else gets small values.

Precedence, strongest first: environment (`REPOSTER_SECTION__NAME`, or `REPOSTER_SECTION__NAME_FILE` for a secret in a
file), what was set in the dashboard, `config/reposter.toml`, defaults. An unknown name stops the start: a misspelt
option that is silently ignored is worse than none.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from reposter.craft.captions.service import CaptionOptions
from reposter.craft.captions.template import check_template
from reposter.deliver.scheduling.slots import IntervalRule, check_rule
from reposter.kit.errors import AppError, InvalidInput
from reposter.pipeline.options import AcquireOptions, ProcessingOptions, PublishingOptions

PREFIX = "REPOSTER_"
CONFIG_FILE = "reposter.toml"
NOT_SETTINGS = frozenset(
    {"REPOSTER_DATA_DIR", "REPOSTER_WEB", "REPOSTER_NODE", "REPOSTER_RESTARTS", "REPOSTER_LAST_EXIT"}
)


class SettingsInvalid(InvalidInput):
    code = "settings_invalid"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)  # a wrong value may be a secret


class WebSettings(_Section):
    """`host`: listen on loopback unless a proxy with a login stands before it."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8484
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")


class AgentSettings(_Section):
    scrapers: Annotated[int, Field(ge=0, le=16)] = 2
    processors: Annotated[int, Field(ge=0, le=16)] = 1
    publishers: Annotated[int, Field(ge=0, le=4)] = 1
    stop_grace_seconds: Annotated[int, Field(ge=0, le=300)] = 3


class TikTokSettings(_Section):
    """The app's key and secret from TikTok's developer portal. `redirect_uri`: where TikTok's page sends the browser
    back to, as registered there; empty for the dashboard's own address, as the browser shows it. The other addresses
    are changed only for pretend worlds."""

    client_key: str = ""
    client_secret: SecretStr = SecretStr("")
    redirect_uri: str = ""
    api_url: str = "https://open.tiktokapis.com"
    auth_url: str = "https://www.tiktok.com/v2/auth/authorize/"


class YtdlpOptions(_Section):
    """`ca_file`: trust these authorities instead of the usual ones, where a proxy opens TLS. Addresses may hold a
    password, so they are treated as secrets."""

    proxy: SecretStr | None = None
    ca_file: Path | None = None
    cookies_file: Path | None = None
    rate_limit_bytes: Annotated[int, Field(ge=1024)] | None = None


class Settings(_Section):
    database_url: Annotated[
        SecretStr | None, Field(description="Postgres by URL; a SQLite file under the data folder otherwise")
    ] = None
    pretend_world: Annotated[
        bool, Field(description="Shown in the dashboard: nothing here reaches the real TikTok")
    ] = False
    web: WebSettings = WebSettings()
    agents: AgentSettings = AgentSettings()
    tiktok: TikTokSettings = TikTokSettings()
    ytdlp: YtdlpOptions = YtdlpOptions()
    acquire: AcquireOptions = AcquireOptions()
    processing: ProcessingOptions = ProcessingOptions()
    captions: CaptionOptions = CaptionOptions()
    scheduling: IntervalRule = IntervalRule()
    publishing: PublishingOptions = PublishingOptions()
    metrics_ages_seconds: Annotated[
        dict[str, float], Field(description="When a post is measured: label → seconds after it went live")
    ] = {"1h": 3600, "6h": 21600, "24h": 86400, "48h": 172800, "7d": 604800}  # pydantic copies it


SET_AT_START = frozenset({"database_url", "pretend_world", "web", "agents"})
"""Sections that processes read once; the dashboard shows them but does not change them."""


def load_settings(
    config_dir: Path, *, stored: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """Settings from all their places.

    Raises:
        SettingsInvalid: a value or a name is wrong; the message says which and where it came from.
    """
    environ = os.environ if environ is None else environ
    merged: dict[str, Any] = {}
    for layer in (_from_file(config_dir / CONFIG_FILE), stored or {}, _from_environment(environ)):
        merged = merge(merged, layer)
    return check_settings(merged)


def check_settings(values: Mapping[str, Any]) -> Settings:
    """Validate a whole set of values.

    Raises:
        SettingsInvalid: with the name of the first wrong one.
    """
    try:
        settings = Settings.model_validate(values)
        check_rule(settings.scheduling)
        check_template(settings.captions.template)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise SettingsInvalid(
            f"The setting {name} cannot be used: {first['msg'].lower()}.",
            hint="docs/settings.md lists every setting with its type and default.",
            setting=name,
        ) from error
    except AppError as error:
        raise SettingsInvalid(error.message, hint=error.hint) from error
    return settings


def secret_places() -> list[tuple[str, str]]:
    """Section and name of each setting that nobody may read in clear."""
    sections = [(name, kind.annotation) for name, kind in Settings.model_fields.items()]
    return [
        (section, name)
        for section, kind in sections
        if isinstance(kind, type) and issubclass(kind, BaseModel)
        for name, field in kind.model_fields.items()
        if SecretStr in (field.annotation, *get_args(field.annotation))
    ]


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`above` laid over `below`, section by section."""
    result = dict(below)
    for name, value in above.items():
        old = result.get(name)
        result[name] = merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return result


def _from_file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"{path.name} cannot be read: {error}.", hint="Mend it or move it away.") from error


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    layer: dict[str, Any] = {}
    for name, given in environ.items():
        if not name.startswith(PREFIX) or name in NOT_SETTINGS:
            continue
        path, value = name.removeprefix(PREFIX).lower(), _value(given)
        if path.endswith("_file") and not _is_setting(path):
            path, value = path.removesuffix("_file"), _secret_from(name, Path(given))
        for part in reversed(path.split("__")):
            value = {part: value}
        layer = merge(layer, value)
    return layer


def _is_setting(path: str) -> bool:
    section, _, leaf = path.partition("__")
    kind = Settings.model_fields.get(section)
    annotation = kind.annotation if kind else None
    return isinstance(annotation, type) and issubclass(annotation, BaseModel) and leaf in annotation.model_fields


def _secret_from(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsInvalid(f"{name} names a file that cannot be read.", hint=f"Check {path}.") from error


def _value(text: str) -> Any:  # whatever JSON can hold
    """Lists, tables, null and quoted texts as JSON. Numbers and true stay text, which the option's type reads: a key
    made of digits is no number."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        return text
    return text if isinstance(value, bool | int | float) else value
