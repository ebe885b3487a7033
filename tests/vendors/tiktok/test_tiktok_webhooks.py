"""A message counts only if TikTok's signature proves it."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest

from reposter.vendors.tiktok.webhooks import BODY_BYTES_MAX, WebhookForged, WebhookUnreadable, read_webhook

SECRET = "test_client_secret"
SENT = 1_700_000_000
NOW = datetime.fromtimestamp(SENT, UTC)
CONTENT = r"{\"publish_id\":\"v_pub_file~v2-1.1\",\"publish_type\":\"INBOX_SHARE\"}"
BODY = (
    '{"client_key":"ck_test","event":"post.publish.complete","create_time":1700000000,"user_openid":"oid_test",'
    f'"content":"{CONTENT}"}}'
).encode()
KNOWN_SIGNATURE = "2c0dd659851b1f26bba994e9a21c04dc0861b9f5c33a33e4d7f5a68c61973d99"


def sign(body=BODY, *, secret=SECRET, at=SENT):
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},s={digest}"


def envelope(**changes):
    told = {"client_key": "ck", "event": "e", "create_time": SENT, "user_openid": "o", "content": "{}"}
    return json.dumps(told | changes).encode()


def test_a_known_message_is_read():
    message = read_webhook(SECRET, f"t={SENT},s={KNOWN_SIGNATURE}", BODY, NOW)
    assert (message.event, message.open_id, message.publish_id) == (
        "post.publish.complete",
        "oid_test",
        "v_pub_file~v2-1.1",
    )
    assert (message.create_time, message.post_id) == ("1700000000", "")


FORGERIES = {
    "no header": (None, BODY),
    "empty header": ("", BODY),
    "wrong secret": (sign(secret="another"), BODY),
    "empty secret": (sign(secret=""), BODY),
    "altered body": (sign(), BODY.replace(b"complete", b"failed  ")),
    "one byte more": (sign(), BODY + b" "),
    "six minutes old": (sign(at=SENT - 301), BODY),
    "from the future": (sign(at=SENT + 301), BODY),
    "another time than signed": (f"t={SENT + 1},s={KNOWN_SIGNATURE}", BODY),
    "no signature": (f"t={SENT}", BODY),
    "no time": (f"s={KNOWN_SIGNATURE}", BODY),
    "uppercase hex": (f"t={SENT},s={KNOWN_SIGNATURE.upper()}", BODY),
    "half a signature": (f"t={SENT},s={KNOWN_SIGNATURE[:32]}", BODY),
    "two headers": (f"{sign()},{sign(secret='another')}", BODY),
    "twice the same": (f"{sign()},{sign()}", BODY),
    "two signatures": (f"{sign()},s={'0' * 64}", BODY),
    "a negative time": (f"t=-{SENT},s={KNOWN_SIGNATURE}", BODY),
    "digits of another script": (f"t=١٧٠٠٠٠٠٠٠٠,s={KNOWN_SIGNATURE}", BODY),
    "a line break at the end": (sign() + "\n", BODY),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_is_refused(forgery):
    header, body = FORGERIES[forgery]
    with pytest.raises(WebhookForged):
        read_webhook(SECRET, header, body, NOW)


def test_without_a_secret_of_ours_nothing_is_believed():
    with pytest.raises(WebhookForged):
        read_webhook("", sign(secret=""), BODY, NOW)


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_to_either_side_are_taken(seconds):
    assert read_webhook(SECRET, sign(), BODY, NOW + timedelta(seconds=seconds)).event == "post.publish.complete"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"[]",
        b"[" * 60_000,
        b"x" * (BODY_BYTES_MAX + 1),
        envelope(content="not json"),
        envelope(content="[1]"),
        envelope(content="[" * 30_000),
        envelope(content={"publish_id": "p"}),
        envelope(content=None),
        envelope(event=["e"]),
        envelope(event="e" * 201),
        envelope(content='{"publish_id": true}'),
    ],
    ids=lambda body: f"{body[:30]!r} of {len(body)}",
)
def test_what_is_signed_and_of_another_shape_is_no_message(body):
    with pytest.raises(WebhookUnreadable):
        read_webhook(SECRET, sign(body), body, NOW)


def test_ids_are_texts_whatever_they_came_as_and_lose_no_digit():
    body = envelope(content='{"publish_id":"p","post_id":7312345678901234567890}')
    assert read_webhook(SECRET, sign(body), body, NOW).post_id == "7312345678901234567890"


def test_an_unknown_event_with_more_in_it_is_read():
    body = envelope(event="portability.download.ready", more=[1], content='{"request_id":1}')
    message = read_webhook(SECRET, sign(body), body, NOW)
    assert (message.event, message.publish_id) == ("portability.download.ready", "")
