"""The web application: routes, errors, guards, the live stream and the built dashboard."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool

from reposter import __version__
from reposter.api.guards import BodyLimit, SameSite
from reposter.api.live import Tail
from reposter.api.live import router as live
from reposter.api.problems import PROBLEMS, install_problems
from reposter.api.routes import (
    accounts,
    budget,
    composer,
    dashboard,
    events,
    exports,
    posts,
    pull,
    review,
    settings,
    sources,
    system,
    videos,
    watermarks,
    webhooks,
)
from reposter.api.spa import mount_spa
from reposter.bootstrap import App
from reposter.kit.errors import AppError
from reposter.pipeline.agents import BEAT_SECONDS, WEB, introduce, keep_beating, leave

DESCRIPTION = """The line over HTTP. Errors are problem+json with a code and a hint. Lists page by key: give `next` of
one page as `after` of the following. Every POST takes an `Idempotency-Key`. What happens is told live at
`ws:/api/events`; the shapes of its messages are those of `GET /api/events/shapes`."""


def create_app(reposter: App) -> FastAPI:
    app = FastAPI(
        title="Reposter",
        version=__version__,
        description=DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,  # its page loads scripts from elsewhere; docs/http.md is made from the same document
        redoc_url=None,
        lifespan=_lifespan,
        responses=PROBLEMS,
        generate_unique_id_function=_operation_id,
    )
    app.state.reposter = reposter
    app.add_middleware(BodyLimit)
    app.add_middleware(SameSite, allowed_hosts=reposter.settings().web.allowed_hosts)
    install_problems(app)
    for router in (
        dashboard.router,
        sources.router,
        videos.router,
        watermarks.router,
        posts.router,
        review.router,
        exports.router,
        pull.router,
        accounts.router,
        budget.router,
        composer.router,
        settings.router,
        events.router,
        system.router,
        webhooks.router,
        live,
    ):
        app.include_router(router)
    mount_spa(app)
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.tail = Tail(app.state.reposter)
    companions = [asyncio.create_task(app.state.tail.follow()), asyncio.create_task(_beat(app.state.reposter))]
    yield
    for companion in companions:
        companion.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await companion
    with contextlib.suppress(AppError, DBAPIError):
        await run_in_threadpool(leave, app.state.reposter.database, WEB)


async def _beat(reposter: App) -> None:
    """The web process shows its heart beside the agents', though it serves no queue."""
    restarts = int(os.environ.get("REPOSTER_RESTARTS", "0"))
    await run_in_threadpool(introduce, reposter.database, WEB, restarts=restarts)
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        with contextlib.suppress(AppError, DBAPIError):  # a full disk, or a database that is away for a while
            await run_in_threadpool(keep_beating, reposter.database, WEB)


def _operation_id(route: APIRoute) -> str:
    """`list_sources`-like names for generated clients: the tag and the function."""
    return f"{route.tags[0]}_{route.name}" if route.tags else route.name
