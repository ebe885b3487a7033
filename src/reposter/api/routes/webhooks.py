"""/api/webhooks: what TikTok tells us by itself."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import APIRouter, BackgroundTasks, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from reposter.api.problems import MEDIA_TYPE, Problem, problem_response
from reposter.api.wiring import Wired
from reposter.bootstrap import App, creator_reader
from reposter.kit.clock import utc_now
from reposter.kit.errors import AppError
from reposter.pipeline.account_commands import heed_webhook
from reposter.vendors.tiktok.webhooks import (
    BODY_BYTES_MAX,
    WebhookForged,
    WebhookMessage,
    WebhookUnreadable,
    read_webhook,
)

router = APIRouter(prefix="/api/webhooks", tags=["webhooks"])
UNSIGNED: dict[int | str, dict[str, Any]] = {  # FastAPI's own shape
    401: {"model": Problem, "description": "The signature proves nothing", "content": {MEDIA_TYPE: {}}}
}
log = structlog.get_logger()


class Received(BaseModel):
    """TikTok needs no more than the status."""

    ok: bool = True


@router.post("/tiktok", responses=UNSIGNED, response_model=Received)
async def tiktok(app: Wired, request: Request, afterwards: BackgroundTasks) -> Received | JSONResponse:
    """Where TikTok sends its messages, signed with the app's secret.

    A message changes nothing by itself: it makes us look. One that came before, or of an unknown kind, is answered
    the same.
    """
    secret = app.settings().tiktok.client_secret.get_secret_value()
    header = ",".join(request.headers.getlist("tiktok-signature"))
    try:
        message = read_webhook(secret, header, await _body_of(request), utc_now())
    except WebhookForged as error:
        return problem_response(401, error.message, error.code, error.hint, error.verdict)
    handle = await run_in_threadpool(_heed, app, message)
    if handle is not None:
        afterwards.add_task(_check, app, handle)
    return Received()


async def _body_of(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > BODY_BYTES_MAX:
            raise WebhookUnreadable(f"A message has at most {BODY_BYTES_MAX} bytes.")
    return bytes(body)


def _heed(app: App, message: WebhookMessage) -> str | None:
    with app.database.transaction() as session:
        return heed_webhook(session, app.line, message, now=utc_now())


def _check(app: App, handle: str) -> None:
    """One read with the account's token: a lost account is marked by it. The next use would find out the same."""
    try:
        creator_reader(app)(handle)
    except AppError as error:
        log.warning("account.checked", account=handle, code=error.code)
