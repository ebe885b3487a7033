"""A proxy on this machine that lets a program which does its own networking reach public addresses only.

It listens on loopback for as long as a `with` block lasts, and serves who knows its password: nobody else on the
machine gets out through it. Encrypted connections pass through unread.
"""

from __future__ import annotations

import base64
import secrets
import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from reposter.kit.addresses import AddressRefused, AddressRules
from reposter.kit.errors import AppError

HEAD_BYTES_MAX = 64 << 10
HEAD_SECONDS_MAX = 15.0
CONNECT_SECONDS_MAX = 10.0
IDLE_SECONDS_MAX = 120.0
CHUNK_BYTES = 64 << 10
REPLACED_HEADERS = (b"proxy-", b"connection:", b"keep-alive:", b"host:")


@dataclass
class GuardedProxy:
    """`url` is what a program is told to use; `refused` are the errors of what it was not let through to."""

    rules: AddressRules
    password: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    port: int = 0
    refused: list[AddressRefused] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://reposter:{self.password}@127.0.0.1:{self.port}"

    def admits(self, head: list[bytes]) -> bool:
        wanted = b"basic " + base64.b64encode(f"reposter:{self.password}".encode())
        given = [line.split(b":", 1)[1].strip() for line in head if line.lower().startswith(b"proxy-authorization:")]
        return any(secrets.compare_digest(b"basic " + one[6:], wanted) for one in given if one[:6].lower() == b"basic ")

    def connect(self, host: str, port: int) -> socket.socket:
        try:
            return self.rules.connect(host, port, CONNECT_SECONDS_MAX)
        except AddressRefused as error:
            self.refused.append(error)
            raise


@contextmanager
def guarded_proxy(rules: AddressRules) -> Iterator[GuardedProxy]:
    proxy = GuardedProxy(rules)
    with _Server(("127.0.0.1", 0), _Call) as server:
        server.proxy = proxy
        proxy.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="guarded-proxy", daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            server.hang_up()
            thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    proxy: GuardedProxy

    def __init__(self, *args: object) -> None:
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(*args)  # type: ignore[arg-type]  # the address and the handler

    def process_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        self.opened(request)
        super().process_request(request, client_address)

    def opened(self, one: socket.socket) -> None:
        with self._lock:
            self._open.add(one)

    def closed(self, one: socket.socket) -> None:
        with self._lock:
            self._open.discard(one)
        one.close()

    def hang_up(self) -> None:
        """End the calls that are still under way."""
        with self._lock:
            ending = list(self._open)
        for one in ending:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


class _Call(socketserver.BaseRequestHandler):
    server: _Server
    request: socket.socket

    def handle(self) -> None:
        try:
            self._serve()
        except OSError:  # either side hung up
            pass
        finally:
            self.server.closed(self.request)

    def _serve(self) -> None:
        head, rest = self._read_head()
        proxy = self.server.proxy
        if not head:
            return self._answer("400 Bad Request")
        if not proxy.admits(head[1:]):
            return self._answer("407 Proxy Authentication Required", "Proxy-Authenticate: Basic\r\n")
        method, target, *_ = [*head[0].decode("latin-1").split(" "), "", ""]
        place = _place(method, target)
        if place is None:
            return self._answer("400 Bad Request")
        try:
            other = proxy.connect(*place)
        except AddressRefused:
            return self._answer("403 Forbidden")
        except (AppError, OSError):
            return self._answer("502 Bad Gateway")
        self.server.opened(other)
        try:
            if method == "CONNECT":
                self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                other.sendall(rest)
            else:
                other.sendall(_plain(method, target, head[1:]) + rest)
            _relay(self.request, other)
        finally:
            self.server.closed(other)

    def _read_head(self) -> tuple[list[bytes], bytes]:
        """The lines up to the first empty one, and what came after it; nothing where that is no request."""
        self.request.settimeout(HEAD_SECONDS_MAX)
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.request.recv(CHUNK_BYTES)
            data += more
            if not more or len(data) > HEAD_BYTES_MAX:
                return [], b""
        head, _, rest = data.partition(b"\r\n\r\n")
        return head.split(b"\r\n"), rest

    def _answer(self, status: str, headers: str = "") -> None:
        self.request.sendall(f"HTTP/1.1 {status}\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())


def _place(method: str, target: str) -> tuple[str, int] | None:
    """Host and port that a request line asks for."""
    try:
        parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or (method != "CONNECT" and parts.scheme != "http") or (method == "CONNECT" and port is None):
        return None
    return host, port or 80


def _plain(method: str, target: str, headers: list[bytes]) -> bytes:
    """The request as the site itself expects it; one for each connection, so that no second one slips through."""
    parts = urlsplit(target)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]
    kept = [line for line in headers if not line.lower().startswith(REPLACED_HEADERS)]
    first = [f"{method} {path} HTTP/1.1".encode("latin-1"), f"Host: {host}".encode("latin-1")]
    return b"\r\n".join([*first, *kept, b"Connection: close", b"", b""])


def _relay(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until a side ends or nothing moves any more."""
    one.settimeout(IDLE_SECONDS_MAX)
    other.settimeout(IDLE_SECONDS_MAX)
    towards = {one: other, other: one}
    while True:
        ready, _, _ = select.select(list(towards), [], [], IDLE_SECONDS_MAX)
        if not ready:
            return
        for side in ready:
            data = side.recv(CHUNK_BYTES)
            if not data:
                return
            towards[side].sendall(data)
