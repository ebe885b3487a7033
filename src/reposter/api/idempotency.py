"""`Idempotency-Key` on every POST: a client that lost the answer sends the request again and gets the first one."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from reposter.bootstrap import App
from reposter.kit import idempotency

HEADER = "idempotency-key"


class IdempotentRoute(APIRoute):
    """A route class for routers: keeps the successful answer of a POST that carries a key."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_once(request: Request) -> Response:
            key = request.headers.get(HEADER)
            if request.method != "POST" or key is None:
                return await handle(request)
            app: App = request.app.state.reposter
            asked = f"{request.method} {request.url.path}\n".encode() + await request.body()
            kept = await run_in_threadpool(_begin, app, key, asked)
            if kept is not None:
                return JSONResponse(kept[1], status_code=kept[0], headers={"Idempotency-Replayed": "true"})
            try:
                response = await handle(request)
            except BaseException:
                await run_in_threadpool(_forget, app, key)
                raise
            await run_in_threadpool(_finish, app, key, response)
            return response

        return handle_once


def _begin(app: App, key: str, asked: bytes) -> tuple[int, dict[str, Any]] | None:
    with app.database.transaction() as session:
        return idempotency.begin(session, key, asked)


def _finish(app: App, key: str, response: Response) -> None:
    with app.database.transaction() as session:
        idempotency.finish(session, key, response.status_code, json.loads(bytes(response.body)))


def _forget(app: App, key: str) -> None:
    with app.database.transaction() as session:
        idempotency.forget(session, key)
