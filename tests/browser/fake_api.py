"""A stand-in for Reposter's API: the routes and the socket that the dashboard reads, over a `World` of made-up data.

test_dashboard_contract.py holds its answers to dashboard/openapi.json.

python tests/browser/fake_api.py [PORT]     serves the dashboard with moving data, for working on its looks
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import FastAPI, Query, Request, Response, WebSocket, WebSocketDisconnect

sys.path.insert(0, str(Path(__file__).parent))  # run as a script, or collected by pytest without packages

from fake_footage import draw_frame
from fake_world import World

from reposter.api.spa import WEB, mount_spa

POLL_SECONDS = 0.02


def create_app(world: World, web: Path = WEB, *, tick_seconds: float = 0) -> FastAPI:
    """The API over `world`; with `tick_seconds` the world moves by itself, without it only when a test says so."""

    @contextlib.asynccontextmanager
    async def move(_app: FastAPI) -> AsyncIterator[None]:
        async def run() -> None:
            while True:
                await asyncio.sleep(tick_seconds)
                world.tick()

        task = asyncio.create_task(run()) if tick_seconds else None
        yield
        if task:
            task.cancel()

    app = FastAPI(title="Reposter", lifespan=move)

    @app.get("/api/overview")
    def overview() -> dict[str, Any]:
        return world.overview()

    @app.get("/api/agents")
    def agents() -> dict[str, Any]:
        return {"agents": world.agents}

    @app.get("/api/posts")
    def posts(limit: int = 50) -> dict[str, Any]:
        return {"items": world.posts[:limit], "next": None}

    @app.get("/api/review")
    def review(limit: int = 50) -> dict[str, Any]:
        return {"items": world.review[:limit], "next": None}

    @app.post("/api/posts/{post_id}/{act}")
    async def settle(post_id: int, act: str, request: Request) -> dict[str, Any]:
        """Takes any answer and keeps it; the post then waits no more."""
        world.answers.append((post_id, act, await request.json() if await request.body() else None))
        world.review = [item for item in world.review if item["post"]["id"] != post_id]
        return {"id": post_id, "status": "queued"}

    @app.get("/api/videos")
    def videos(status: Annotated[list[str] | None, Query()] = None, limit: int = 50) -> dict[str, Any]:
        wanted = [video for video in world.videos if status is None or video["processing_status"] in status]
        return {"items": wanted[:limit], "next": None}

    @app.get("/api/logs")
    def logs(level: Annotated[list[str] | None, Query()] = None, limit: int = 100) -> dict[str, Any]:
        lines = [line for line in reversed(world.log) if level is None or line["level"] in level]
        return {"items": lines[:limit], "next": None}

    @app.get("/api/videos/{video_id}/thumbnail")
    def thumbnail(video_id: str) -> Response:
        return Response(draw_frame(video_id), media_type="image/svg+xml")

    @app.websocket("/api/events")
    async def events(socket: WebSocket, after: int | None = None) -> None:
        await socket.accept()
        if world.is_refusing_sockets:
            await socket.close(1013)
            return
        world.resumed_after.append(after)
        opened_at_drop = world.socket_drops
        sent = world.seq if after is None else min(after, world.seq)
        with contextlib.suppress(WebSocketDisconnect):
            await socket.send_json({"type": "hello", "seq": sent})
            while world.socket_drops == opened_at_drop:
                for message in world.messages_after(sent):
                    await socket.send_json(message)
                sent = world.seq
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(socket.receive_text(), POLL_SECONDS)
            await socket.close(1012)

    mount_spa(app, web)
    return app


if __name__ == "__main__":
    moving = create_app(World.busy(), tick_seconds=0.7)
    uvicorn.run(moving, port=int(sys.argv[1]) if len(sys.argv) > 1 else 8000, ws="websockets-sansio")
