"""Answer one request: look up the route, spoil the answer if a fault stands, write the log."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from reposter_sandbox.faults import BEFORE, Fault, Faults
from reposter_sandbox.wire.messages import (
    BodyCutShort,
    Request,
    Response,
    html_response,
    json_response,
)
from reposter_sandbox.wire.routes import Route, Routes

log = logging.getLogger(__name__)
LOG_LENGTH_MAX = 2_000
PAGE = (
    "<!DOCTYPE html><html><head><title>Please wait</title></head>"
    "<body><h1>Please wait…</h1><p>We are checking your browser.</p></body></html>"
)


@dataclass(frozen=True)
class Outcome:
    """What goes over the wire; `response` None = close without a byte."""

    response: Response | None
    # How many bytes of the body really go out before the connection closes; None = all, and keep it open.
    cut_after_bytes: int | None = None


@dataclass
class RequestLog:
    _entries: deque[dict[str, object]] = field(default_factory=lambda: deque(maxlen=LOG_LENGTH_MAX))
    _total: int = 0

    def note(self, listener: str, request: Request, endpoint: str, fault: str, status: int) -> None:
        self._total += 1
        self._entries.append(
            {
                "n": self._total,
                "at_real": time.time(),
                "listener": listener,
                "method": request.method,
                "host": request.host,
                "path": request.path,
                "query": dict(request.query),
                "endpoint": endpoint,
                "range": request.header("Range") or request.header("Content-Range"),
                "fault": fault,
                "status": status,
            }
        )

    def last(self, count: int) -> list[dict[str, object]]:
        return list(self._entries)[-count:] if count > 0 else []

    @property
    def total(self) -> int:
        return self._total


@dataclass
class Dispatcher:
    listener: Literal["api", "site"]
    routes: Routes
    faults: Faults
    requests: RequestLog
    stopping: threading.Event

    def answer(self, request: Request) -> Outcome:
        route, path_exists = self.routes.find(request)
        if route is None:
            status = 405 if path_exists else 404
            self.requests.note(self.listener, request, "", "", status)
            message = f"The pretend world has nothing at {request.host}{request.path}."
            return Outcome(json_response({"error": "not_found", "message": message}, status=status))
        fault = None if route.name.startswith("control") else self.faults.take(route.name)
        outcome = self._play(request, route, fault)
        status = outcome.response.status if outcome.response else 0
        self.requests.note(self.listener, request, route.name, fault.kind if fault else "", status)
        return outcome

    def _play(self, request: Request, route: Route, fault: Fault | None) -> Outcome:
        if fault is None:
            return Outcome(_handle(request, route))
        if fault.kind == "delay":
            self.stopping.wait(fault.seconds)
            return Outcome(_handle(request, route))
        if fault.kind in BEFORE:
            return Outcome(_instead(fault, route.name))
        response = _handle(request, route)
        match fault.kind:
            case "lost-response":
                return Outcome(None)
            case "truncated":
                return Outcome(response, cut_after_bytes=len(response.body) // 2)
            case "cut":
                return Outcome(response, cut_after_bytes=min(fault.bytes, max(0, len(response.body) - 1)))
            case "html-after":
                return Outcome(html_response(PAGE))
            case _:
                return Outcome(_failure(fault.status))


def _handle(request: Request, route: Route) -> Response:
    try:
        return route.handler(request)
    except BodyCutShort:
        raise
    except Exception:  # the simulator's edge: a defect of ours must look like a platform's 500
        log.exception("sandbox_handler_failed route=%s", route.name)
        return _failure(500)


def _instead(fault: Fault, endpoint: str) -> Response | None:
    match fault.kind:
        case "lost-request":
            return None
        case "rate-limited":
            return _failure(429)
        case "empty":
            return Response()
        case "html":
            kind = "video/mp4" if endpoint == "cdn" else "text/html; charset=utf-8"
            return Response(body=PAGE.encode(), content_type=kind)
        case _:
            return _failure(fault.status)


def _failure(status: int) -> Response:
    code = "rate_limit_exceeded" if status == 429 else "internal_error"
    error = {"code": code, "message": "Something is wrong. Please try again later.", "log_id": "sandbox-fault"}
    return json_response({"data": {}, "error": error}, status=status)
