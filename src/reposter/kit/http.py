"""One way to make an HTTP client: deadlines on every call, no redirects unless asked, nobody's proxy by accident."""

from __future__ import annotations

import ssl
from collections.abc import Iterable

import httpcore
import httpx

from reposter import __version__
from reposter.kit.addresses import AddressRules

CONNECT_SECONDS_MAX = 10.0
READ_SECONDS_MAX = 30.0
USER_AGENT = f"reposter/{__version__}"


def make_client(*, base_url: str = "", read_seconds: float = READ_SECONDS_MAX) -> httpx.Client:
    """A client whose every call ends; the caller closes it."""
    return httpx.Client(
        base_url=base_url,
        timeout=httpx.Timeout(read_seconds, connect=CONNECT_SECONDS_MAX),
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": USER_AGENT},
    )


REDIRECTS_MAX = 5


def make_guarded_client(rules: AddressRules, *, read_seconds: float = READ_SECONDS_MAX) -> httpx.Client:
    """A client for addresses that strangers gave us, or send us on to: each connection passes the rules.

    A call may raise `AddressRefused` or `VendorUnavailable` beside httpx's own errors. The caller closes it.
    """
    return httpx.Client(
        transport=_GuardedTransport(rules),
        timeout=httpx.Timeout(read_seconds, connect=CONNECT_SECONDS_MAX),
        follow_redirects=True,
        max_redirects=REDIRECTS_MAX,
        trust_env=False,
        headers={"User-Agent": USER_AGENT},
    )


class _GuardedTransport(httpx.HTTPTransport):
    """httpx's own, with a connection pool that asks the rules where to connect. Certificates stay those of the name."""

    def __init__(self, rules: AddressRules) -> None:
        super().__init__(trust_env=False)
        self._pool.close()
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(), network_backend=_GuardedBackend(rules), max_connections=20
        )


class _GuardedBackend(httpcore.SyncBackend):
    def __init__(self, rules: AddressRules) -> None:
        self._rules = rules

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address, at in self._rules.checked(host, port):
            try:
                return super().connect_tcp(address, at, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        assert failure is not None, "a name without addresses is unknown"
        raise failure

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        raise httpcore.UnsupportedProtocol("no sockets of this machine")
