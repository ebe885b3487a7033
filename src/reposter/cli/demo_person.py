"""The person of the demo: does over the public doors what an owner does in a browser, and reads what is shown there."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import httpx

from reposter.cli.demo_world import PretendWorld
from reposter.kit.errors import AppError, VendorUnavailable

HANDLE = "@myaltaccount"
SOURCES: tuple[dict[str, Any], ...] = (  # bodies of POST /api/sources
    {
        "value": "@techguru123",
        "frequency": "20_seconds",
        "filters": {"minViews": 10000, "maxAge": "7d", "videoQuality": "720p+"},
        "rights": "own",
        "evidence": "The demo's own channel.",
    },
    {"value": "@craftcorner", "frequency": "60_seconds", "filters": {"minViews": 50000, "maxAge": "7d"}},
)
CHOICES = {"privacy_level": "PUBLIC_TO_EVERYONE", "music_usage_confirmed": True}
HIDDEN_FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


class Person:
    """Speaks to the product as a browser would. Calls raise `VendorUnavailable` while the product is away."""

    def __init__(self, url: str, world: PretendWorld) -> None:
        self._url, self._world = url, world

    def is_served(self) -> bool:
        return bool(self._ask("GET", "/healthz")["status"] == "alive")

    def set_up(self, say: Callable[[str], None]) -> bool:
        """Connect an account, choose how it posts, and watch two sources; what is there already stays.

        Done again from the start after an interruption, it ends the same. True when all is there.
        """
        self._ask("PUT", "/api/settings", json={"publishing": {"paused": False}})
        if not self._ask("GET", "/api/accounts")["items"]:
            self._connect()
            say(f"{HANDLE} is connected through the consent page of the pretend TikTok")
        self._ask("PUT", f"/api/accounts/{HANDLE}/choices", json=CHOICES)
        for source in SOURCES:
            self._ask("POST", "/api/sources", json=source, unless=("source_exists",))
        say("watching " + " and ".join(str(source["value"]) for source in SOURCES))
        return True

    def published(self) -> int:
        return int(self._ask("GET", "/api/overview")["tally"]["posts_published"])

    def hold_publishing(self) -> bool:
        self._ask("PUT", "/api/settings", json={"publishing": {"paused": True}})
        return True

    def is_nothing_on_its_way(self) -> bool:
        return not self._ask("GET", "/api/posts?status=processing")["items"]

    def figures(self) -> dict[str, float]:
        tally = self._ask("GET", "/api/overview")["tally"]
        return {
            "found": tally["videos_found"],
            "downloaded": tally["videos_downloaded"],
            "processed": tally["videos_processed"],
            "published": tally["posts_published"],
        }

    def _connect(self) -> None:
        """Follow the address to TikTok's consent page, press Allow, and come back with the code."""
        address = self._ask("POST", "/api/accounts/connect")["authorize_url"]
        page = self._world.ask("GET", address)
        form = {name: unescape(value) for name, value in HIDDEN_FIELD.findall(page.text)}
        form |= {"account": HANDLE.removeprefix("@"), "decision": "allow"}
        back = self._world.ask("POST", address.split("?")[0], data=form)
        # The code in the address is good once; a product that is away now means a new start of the whole.
        answer = self._world.ask("GET", back.headers["location"])
        if answer.status_code >= 400:
            raise VendorUnavailable(f"The account could not be connected: {answer.text[:300]}")

    def _ask(self, method: str, path: str, unless: tuple[str, ...] = (), **request: Any) -> Any:  # JSON both ways
        try:
            response = httpx.request(method, self._url + path, timeout=15, trust_env=False, **request)
        except httpx.TransportError as error:
            raise VendorUnavailable(f"The product does not answer: {error}") from error
        answer = response.json()
        if response.is_error and answer.get("code") not in unless:
            kind = VendorUnavailable if response.status_code >= 500 else AppError
            raise kind(f"{method} {path}: {answer.get('detail')}", hint=answer.get("hint", ""))
        return answer
