"""How we set yt-dlp up: only TikTok's extractors, no shared state, everything with a limit."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from reposter.kit.addresses import AddressRules

# Without this list a link that a user typed could reach the generic extractor, and so any host on our own network.
ALLOWED_EXTRACTORS = ("TikTok", "tiktok:user", "tiktok:collection", "vm.tiktok")

# `format_note!*=watermarked` would drop every format without a note, so the clean ones are told by their ids.
CLEAN_H264_FIRST = "b[format_id!^=download][vcodec^=h264]/b[format_id!^=download]"

# The format is part of the name: a `.part` of one format must never be continued with the bytes of another.
FILE_NAME_TEMPLATE = "%(id)s.%(format_id)s.%(ext)s"


@dataclass(frozen=True)
class YtdlpSettings:
    """What an operator may choose about fetching.

    `proxy` is the only proxy used; the environment's are ignored. Without one, `addresses` say whom yt-dlp may reach.
    `ca_file` replaces the trusted certificates, for a network whose proxy has its own. `cookies_file` (Netscape format)
    is read, never written. `rate_limit_bytes` and `slowest_bytes` are per second; `sleep_seconds` is the range waited
    before a download.
    """

    proxy: str | None = None
    ca_file: Path | None = None
    cookies_file: Path | None = None
    socket_timeout_seconds: float = 20
    rate_limit_bytes: int | None = None
    sleep_seconds: tuple[float, float] = (0, 0)
    retries: int = 3
    retry_wait_seconds: float = 2
    file_bytes_max: int = 2 << 30
    slowest_bytes: int = 8_000
    addresses: AddressRules = field(default_factory=AddressRules)

    def to_dict(self) -> dict[str, Any]:  # JSON for the child, which has no use for the rules
        kept = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "addresses"}
        paths = {"ca_file": self.ca_file, "cookies_file": self.cookies_file}
        return kept | {name: str(path) if path else None for name, path in paths.items()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> YtdlpSettings:  # JSON that came from to_dict
        paths = {name: Path(data[name]) if data[name] else None for name in ("ca_file", "cookies_file")}
        return cls(**data | paths | {"sleep_seconds": tuple(data["sleep_seconds"])})


def child_environment(settings: YtdlpSettings) -> dict[str, str]:
    """Environment variables that the child needs; the three certificate names serve Python, curl and requests."""
    environment = {"YTDLP_NO_PLUGINS": "1"}
    if settings.ca_file:
        names = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
        environment |= dict.fromkeys(names, str(settings.ca_file))
    return environment


def options_common(settings: YtdlpSettings) -> dict[str, Any]:  # yt-dlp's own untyped vocabulary
    def wait(n: int) -> float:  # yt-dlp passes the count by this name
        return settings.retry_wait_seconds

    return {
        "allowed_extractors": list(ALLOWED_EXTRACTORS),
        "proxy": settings.proxy or "",
        "cachedir": False,
        "compat_opts": {"no-certifi"} if settings.ca_file else set(),
        "socket_timeout": settings.socket_timeout_seconds,
        "retries": settings.retries,
        "extractor_retries": settings.retries,
        "file_access_retries": 1,
        "retry_sleep_functions": {"http": wait, "extractor": wait},
        "quiet": True,
        "noprogress": True,
        "color": "never",
        "fixup": "never",
    }


def options_listing(settings: YtdlpSettings, *, limit: int) -> dict[str, Any]:
    """A flat listing carries everything but formats and costs one request per 15 videos."""
    return options_common(settings) | {
        "extract_flat": "in_playlist",
        "playlistend": limit,
        "ignore_no_formats_error": True,  # a photo post without music has none, and is still worth describing
    }


def options_download(settings: YtdlpSettings, *, into: Path) -> dict[str, Any]:
    return options_common(settings) | {
        "format": CLEAN_H264_FIRST,
        "outtmpl": {"default": FILE_NAME_TEMPLATE},
        "paths": {"home": str(into)},
        "continuedl": True,
        "updatetime": False,
        "noplaylist": True,
        "ratelimit": settings.rate_limit_bytes,
        "sleep_interval": settings.sleep_seconds[0],
        "max_sleep_interval": settings.sleep_seconds[1],
    }
