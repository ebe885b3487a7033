"""Loopback is no boundary: a page elsewhere can reach it through the visitor's browser. Host first, then Origin."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
BODY_BYTES_MAX = 1 << 20
TOO_LARGE = f"A request has at most {BODY_BYTES_MAX:,} bytes."
SIGNED_PATHS = frozenset({"/api/webhooks/tiktok"})
"""What comes from outside under any name of this server, and is believed for its signature alone."""


class SameSite:
    """Refuses requests that name a host we do not know (DNS rebinding), or that another site's page sends.

    For the WebSocket, which CORS does not cover, the origin is checked as for a change.
    """

    def __init__(self, app: ASGIApp, *, allowed_hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"] in SIGNED_PATHS:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        origin = headers.get("origin")
        changes = scope["type"] == "websocket" or scope["method"] not in SAFE_METHODS
        if _name(host) not in self._hosts and "*" not in self._hosts:
            await _refuse(
                scope, receive, send, f"This server is not known as {host!r}.", "Add it to web.allowed_hosts."
            )
        elif changes and origin is not None and urlsplit(origin).netloc != host:
            await _refuse(scope, receive, send, "Another site's page may not do this.", "Use the dashboard itself.")
        else:
            await self._app(scope, receive, send)


class BodyLimit:
    """Refuses a request whose body is larger than any that this API has a use for, before it is read into memory."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        if length.isdigit() and int(length) > BODY_BYTES_MAX:
            await _refuse(scope, receive, send, TOO_LARGE, "Send less.", status=413, code="body_too_large")
            return
        taken = 0

        async def receive_counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > BODY_BYTES_MAX:  # it came in pieces, without saying how long it is
                raise HTTPException(413, TOO_LARGE)
            return message

        await self._app(scope, receive_counted, send)


def _name(host: str) -> str:
    """The host without its port; IPv6 keeps its brackets."""
    head, _, port = host.lower().rpartition(":")
    return head if head and port.isdigit() else host.lower()


async def _refuse(  # who is answered, and what they are told
    scope: Scope, receive: Receive, send: Send, detail: str, hint: str, *, status: int = 403, code: str = "refused"
) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": detail})
        return
    problem = {"title": detail, "status": status, "detail": detail, "code": code, "hint": hint}
    await JSONResponse(problem, status_code=status, media_type="application/problem+json")(scope, receive, send)
