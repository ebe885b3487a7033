"""Wrap answers as the v2 API does, and name its error codes with their HTTP status."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps

from reposter_sandbox.identifiers import log_id
from reposter_sandbox.wire.messages import Request, Response, json_response
from reposter_sandbox.wire.routes import Handler

STATUS_OF = {
    "invalid_params": 400,
    "invalid_file_upload": 400,
    "invalid_publish_id": 400,
    "token_not_authorized_for_specified_publish_id": 400,
    "publish_not_cancellable": 400,
    "scope_permission_missed": 400,
    "access_token_invalid": 401,
    "scope_not_authorized": 401,
    "spam_risk_too_many_posts": 403,
    "spam_risk_user_banned_from_posting": 403,
    "spam_risk_too_many_pending_share": 403,
    "reached_active_user_cap": 403,
    "unaudited_client_can_only_post_to_private_accounts": 403,
    "url_ownership_unverified": 403,
    "privacy_level_option_mismatch": 403,
    "rate_limit_exceeded": 429,
    "internal_error": 500,
}


class Refusal(Exception):
    """The API says no; `http_status` differs from the table where the platform's documents say so."""

    def __init__(self, code: str, message: str = "", *, http_status: int | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message
        self.http_status = STATUS_OF[code] if http_status is None else http_status


def ok(data: object = None) -> Response:
    error = {"code": "ok", "message": "", "log_id": log_id()}
    body = {"error": error} if data is None else {"data": data, "error": error}
    return json_response(body)


def answering_refusals(handler: Callable[[Request], Response]) -> Handler:
    @wraps(handler)
    def answer(request: Request) -> Response:
        try:
            return handler(request)
        except Refusal as refusal:
            error = {"code": refusal.code, "message": refusal.message, "log_id": log_id()}
            return json_response({"data": {}, "error": error}, status=refusal.http_status)

    return answer


def json_body(request: Request) -> dict[str, object]:
    """The JSON object sent, {} when there was no body; refuses anything else."""
    try:
        value = request.json()
    except (ValueError, json.JSONDecodeError):
        raise Refusal("invalid_params", "The request body is not valid JSON") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refusal("invalid_params", "The request body is not a JSON object")
    return value


def member(body: dict[str, object], name: str) -> dict[str, object]:
    value = body.get(name)
    if not isinstance(value, dict):
        raise Refusal("invalid_params", f"The {name} is empty or incorrect")
    return value


def whole_number(body: dict[str, object], name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Refusal("invalid_params", f"The {name} is empty or incorrect")
    return value
