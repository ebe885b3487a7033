"""Requests and responses as plain values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any, Protocol
from urllib.parse import parse_qsl

BODY_BYTES_MAX = 1_000_000


class ByteSource(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class BodyCutShort(Exception):
    """The client went away before it had sent what Content-Length promised."""


@dataclass
class Request:
    method: str
    host: str
    path: str
    query: Mapping[str, str]
    headers: Message
    stream: ByteSource
    length: int
    consumed: int = 0
    # What the route's pattern captured.
    parts: Mapping[str, str] = field(default_factory=dict)

    def read(self, size: int) -> bytes:
        """Up to `size` bytes of the body; raises BodyCutShort when the client hung up."""
        wanted = min(size, self.length - self.consumed)
        if wanted <= 0:
            return b""
        try:
            piece = self.stream.read(wanted)
        except OSError as broken:  # reset, or silent for too long
            raise BodyCutShort from broken
        if len(piece) < wanted:
            raise BodyCutShort
        self.consumed += len(piece)
        return piece

    def body(self) -> bytes:
        return self.read(BODY_BYTES_MAX)

    def drain(self) -> None:
        """Read the rest: closing with unread bytes would reset the connection under our answer."""
        while self.read(1_000_000):
            pass

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body().decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> Any:
        """The body as JSON, None when empty; raises ValueError."""
        raw = self.body()
        return json.loads(raw) if raw.strip() else None

    def header(self, name: str) -> str:
        return str(self.headers.get(name) or "")

    def cookie(self, name: str) -> str:
        """Read by hand: the standard parser gives up at the first cookie it dislikes."""
        for part in self.header("Cookie").split(";"):
            key, _, value = part.strip().partition("=")
            if key == name:
                return value.strip('"')
        return ""


@dataclass
class Response:
    status: int = 200
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: list[tuple[str, str]] = field(default_factory=list)


def json_response(value: object, *, status: int = 200, headers: list[tuple[str, str]] | None = None) -> Response:
    return Response(status, json.dumps(value, ensure_ascii=False).encode(), headers=headers or [])


def html_response(text: str, *, status: int = 200, headers: list[tuple[str, str]] | None = None) -> Response:
    return Response(status, text.encode(), "text/html; charset=utf-8", headers or [])


def redirect(location: str, *, status: int = 302) -> Response:
    return Response(status, headers=[("Location", location)])
