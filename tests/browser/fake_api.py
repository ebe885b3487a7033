"""A stand-in for Reposter's API: the routes and the socket that the dashboard reads, over a `World` of made-up data.

python tests/browser/fake_api.py [PORT]     serves the dashboard with moving data, for working on its looks
python tests/browser/fake_api.py --openapi  prints the contract
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import uvicorn
from fastapi import FastAPI, Query, Response, WebSocket, WebSocketDisconnect
from pydantic import BaseModel

sys.path.insert(0, str(Path(__file__).parent))  # run as a script, or collected by pytest without packages

from fake_footage import draw_frame
from fake_world import World

from reposter.api.spa import WEB, mount_spa

POLL_SECONDS = 0.02


class Stage(BaseModel):
    key: Literal["found", "downloading", "processing", "review", "scheduled", "publishing", "published", "failed"]
    label: str
    count: int
    oldest_at: datetime | None


class Tally(BaseModel):
    videos_found: int
    videos_downloaded: int
    videos_processed: int
    posts_scheduled: int
    posts_published: int
    failures: int


class Today(BaseModel):
    posts_published: int
    posts_planned: int


class Budget(BaseModel):
    account: str
    posts_last_hour: int
    posts_per_hour: int
    posts_last_day: int
    posts_per_day: int
    next_possible_at: datetime | None


class Disk(BaseModel):
    used_bytes: int
    free_bytes: int
    total_bytes: int


class NeedsYou(BaseModel):
    id: str
    kind: str
    title: str
    detail: str
    hint: str
    at: datetime
    href: str | None


class ThroughputPoint(BaseModel):
    at: datetime
    processed: int
    published: int


class Overview(BaseModel):
    version: str
    now: datetime
    demo: bool
    stages: list[Stage]
    tally: Tally
    today: Today
    budget: list[Budget]
    disk: Disk
    needs_you: list[NeedsYou]
    throughput: list[ThroughputPoint]


class Agent(BaseModel):
    agentId: str  # noqa: N815  # the specification's spelling, here and below
    role: Literal["scraper", "processing", "publisher", "web"]
    status: Literal["active", "idle", "stopped", "restarting"]
    currentTask: str | None  # noqa: N815
    progress: float | None
    beat_at: datetime
    restarts: int
    pid: int
    host: str


class AgentList(BaseModel):
    agents: list[Agent]


class Metrics(BaseModel):
    views: int
    likes: int
    comments: int
    shares: int


class Post(BaseModel):
    id: int
    video_id: str
    title: str
    caption: str
    account: str
    status: Literal["queued", "processing", "posted", "failed", "review", "held", "cancelled"]
    scheduled_time: datetime
    published_at: datetime | None
    post_id: str | None
    post_url: str | None
    thumbnail_url: str | None
    reason: str | None
    metrics: Metrics | None


class PostPage(BaseModel):
    items: list[Post]
    next: str | None


class Skip(BaseModel):
    rule: str
    sentence: str


VideoState = Literal[
    "found", "skipped", "downloading", "downloaded", "processing", "ready", "scheduled", "review", "failed"
]


class Video(BaseModel):
    videoId: str  # noqa: N815
    title: str
    author: str
    processing_status: VideoState
    thumbnail_url: str | None
    duration: float | None
    quality: str | None
    created_at: datetime
    skip: Skip | None


class VideoPage(BaseModel):
    items: list[Video]
    next: str | None


class LogLine(BaseModel):
    seq: int
    at: datetime
    type: str
    level: Literal["debug", "info", "warning", "error"]
    videoId: str | None  # noqa: N815
    payload: dict[str, Any]


class LogPage(BaseModel):
    items: list[LogLine]
    next: int | None


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

    app = FastAPI(title="Reposter", version="0.1.0", openapi_url="/api/openapi.json", lifespan=move)

    @app.get("/api/overview")
    def overview() -> Overview:
        return Overview.model_validate(world.overview())

    @app.get("/api/agents")
    def agents() -> AgentList:
        return AgentList.model_validate({"agents": world.agents})

    @app.get("/api/posts")
    def posts(limit: int = 50) -> PostPage:
        return PostPage.model_validate({"items": world.posts[:limit], "next": None})

    @app.get("/api/videos")
    def videos(status: Annotated[list[VideoState] | None, Query()] = None, limit: int = 50) -> VideoPage:
        wanted = [video for video in world.videos if status is None or video["processing_status"] in status]
        return VideoPage.model_validate({"items": wanted[:limit], "next": None})

    @app.get("/api/logs")
    def logs(level: Annotated[list[str] | None, Query()] = None, limit: int = 100) -> LogPage:
        lines = [line for line in reversed(world.log) if level is None or line["level"] in level]
        return LogPage.model_validate({"items": lines[:limit], "next": None})

    @app.get("/api/videos/{video_id}/thumbnail", include_in_schema=False)
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
    if "--openapi" in sys.argv:
        sys.stdout.write(json.dumps(create_app(World()).openapi(), indent=2) + "\n")
    else:
        moving = create_app(World.busy(), tick_seconds=0.7)
        uvicorn.run(moving, port=int(sys.argv[1]) if len(sys.argv) > 1 else 8000, ws="websockets-sansio")
