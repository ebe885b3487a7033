"""Play www.tiktok.com: profile, listing, video, collection and tag pages, short links, the app API."""

from __future__ import annotations

import time
from dataclasses import dataclass

from reposter_sandbox.catalogue.catalogue import Catalogue, SourceUser, SourceVideo
from reposter_sandbox.clock import WorldClock
from reposter_sandbox.footage.library import FootageLibrary
from reposter_sandbox.site.challenge import challenge_page, is_solved
from reposter_sandbox.site.links import CHAIN_COOKIE, Links
from reposter_sandbox.site.shapes import Json, Shapes, author, page
from reposter_sandbox.wire.messages import (
    Request,
    Response,
    html_response,
    json_response,
    redirect,
)
from reposter_sandbox.wire.routes import Routes

WWW = r"(www\.)?tiktok\.com"
PAGE_LENGTH = 15
PRIVATE_ACCOUNT, PRIVATE_POST, GONE, NO_SUCH_USER = 10222, 10216, 10204, 10221


@dataclass(frozen=True)
class SitePages:
    catalogue: Catalogue
    footage: FootageLibrary
    links: Links
    shapes: Shapes
    clock: WorldClock
    needs_challenge: bool

    def add_to(self, routes: Routes) -> None:
        routes.add("site.listing", "GET", "/api/creator/item_list/", self.listing, host=WWW)
        routes.add("site.collection", "GET", "/api/collection/item_list/", self.collection, host=WWW)
        routes.add("site.tag", "GET", "/tag/{tag}", self.tag, host=WWW)
        routes.add("site.video", "GET", "/@{name}/video/{video_id}", self.video, host=WWW)
        routes.add("site.video", "GET", "/@{name}/photo/{video_id}", self.video, host=WWW)
        routes.add("site.video", "GET", "/@/video/{video_id}", self.video, host=WWW)
        routes.add("site.short", "GET", "/t/Z{video_id}", self.short, host=WWW)
        routes.add("site.user", "GET", "/@{name}", self.user, host=WWW)
        routes.add("site.short", "GET", "/Z{video_id}", self.short, host=r"v[mt]\.tiktok\.com")
        routes.add("site.short", "GET", "/Z{video_id}/", self.short, host=r"v[mt]\.tiktok\.com")
        routes.add("site.app", "GET POST", "/{rest*}", self.app, host=r".*\.tiktokv\.com")

    def user(self, request: Request) -> Response:
        guard = self._guard(request)
        if guard:
            return guard
        user = self.catalogue.user(request.parts["name"])
        if user is None:
            return self._page({"webapp.user-detail": {"statusCode": NO_SUCH_USER}})
        shown = 0 if user.is_private else self.catalogue.count(user.username)
        detail: Json = {
            "statusCode": PRIVATE_ACCOUNT if user.is_private else 0,
            "userInfo": {
                "user": {**author(user), "roomId": ""},
                "stats": {"videoCount": shown, "followerCount": user.followers},
                "itemList": [],
            },
        }
        return self._page({"webapp.user-detail": detail})

    def video(self, request: Request) -> Response:
        guard = self._guard(request)
        if guard:
            return guard
        video = self.catalogue.video(request.parts["video_id"])
        user = self.catalogue.user(video.username) if video else None
        if video is None or user is None:
            return self._page({"webapp.video-detail": {"statusCode": GONE, "statusMsg": "item doesn't exist"}})
        status = video.status_code or (PRIVATE_ACCOUNT if user.is_private else 0)
        if status:
            return self._page({"webapp.video-detail": {"statusCode": status, "statusMsg": "item unavailable"}})
        if not video.photos:
            # Drawn here, so that the page can state the true size of the clip most clients take.
            rendition = "small" if video.quality == "540p" else "clean"
            self.footage.video(self.catalogue.clip(video), rendition)
        item = self.shapes.item(user, video, self.clock.now())
        return self._page({"webapp.video-detail": {"statusCode": 0, "statusMsg": "", "itemInfo": {"itemStruct": item}}})

    def listing(self, request: Request) -> Response:
        user = self.catalogue.user_by_sec_uid(request.query.get("secUid", ""))
        if user is None:
            return json_response({"statusCode": NO_SUCH_USER})
        if user.is_private:
            return json_response({"statusCode": 0, "itemList": [], "hasMorePrevious": False})
        before = _seconds(request.query.get("cursor", ""))
        found = self.catalogue.videos_before(user.username, before, PAGE_LENGTH + 1)
        batch = found[:PAGE_LENGTH]
        return json_response(
            {
                "statusCode": 0,
                "itemList": self._items(user, batch),
                "hasMorePrevious": len(found) > len(batch),
                "cursor": str(int(before * 1000)),
            }
        )

    def collection(self, request: Request) -> Response:
        """Every collection holds the public clips of all creators: enough to test the paging."""
        start = int(request.query.get("cursor") or 0)
        count = min(30, int(request.query.get("count") or 30))
        all_items = [
            (user, video)
            for user in self.catalogue.users()
            if not user.is_private
            for video in self.catalogue.videos_before(user.username, time.time() + 1, 1_000)
        ]
        batch = all_items[start : start + count]
        now = self.clock.now()
        return json_response(
            {
                "statusCode": 0,
                "itemList": [self.shapes.item(user, video, now) for user, video in batch],
                "hasMore": start + count < len(all_items),
                "cursor": str(start + count),
            }
        )

    def tag(self, request: Request) -> Response:
        return html_response('<a href="snssdk1233://challenge/detail/46294678">Open in the app</a>')

    def short(self, request: Request) -> Response:
        video = self.catalogue.video(request.parts["video_id"])
        if video is None:
            return html_response("not found", status=404)
        return redirect(f"https://www.tiktok.com/@{video.username}/video/{video.video_id}", status=301)

    def app(self, request: Request) -> Response:
        """The live app API answers strangers with 200 and nothing."""
        return Response()

    def _items(self, user: SourceUser, videos: list[SourceVideo]) -> list[Json]:
        now = self.clock.now()
        return [self.shapes.item(user, video, now) for video in videos if video.status_code == 0]

    def _guard(self, request: Request) -> Response | None:
        if self.needs_challenge and not is_solved(request.cookie("_wafchallengeid")):
            return html_response(challenge_page())
        return None

    def _page(self, scope: Json) -> Response:
        token = self.links.chain_token()
        cookies = [
            ("Set-Cookie", "ttwid=sandbox; Domain=.tiktok.com; Path=/; Secure"),
            ("Set-Cookie", f'{CHAIN_COOKIE}="{token}"; Domain=.tiktok.com; Path=/; Secure; HttpOnly'),
        ]
        return html_response(page(scope), headers=cookies)


def _seconds(cursor: str) -> float:
    """The listing's cursor: milliseconds since 1970, now when it is missing."""
    return int(cursor) / 1000 if cursor.isdecimal() else time.time() + 1
