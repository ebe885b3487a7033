"""Tell the app what happened: signed calls to its callback address, repeated until it answers 200."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from reposter_sandbox.store import Store

GIVE_UP_SECONDS = 72 * 3_600
FIRST_PAUSE_SECONDS, PAUSE_SECONDS_MAX = 0.5, 3_600.0
ANSWER_SECONDS_MAX = 5
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class NotLoopback(Exception):
    """The pretend world calls nobody outside this machine."""


@dataclass(frozen=True)
class Webhooks:
    store: Store
    client_key: str
    client_secret: str

    @property
    def callback_url(self) -> str:
        return str(self.store.get("webhook_url") or "")

    def call(self, url: str) -> None:
        """Set the callback address; "" switches the calls off.  Raises NotLoopback."""
        if url and (urlsplit(url).hostname not in LOOPBACK or urlsplit(url).scheme != "http"):
            raise NotLoopback(f"The callback must be an http address on this machine, not {url!r}.")
        self.store.put("webhook_url", url)

    def emit(self, event: str, open_id: str, content: dict[str, object]) -> None:
        """Queue one event; nothing is queued while no callback is set."""
        if not self.callback_url:
            return
        envelope = {
            "client_key": self.client_key,
            "event": event,
            "create_time": int(time.time()),
            "user_openid": open_id,
            "content": json.dumps(content),
        }
        self.store.insert("webhooks", body=json.dumps(envelope), next_try_real=time.time())

    def deliver_due(self) -> None:
        """Try what is due, once each."""
        url = self.callback_url
        if not url:
            return
        now = time.time()
        due = "SELECT * FROM webhooks WHERE is_done = 0 AND next_try_real <= ? ORDER BY id LIMIT 20"
        for row in self.store.rows(due, now):
            answer = self._post(url, row["body"].encode())
            attempts = row["attempts"] + 1
            waited = now - json.loads(row["body"])["create_time"]
            pause = min(PAUSE_SECONDS_MAX, FIRST_PAUSE_SECONDS * 2 ** min(attempts, 16))
            self.store.run(
                "UPDATE webhooks SET attempts = ?, is_done = ?, last_answer = ?, next_try_real = ? WHERE id = ?",
                attempts,
                answer == "200" or waited > GIVE_UP_SECONDS,
                answer,
                time.time() + pause,
                row["id"],
            )

    def history(self) -> list[dict[str, object]]:
        return [dict(row) for row in self.store.rows("SELECT * FROM webhooks ORDER BY id DESC LIMIT 200")]

    def _post(self, url: str, body: bytes) -> str:
        """The status as text, or the name of what went wrong."""
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=ANSWER_SECONDS_MAX)
        headers = {
            "Content-Type": "application/json",
            "TikTok-Signature": signature(self.client_secret, int(time.time()), body),
        }
        try:
            connection.request("POST", target, body, headers)
            return str(connection.getresponse().status)
        except (OSError, http.client.HTTPException) as problem:
            return type(problem).__name__
        finally:
            connection.close()


def signature(secret: str, seconds: int, body: bytes) -> str:
    """`t=<unix>,s=<hex HMAC-SHA256 of "t.body">`."""
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},s={digest}"
