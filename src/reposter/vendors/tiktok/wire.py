"""One HTTP exchange with a hard end, a size cap, and the knowledge whether it may have taken effect."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from reposter.kit.clock import utc_now
from reposter.kit.errors import VendorUnavailable
from reposter.vendors.tiktok.errors import OutcomeUnknown

ANSWER_BYTES_MAX = 1_000_000
CONNECT_SECONDS_MAX = 10.0
RETRY_AFTER_SECONDS_MAX = 86_400.0

Body = bytes | Iterable[bytes]


@dataclass(frozen=True)
class Reply:
    http: int
    headers: httpx.Headers
    body: bytes

    def json(self) -> dict[str, Any]:  # decoded JSON; readers check what they take
        """The object in the body; an empty one where the body is anything else."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    def retry_after_seconds(self) -> float | None:
        """`Retry-After` in seconds, 1 s to 24 h; None where it is missing or nonsense."""
        value = self.headers.get("Retry-After", "").strip()
        if not value:
            return None
        try:
            seconds = float(value)
        except ValueError:
            try:
                seconds = (parsedate_to_datetime(value) - utc_now()).total_seconds()
            except (ValueError, TypeError):
                return None
        return min(max(seconds, 1.0), RETRY_AFTER_SECONDS_MAX) if seconds == seconds else None  # noqa: PLR0124  # NaN


def exchange(
    http: httpx.Client, method: str, url: str, *, headers: dict[str, str], body: Body, deadline_seconds: float
) -> Reply:
    """Send once and read the whole answer. Redirects are not followed.

    Every call has its own connection: a kept one that the server closes meanwhile makes a lost request look like a
    lost answer, and only the socket itself lets us end a server that drips a byte now and then.

    Raises:
        VendorUnavailable: no connection; nothing was sent.
        OutcomeUnknown: the request may have arrived, but there is no whole answer.
    """
    alarm = _Alarm(deadline_seconds)
    request = http.build_request(
        method,
        url,
        headers={**headers, "Connection": "close", "Accept-Encoding": "identity"},
        content=body,
        timeout=httpx.Timeout(deadline_seconds, connect=min(CONNECT_SECONDS_MAX, deadline_seconds)),
        extensions={"trace": alarm.watch},
    )
    try:
        with alarm:
            response = http.send(request, stream=True, follow_redirects=False)
            try:
                return Reply(response.status_code, response.headers, _read(response, alarm))
            finally:
                response.close()
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise VendorUnavailable(
            "TikTok cannot be reached; nothing was sent.",
            hint="Check this machine's connection; it is tried again by itself.",
            cause=type(error).__name__,
        ) from error
    except httpx.HTTPError as error:
        raise no_answer(type(error).__name__) from error


def no_answer(cause: str, *, http: int = 0, log_id: str = "") -> OutcomeUnknown:
    return OutcomeUnknown(
        "TikTok gave no readable answer, so it is not known whether the call took effect.",
        hint="Reposter looks before it does anything again.",
        cause=cause,
        http=http,
        log_id=log_id,
    )


class _Alarm:
    """Shuts the connection down when the time is up, whatever the thread that uses it waits for."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds
        self._timer: threading.Timer | None = None
        self._socket: socket.socket | None = None

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._ends_at

    def watch(self, event: str, info: dict[str, Any]) -> None:  # httpcore's trace: the value depends on the event
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = info["return_value"].get_extra_info("socket")
            if self._timer is None:  # until here the connect timeout is the limit
                self._timer = threading.Timer(max(self._ends_at - time.monotonic(), 0), self._ring)
                self._timer.daemon = True
                self._timer.start()

    def _ring(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # closed meanwhile: the exchange is over
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _read(response: httpx.Response, alarm: _Alarm) -> bytes:
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > ANSWER_BYTES_MAX or alarm.is_over:
            raise httpx.ReadError("answer too long or too slow")
    return bytes(body)
