"""TikTok's rules for the address that its consent page sends the browser back to."""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import SplitResult, urlsplit

from reposter.kit.errors import InvalidInput

CHARACTERS_MAX = 511
LOOPBACK = ("localhost", "127.0.0.1")


class RedirectKind(StrEnum):
    """The platform under which the address is registered in TikTok's developer portal."""

    DESKTOP = "desktop"
    WEB = "web"


class RedirectRefused(InvalidInput):
    """TikTok would not send a browser back to this address."""

    code = "redirect_refused"


def redirect_kind(uri: str) -> RedirectKind:
    """Where the address is to be registered.

    Raises:
        RedirectRefused: it breaks one of TikTok's rules; the message says which.
    """
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError as error:
        raise _refused(uri, "it is no address", RedirectKind.WEB) from error
    kind = RedirectKind.DESKTOP if parts.hostname in LOOPBACK else RedirectKind.WEB
    broken = _broken_rule(uri, parts, port, kind)
    if broken:
        raise _refused(uri, broken, kind)
    return kind


def _broken_rule(uri: str, parts: SplitResult, port: int | None, kind: RedirectKind) -> str:
    rules = (
        (len(uri) <= CHARACTERS_MAX, "it has 512 characters or more"),
        (uri.isprintable() and " " not in uri, "it holds blanks"),
        ("?" not in uri, "it may have no query"),
        ("#" not in uri, "it may have no fragment"),
        (bool(parts.hostname), "it must name a host"),
        (parts.username is None and parts.password is None, "it may hold no login"),
        (kind is RedirectKind.DESKTOP or parts.scheme == "https", "only localhost may do without https"),
        (parts.scheme in ("http", "https"), "it must begin with http or https"),
        (kind is RedirectKind.WEB or port is not None, "on localhost it must name its port"),
    )
    return next((rule for is_kept, rule in rules if not is_kept), "")


def _refused(uri: str, rule: str, kind: RedirectKind) -> RedirectRefused:
    hints = {
        RedirectKind.DESKTOP: "Use http://localhost:PORT/… or http://127.0.0.1:PORT/…, and register exactly that "
        "under Login Kit, platform Desktop.",
        RedirectKind.WEB: "Open the dashboard at http://127.0.0.1:8484 to connect, or set tiktok.redirect_uri to the "
        "https address of your proxy (https://…/api/accounts/callback), and register exactly that under Login Kit, "
        "platform Web.",
    }
    return RedirectRefused(f"TikTok takes no such redirect address: {rule}.", hint=hints[kind], redirect_uri=uri[:200])
