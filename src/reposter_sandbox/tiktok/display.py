"""Answer the Display API: who the user is, and how the public videos are doing."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from reposter_sandbox.clock import WorldClock
from reposter_sandbox.ledger import Ledger, Post
from reposter_sandbox.tiktok.accounts import Account
from reposter_sandbox.tiktok.engagement import figures
from reposter_sandbox.tiktok.envelope import Refusal, answering_refusals, json_body, member, ok
from reposter_sandbox.tiktok.limits import CallLimits
from reposter_sandbox.tiktok.rulebook import Rulebook
from reposter_sandbox.tiktok.tokens import Caller, Tokens
from reposter_sandbox.wire.messages import Request, Response
from reposter_sandbox.wire.routes import Routes

USER_FIELDS = {
    "user.info.basic": ("open_id", "union_id", "avatar_url", "avatar_url_100", "avatar_large_url", "display_name"),
    "user.info.profile": ("bio_description", "profile_deep_link", "is_verified", "username"),
    "user.info.stats": ("follower_count", "following_count", "likes_count", "video_count"),
}
VIDEO_FIELDS = (
    *("id", "create_time", "cover_image_url", "share_url", "video_description", "duration", "height", "width"),
    *("title", "embed_html", "embed_link", "like_count", "comment_count", "share_count", "view_count"),
)
PAGE_DEFAULT, PAGE_MAX, IDS_MAX = 10, 20, 20
TEXT_MAX = 150


@dataclass(frozen=True)
class DisplayEndpoints:
    tokens: Tokens
    limits: CallLimits
    rulebook: Rulebook
    ledger: Ledger
    clock: WorldClock
    covers: Path
    seed: int
    api_url: Callable[[], str]

    def add_to(self, routes: Routes) -> None:
        routes.add("user_info", "GET", "/v2/user/info/", answering_refusals(self.user_info))
        routes.add("video_list", "POST", "/v2/video/list/", answering_refusals(self.video_list))
        routes.add("video_query", "POST", "/v2/video/query/", answering_refusals(self.video_query))

    def user_info(self, request: Request) -> Response:
        caller = self._caller(request, "user_info")
        scope_of = {field: scope for scope, names in USER_FIELDS.items() for field in names}
        wanted = _fields(request, scope_of)
        missing = [field for field in wanted if scope_of[field] not in caller.scopes]
        if missing:
            raise Refusal("scope_permission_missed", f"The user did not grant the scope for {missing[0]}")
        user = self._user(caller.account)
        return ok({"user": {field: user[field] for field in wanted}})

    def video_list(self, request: Request) -> Response:
        caller = self._caller(request, "video_list", "video.list")
        wanted, body = _fields(request, VIDEO_FIELDS), json_body(request)
        count = body.get("max_count", PAGE_DEFAULT)
        cursor = body.get("cursor")
        if not isinstance(count, int) or not 1 <= count <= PAGE_MAX or not isinstance(cursor, int | None):
            raise Refusal("invalid_params", "max_count must be between 1 and 20, cursor a whole number")
        posts = self.ledger.public_posts(caller.account.open_id)
        if cursor:
            posts = [post for post in posts if _milliseconds(post) < cursor]
        batch = posts[:count]
        return ok(
            {
                "videos": [self._video(caller.account, post, wanted) for post in batch],
                "cursor": _milliseconds(batch[-1]) if batch else (cursor or 0),
                "has_more": len(posts) > len(batch),
            }
        )

    def video_query(self, request: Request) -> Response:
        """Only own videos come back; foreign and unknown ids are dropped in silence."""
        caller = self._caller(request, "video_query", "video.list")
        wanted = _fields(request, VIDEO_FIELDS)
        ids = member(json_body(request), "filters").get("video_ids")
        if not isinstance(ids, list) or len(ids) > IDS_MAX:
            raise Refusal("invalid_params", f"video_ids must be a list of at most {IDS_MAX} ids")
        own = {post.post_id: post for post in self.ledger.public_posts(caller.account.open_id)}
        found = [own[str(video_id)] for video_id in ids if str(video_id) in own]
        return ok({"videos": [self._video(caller.account, post, wanted) for post in found]})

    def _caller(self, request: Request, endpoint: str, *scopes: str) -> Caller:
        caller = self.tokens.caller(request)
        if scopes:
            caller.must_have(*scopes)
        self.limits.count(caller.access_token, endpoint, self.rulebook.rules.display_calls_per_minute)
        return caller

    def _user(self, account: Account) -> dict[str, object]:
        posts = self.ledger.public_posts(account.open_id)
        now = self.clock.now()
        likes = sum(figures(p, followers=account.followers, seed=self.seed, now_world=now).likes for p in posts)
        picture = f"{self.api_url()}/pictures/avatar/{account.username}.jpg"
        return {
            "open_id": account.open_id,
            "union_id": account.union_id,
            "avatar_url": picture,
            "avatar_url_100": picture,
            "avatar_large_url": picture,
            "display_name": account.nickname,
            "bio_description": account.bio,
            "profile_deep_link": f"https://www.tiktok.com/@{account.username}",
            "is_verified": False,
            "username": account.username,
            "follower_count": account.followers,
            "following_count": 12,
            "likes_count": likes,
            "video_count": len(posts),
        }

    def _video(self, account: Account, post: Post, wanted: list[str]) -> dict[str, object]:
        count = figures(post, followers=account.followers, seed=self.seed, now_world=self.clock.now())
        url = f"https://www.tiktok.com/@{account.username}/video/{post.post_id}"
        video: dict[str, object] = {
            "id": post.post_id,
            "create_time": int(post.published_real),
            "cover_image_url": f"{self.api_url()}/pictures/cover/{post.post_id}.jpg",
            "share_url": f"{url}?utm_campaign=tt4d_open_api&utm_source=sandbox",
            "video_description": post.caption[:TEXT_MAX],
            "duration": round(post.duration_seconds),
            "height": post.height,
            "width": post.width,
            "title": post.caption[:TEXT_MAX],
            "embed_html": "",
            "embed_link": f"https://www.tiktok.com/player/v1/{post.post_id}",
            "like_count": count.likes,
            "comment_count": count.comments,
            "share_count": count.shares,
            "view_count": count.views,
        }
        return {field: video[field] for field in wanted}


def _fields(request: Request, known: Collection[str]) -> list[str]:
    wanted = [field for field in request.query.get("fields", "").split(",") if field]
    if not wanted or any(field not in known for field in wanted):
        raise Refusal("invalid_params", "fields is missing or names an unknown field")
    return wanted


def _milliseconds(post: Post) -> int:
    return int(post.published_real * 1000)
