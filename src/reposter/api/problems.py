"""Errors as problem+json (RFC 9457) with our code, hint and verdict."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from reposter.kit.errors import AppError, Conflict, InvalidInput, NotFound, Verdict

log = structlog.get_logger()
MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """`code` is for programs, `detail` and `hint` are for people; `verdict` says whether trying again may help."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    hint: str = ""
    verdict: str = Verdict.PERMANENT.value


PROBLEMS: dict[int | str, dict[str, Any]] = {  # FastAPI's own shape
    status: {"model": Problem, "description": description, "content": {MEDIA_TYPE: {}}}
    for status, description in (
        (400, "What was given cannot be used"),
        (404, "No such thing"),
        (409, "It exists already, moved on, or a person must act first"),
        (422, "The request is not of the right shape"),
        (503, "Not now; try again later"),
    )
}


def status_of(error: AppError) -> int:
    by_kind = {NotFound: 404, Conflict: 409, InvalidInput: 400}
    for kind, status in by_kind.items():
        if isinstance(error, kind):
            return status
    return 503 if error.verdict is Verdict.RETRY_LATER else 409


def install_problems(app: FastAPI) -> None:
    @app.exception_handler(AppError)
    async def _ours(_: Request, error: AppError) -> JSONResponse:
        return problem_response(status_of(error), error.message, error.code, error.hint, error.verdict)

    @app.exception_handler(RequestValidationError)
    async def _shape(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        detail = f"{place}: {first['msg']}"
        return problem_response(422, detail, "invalid_request", "The shapes are in /api/openapi.json.")

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> JSONResponse:
        answer = problem_response(error.status_code, str(error.detail), "http_error")
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> JSONResponse:
        log.exception("request.unexpected", path=request.url.path, exc_info=error)
        detail = "Something went wrong that nobody thought of."
        return problem_response(500, detail, "unexpected", "The log has the details.")


def problem_response(
    status: int, detail: str, code: str, hint: str = "", verdict: Verdict = Verdict.PERMANENT
) -> JSONResponse:
    title = detail.split(".", maxsplit=1)[0]
    problem = Problem(title=title, status=status, detail=detail, code=code, hint=hint, verdict=verdict.value)
    return JSONResponse(problem.model_dump(), status_code=status, media_type=MEDIA_TYPE)
