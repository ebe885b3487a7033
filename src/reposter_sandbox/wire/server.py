"""Speak HTTP/1.1 on a loopback port, as an origin server or as a forward proxy that ends TLS itself."""

from __future__ import annotations

import contextlib
import email.utils
import logging
import socket
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from reposter_sandbox.wire.dispatch import Dispatcher, Outcome
from reposter_sandbox.wire.messages import BodyCutShort, Request

log = logging.getLogger(__name__)
TlsContextOf = Callable[[str], ssl.SSLContext]
IDLE_SECONDS_MAX = 120
HANDSHAKE_SECONDS_MAX = 10
STOP_POLL_SECONDS = 0.02


class WireServer(ThreadingHTTPServer):
    """Threads, one per connection; `stop` closes every connection and waits for its thread."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 64

    def __init__(self, port: int, dispatcher: Dispatcher, *, tls_context_of: TlsContextOf | None = None) -> None:
        self.dispatcher = dispatcher
        self.tls_context_of = tls_context_of
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        self._thread: threading.Thread | None = None
        super().__init__(("127.0.0.1", port), Connection)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def start(self, name: str) -> None:
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": STOP_POLL_SECONDS}, name=name, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        if self._thread is not None:
            self.shutdown()
            self._thread.join()
        with self._open_lock:
            open_now = list(self._open)
        for connection in open_now:
            # Already gone: then there is nothing to end.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def track(self, connection: socket.socket) -> None:
        with self._open_lock:
            self._open.add(connection)

    def forget(self, connection: socket.socket) -> None:
        with self._open_lock:
            self._open.discard(connection)

    def handle_error(self, request: object, client_address: object) -> None:
        log.debug("sandbox_connection_broke", exc_info=True)


class Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Answers are written head first and body second: without this each waits for the client's delayed ACK.
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS_MAX
    server: WireServer
    connection: socket.socket
    _tls_host = ""

    def setup(self) -> None:
        super().setup()
        self.server.track(self.connection)

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()
        self.server.forget(self.connection)
        if self.connection is not self.request:
            self.connection.close()

    def log_message(self, format: str, *args: object) -> None:
        log.debug(format, *args)

    def do_CONNECT(self) -> None:
        """Answer as the host the client asked for; nothing ever leaves this process."""
        if self.server.tls_context_of is None:
            self.send_error(405)
            return
        host = self.path.rsplit(":", 1)[0]
        self.send_response_only(200, "Connection established")
        self.end_headers()
        self.wfile.flush()
        self._switch_to_tls(host, self.server.tls_context_of(host))

    def _switch_to_tls(self, host: str, context: ssl.SSLContext) -> None:
        plain = self.connection
        plain.settimeout(HANDSHAKE_SECONDS_MAX)
        try:
            secure = context.wrap_socket(plain, server_side=True)
        except OSError:  # ssl.SSLError is one: most often a client that does not trust our authority
            log.debug("sandbox_tls_refused host=%s", host)
            self.server.forget(plain)
            self.close_connection = True
            return
        self.server.forget(plain)
        self.server.track(secure)
        secure.settimeout(IDLE_SECONDS_MAX)
        self.rfile.close()
        self.connection = secure
        self.rfile = secure.makefile("rb")
        self.wfile = _SocketFile(secure)  # type: ignore[assignment] # the base class wants its own private type
        self._tls_host = host
        self.close_connection = False

    def _exchange(self) -> None:
        request = self._request()
        if request is None:
            self.send_error(400, "Content-Length is not a number, or the body is chunked")
            self.close_connection = True
            return
        try:
            outcome = self.server.dispatcher.answer(request)
            if outcome.response is not None:
                request.drain()
        except BodyCutShort:
            self.close_connection = True
            return
        self._send(outcome)

    def _request(self) -> Request | None:
        url = urlsplit(self.path)
        host = self._tls_host or url.hostname or (self.headers.get("Host") or "").split(":")[0]
        length = self.headers.get("Content-Length") or "0"
        if not length.isdecimal() or "chunked" in (self.headers.get("Transfer-Encoding") or ""):
            return None
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        return Request(self.command, host.lower(), url.path or "/", query, self.headers, self.rfile, int(length))

    def _send(self, outcome: Outcome) -> None:
        response = outcome.response
        if response is None:
            self.close_connection = True
            return
        self.send_response_only(response.status)
        self.send_header("Date", email.utils.formatdate(usegmt=True))
        self.send_header("Content-Type", response.content_type)
        names = {name.lower() for name, _ in response.headers}
        if "content-length" not in names:
            self.send_header("Content-Length", str(len(response.body)))
        for name, value in response.headers:
            self.send_header(name, value)
        if outcome.cut_after_bytes is not None:
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body[: outcome.cut_after_bytes])

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _exchange  # noqa: N815


class _SocketFile:
    """The writing half of a TLS connection, unbuffered."""

    closed = False

    def __init__(self, connection: ssl.SSLSocket) -> None:
        self._connection = connection

    def write(self, data: bytes) -> int:
        self._connection.sendall(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """The connection closes its socket itself."""
