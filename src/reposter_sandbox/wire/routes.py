"""Find the handler for a host, method and path."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from reposter_sandbox.wire.messages import Request, Response

Handler = Callable[[Request], Response]


@dataclass(frozen=True)
class Route:
    name: str
    methods: frozenset[str]
    pattern: re.Pattern[str]
    handler: Handler
    host: re.Pattern[str] | None = None


@dataclass
class Routes:
    """Routes in the order they were added; `{name}` captures a path part, `{name*}` the rest."""

    _routes: list[Route] = field(default_factory=list)

    def add(self, name: str, methods: str, path: str, handler: Handler, *, host: str = "") -> None:
        escaped = re.escape(path)
        pattern = re.sub(r"\\\{(\w+)\\\*\\\}", r"(?P<\1>.*)", escaped)
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", pattern)
        self._routes.append(
            Route(
                name,
                frozenset(methods.split()),
                re.compile(pattern),
                handler,
                re.compile(host) if host else None,
            )
        )

    def names(self) -> list[str]:
        return sorted({route.name for route in self._routes})

    def find(self, request: Request) -> tuple[Route | None, bool]:
        """The route, with `request.parts` filled in, and whether the path exists for other methods."""
        path_exists = False
        for route in self._routes:
            if route.host is not None and not route.host.fullmatch(request.host):
                continue
            match = route.pattern.fullmatch(request.path)
            if match is None:
                continue
            path_exists = True
            if request.method in route.methods or (request.method == "HEAD" and "GET" in route.methods):
                request.parts = match.groupdict()
                return route, True
        return None, path_exists
