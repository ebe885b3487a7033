"""Sign and check what the CDN wants to see: expiring links and a token cookie."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from urllib.parse import urlencode

CDN_HOST = "v16-webapp-prime.us.tiktok.com"
IMAGE_HOST = "p16-sign.tiktokcdn-us.com"
LINK_SECONDS = 3_600
CHAIN_COOKIE = "tt_chain_token"


class Links:
    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def media(self, video_id: str, rendition: str) -> str:
        expire = int(time.time()) + LINK_SECONDS
        query = {
            "a": 1988,
            "mime_type": "audio_mp4" if rendition == "music" else "video_mp4",
            "expire": expire,
            "ply_type": 2,
            "tk": CHAIN_COOKIE,
            "signature": self._sign(f"{rendition} {video_id} {expire}"),
        }
        return f"https://{CDN_HOST}/video/tos/useast2a/{rendition}/{video_id}/?{urlencode(query)}"

    def image(self, video_id: str, name: str) -> str:
        return f"https://{IMAGE_HOST}/obj/{video_id}~{name}.jpeg"

    def refusal(self, video_id: str, rendition: str, query: Mapping[str, str], cookie: str) -> str:
        """Why the CDN answers 403, or "" when everything is in order."""
        expire = query.get("expire", "")
        if not hmac.compare_digest(query.get("signature", ""), self._sign(f"{rendition} {video_id} {expire}")):
            return "bad signature"
        if int(expire) < time.time():
            return "expired"
        if not self._is_chain_token(cookie):
            return "missing tt_chain_token"
        return ""

    def chain_token(self) -> str:
        """A cookie value that proves itself, so that it still counts after a restart."""
        nonce = secrets.token_hex(8)
        return nonce + self._sign(f"chain {nonce}")

    def _is_chain_token(self, value: str) -> bool:
        return hmac.compare_digest(value[16:], self._sign(f"chain {value[:16]}"))

    def _sign(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()[:24]
