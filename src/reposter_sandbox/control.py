"""Let tests and the demo look into the world and change it: everything under /control."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reposter_sandbox.catalogue.catalogue import Catalogue, UnknownCreator
from reposter_sandbox.clock import WorldClock
from reposter_sandbox.faults import Fault, Faults
from reposter_sandbox.ledger import Ledger
from reposter_sandbox.scenario import Scenario
from reposter_sandbox.tiktok.accounts import UnknownAccount
from reposter_sandbox.tiktok.moderation import NotInInbox
from reposter_sandbox.tiktok.platform import Platform
from reposter_sandbox.tiktok.webhooks import NotLoopback
from reposter_sandbox.wire.dispatch import RequestLog
from reposter_sandbox.wire.messages import Request, Response, json_response
from reposter_sandbox.wire.routes import Routes

LISTED_MAX = 1_000


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ClockOrder(Order):
    speed: float | None = Field(default=None, ge=0)
    jump_seconds: float = Field(default=0, ge=0)


class WebhookOrder(Order):
    url: str


class TokenOrder(Order):
    account: str
    # expire: access tokens run out, refreshing works.  withdraw: the user disconnects the app; all is dead.
    action: Literal["expire", "withdraw"]


class AccountOrder(Order):
    account: str
    is_private: bool | None = None
    is_banned: bool | None = None
    comment_disabled: bool | None = None
    duration_max_seconds: int | None = None


class UploadOrder(Order):
    username: str
    views: int | None = None
    quality: Literal["720p", "540p"] = "720p"
    caption: str = ""


class VideoOrder(Order):
    video_id: str
    # 0 fine, 10204 gone, 10216 private.
    status_code: int


class InboxOrder(Order):
    publish_id: str


class HistoryOrder(Order):
    account: str
    count: int = Field(ge=1, le=500)


class RulesOrder(Order):
    rules: dict[str, object] = {}
    moderation: dict[str, object] = {}


REFUSALS = (
    ValidationError,
    ValueError,
    UnknownAccount,
    UnknownCreator,
    NotInInbox,
    NotLoopback,
)


@dataclass(frozen=True)
class Control:
    scenario: Scenario
    clock: WorldClock
    faults: Faults
    requests: RequestLog
    catalogue: Catalogue
    ledger: Ledger
    platform: Platform

    def add_to(self, routes: Routes) -> None:
        for methods, path, handler in (
            ("GET", "/control/state", self.state),
            ("GET", "/control/ledger", self.show_ledger),
            ("GET", "/control/faults", self.list_faults),
            ("POST", "/control/faults", self.add_faults),
            ("DELETE", "/control/faults", self.clear_faults),
            ("POST", "/control/clock", self.set_clock),
            ("POST", "/control/webhook", self.set_webhook),
            ("GET", "/control/webhook", self.show_webhooks),
            ("POST", "/control/token", self.change_tokens),
            ("POST", "/control/account", self.change_account),
            ("POST", "/control/rules", self.change_rules),
            ("GET", "/control/requests", self.show_requests),
            ("GET", "/control/catalogue", self.list_catalogue),
            ("POST", "/control/uploads", self.upload),
            ("POST", "/control/videos", self.change_video),
            ("POST", "/control/inbox", self.post_draft),
            ("POST", "/control/history", self.add_history),
        ):
            routes.add("control", methods, path, _explaining(handler))

    def state(self, request: Request) -> Response:
        posts = self.ledger.posts()
        return json_response(
            {
                "scenario": self.scenario.name,
                "about": self.scenario.about,
                "clock": {"now": self.clock.now(), "speed": self.clock.speed},
                "counts": {
                    "source_videos": {u.username: self.catalogue.count(u.username) for u in self.catalogue.users()},
                    "posts": {
                        a.username: sum(p.username == a.username for p in posts) for a in self.platform.accounts.all()
                    },
                    "requests": self.requests.total,
                },
                "accounts": [
                    {
                        "username": a.username,
                        "open_id": a.open_id,
                        "is_private": a.is_private,
                        "is_banned": a.is_banned,
                        "is_connected": self.platform.tokens.is_connected(a.open_id),
                    }
                    for a in self.platform.accounts.all()
                ],
                "rules": self.platform.rulebook.rules.model_dump(),
                "moderation": self.platform.rulebook.moderation.model_dump(),
                "faults": self.faults.standing(),
            }
        )

    def show_ledger(self, request: Request) -> Response:
        self.platform.moderation.settle()
        return json_response(self.ledger.snapshot())

    def list_faults(self, request: Request) -> Response:
        return json_response({"faults": self.faults.standing()})

    def add_faults(self, request: Request) -> Response:
        """One fault, or a list of them."""
        body = request.json()
        wanted = [Fault.model_validate(each) for each in (body if isinstance(body, list) else [body])]
        return json_response({"ids": [self.faults.add(fault) for fault in wanted]})

    def clear_faults(self, request: Request) -> Response:
        return json_response({"deleted": self.faults.clear()})

    def set_clock(self, request: Request) -> Response:
        order = ClockOrder.model_validate(request.json())
        if order.speed is not None:
            self.clock.set_speed(order.speed)
        if order.jump_seconds:
            self.clock.jump(order.jump_seconds)
        self.catalogue.upload_due()
        self.platform.moderation.settle()
        return json_response({"now": self.clock.now(), "speed": self.clock.speed})

    def set_webhook(self, request: Request) -> Response:
        self.platform.webhooks.call(WebhookOrder.model_validate(request.json()).url)
        return json_response({"url": self.platform.webhooks.callback_url})

    def show_webhooks(self, request: Request) -> Response:
        return json_response(
            {"url": self.platform.webhooks.callback_url, "deliveries": self.platform.webhooks.history()}
        )

    def change_tokens(self, request: Request) -> Response:
        order = TokenOrder.model_validate(request.json())
        account = self.platform.accounts.named(order.account)
        if order.action == "expire":
            return json_response({"changed": self.platform.tokens.expire_access(account.open_id)})
        changed = self.platform.tokens.withdraw(account.open_id)
        self.platform.webhooks.emit("authorization.removed", account.open_id, {"reason": 1})
        return json_response({"changed": changed})

    def change_account(self, request: Request) -> Response:
        order = AccountOrder.model_validate(request.json())
        traits = order.model_dump(exclude={"account"}, exclude_none=True)
        self.platform.accounts.change(order.account, {name: int(value) for name, value in traits.items()})
        account = self.platform.accounts.named(order.account)
        return json_response({field.name: getattr(account, field.name) for field in fields(account)})

    def change_rules(self, request: Request) -> Response:
        order = RulesOrder.model_validate(request.json())
        self.platform.rulebook.change(order.rules, order.moderation)
        return json_response(
            {
                "rules": self.platform.rulebook.rules.model_dump(),
                "moderation": self.platform.rulebook.moderation.model_dump(),
            }
        )

    def show_requests(self, request: Request) -> Response:
        return json_response({"requests": self.requests.last(int(request.query.get("last", "100")))})

    def list_catalogue(self, request: Request) -> Response:
        """Every source video, so that a ledger's `source_video` can be matched with what was listed."""
        now = self.clock.now()
        videos = [
            {
                "number": video.number,
                "video_id": video.video_id,
                "username": video.username,
                "caption": video.caption,
                "create_time": video.create_time,
                "views": video.stats(now)["playCount"],
                "quality": video.quality,
                "photos": video.photos,
                "status_code": video.status_code,
            }
            for user in self.catalogue.users()
            for video in self.catalogue.videos_before(user.username, time.time() + 1, LISTED_MAX)
        ]
        return json_response({"videos": videos})

    def upload(self, request: Request) -> Response:
        order = UploadOrder.model_validate(request.json())
        video = self.catalogue.upload_now(
            order.username.removeprefix("@"), views=order.views, quality=order.quality, caption=order.caption
        )
        url = f"https://www.tiktok.com/@{video.username}/video/{video.video_id}"
        return json_response({"number": video.number, "video_id": video.video_id, "url": url})

    def change_video(self, request: Request) -> Response:
        order = VideoOrder.model_validate(request.json())
        return json_response({"changed": self.catalogue.set_status(order.video_id, order.status_code)})

    def post_draft(self, request: Request) -> Response:
        order = InboxOrder.model_validate(request.json())
        self.platform.moderation.settle()
        return json_response({"post_id": self.platform.moderation.post_draft(order.publish_id)})

    def add_history(self, request: Request) -> Response:
        order = HistoryOrder.model_validate(request.json())
        return json_response(
            {"added": self.platform.history.add(self.platform.accounts.named(order.account), order.count)}
        )


def _explaining(handler: Callable[[Request], Response]) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        try:
            return handler(request)
        except REFUSALS as refusal:
            return json_response({"error": type(refusal).__name__, "message": str(refusal)}, status=400)

    return answer
