"""TikTok's messages to us: signed with the app's secret, sent again until answered, in no order."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reposter.kit.errors import AppError, InvalidInput

BODY_BYTES_MAX = 64_000
AGE_SECONDS_MAX = 300
ID_CHARACTERS_MAX = 200
SECRET_HINT = "TikTok signs with the app's secret: check tiktok.client_secret. Nobody else's messages are heeded."
CLOCK_HINT = "Check this machine's clock; a message that somebody kept is not heeded."
SIGNATURE = re.compile(r"t=([0-9]{1,12}),s=([0-9a-f]{64})")


class WebhookForged(AppError):
    """The signature is missing, wrong or too old: whoever sent this may not be TikTok."""

    code = "webhook_forged"


class WebhookUnreadable(InvalidInput):
    """TikTok signed it, but it is no message as TikTok describes them."""

    code = "webhook_unreadable"


@dataclass(frozen=True)
class WebhookMessage:
    """Ids are texts, whatever they came as; empty where the message has none. Times are as TikTok counts them."""

    event: str
    open_id: str
    create_time: str
    publish_id: str = ""
    post_id: str = ""


def read_webhook(secret: str, header: str | None, body: bytes, now: datetime) -> WebhookMessage:
    """The message in `body`, if `header` (TikTok-Signature) proves within five minutes that TikTok wrote it.

    Raises:
        WebhookForged: it proves nothing.
        WebhookUnreadable: too large, or not of TikTok's shape.
    """
    if len(body) > BODY_BYTES_MAX:
        raise WebhookUnreadable(f"A message has at most {BODY_BYTES_MAX} bytes.")
    _require_signature(secret, header, body, now)
    envelope = _object(body)
    content = _object(envelope.get("content"))
    return WebhookMessage(
        event=_text(envelope, "event"),
        open_id=_text(envelope, "user_openid"),
        create_time=_text(envelope, "create_time"),
        publish_id=_text(content, "publish_id"),
        post_id=_text(content, "post_id"),
    )


def _require_signature(secret: str, header: str | None, body: bytes, now: datetime) -> None:
    found = SIGNATURE.fullmatch(header or "")
    if not secret or found is None:
        raise WebhookForged("The message carries no signature that we can check.", hint=SECRET_HINT)
    sent, given = found.groups()
    right = hmac.new(secret.encode(), sent.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(right, given):
        raise WebhookForged("The message's signature is wrong.", hint=SECRET_HINT)
    if abs(now.timestamp() - int(sent)) > AGE_SECONDS_MAX:
        raise WebhookForged("The message's signature is too old, or from the future.", hint=CLOCK_HINT)


def _object(text: object) -> Mapping[str, Any]:
    try:
        value = json.loads(text) if isinstance(text, bytes | str) else None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise WebhookUnreadable("The message is not of TikTok's shape.")
    return value


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name, "")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > ID_CHARACTERS_MAX:
        raise WebhookUnreadable(f"The message's {name} is not of TikTok's shape.")
    return value
