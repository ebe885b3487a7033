"""Answer the Content Posting API: creator info, both inits, status, cancel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reposter_sandbox.clock import WorldClock
from reposter_sandbox.ledger import Ledger
from reposter_sandbox.tiktok.accounts import SELF, Account
from reposter_sandbox.tiktok.chunks import checked_plan
from reposter_sandbox.tiktok.envelope import Refusal, answering_refusals, json_body, member, ok
from reposter_sandbox.tiktok.limits import CallLimits
from reposter_sandbox.tiktok.publishes import DAY_SECONDS, PULL_PREFIXES, Kind, Publish, Publishes
from reposter_sandbox.tiktok.rulebook import Rulebook
from reposter_sandbox.tiktok.tokens import Caller, Tokens
from reposter_sandbox.wire.messages import Request, Response
from reposter_sandbox.wire.routes import Routes

TITLE_UNITS_MAX = 2_200
SWITCHES = (
    "disable_duet",
    "disable_comment",
    "disable_stitch",
    "brand_content_toggle",
    "brand_organic_toggle",
    "is_aigc",
)


@dataclass(frozen=True)
class PostingEndpoints:
    tokens: Tokens
    limits: CallLimits
    rulebook: Rulebook
    publishes: Publishes
    ledger: Ledger
    clock: WorldClock
    api_url: Callable[[], str]
    # Ends a pull that is still downloading; False when there is none to end.
    cancel_pull: Callable[[Publish], bool]

    def add_to(self, routes: Routes) -> None:
        base = "/v2/post/publish"
        for name, path, handler in (
            ("creator_info", f"{base}/creator_info/query/", self.creator_info),
            ("video_init", f"{base}/video/init/", self.video_init),
            ("inbox_init", f"{base}/inbox/video/init/", self.inbox_init),
            ("status", f"{base}/status/fetch/", self.status),
            ("cancel", f"{base}/cancel/", self.cancel),
        ):
            routes.add(name, "POST", path, answering_refusals(handler))

    def creator_info(self, request: Request) -> Response:
        rules, caller = self.rulebook.rules, self.tokens.caller(request)
        caller.must_have("video.publish")
        self.limits.count(caller.access_token, "creator_info", rules.creator_infos_per_minute)
        account = caller.account
        # "Cannot post now" comes as HTTP 200 from this endpoint, on purpose.
        self._must_be_free_to_post(account, http_status=200)
        return ok(
            {
                "creator_avatar_url": f"{self.api_url()}/pictures/avatar/{account.username}.jpg",
                "creator_username": account.username,
                "creator_nickname": account.nickname,
                "privacy_level_options": account.privacy_options,
                "comment_disabled": account.comment_disabled,
                "duet_disabled": account.is_private,
                "stitch_disabled": account.is_private,
                "max_video_post_duration_sec": account.duration_max_seconds,
            }
        )

    def video_init(self, request: Request) -> Response:
        caller = self._may_init(request, "video_init", "video.publish")
        account, body = caller.account, json_body(request)
        self._must_be_free_to_post(account)
        post_info = _checked_post_info(member(body, "post_info"))
        privacy = post_info["privacy_level"]
        if privacy not in account.privacy_options:
            raise Refusal("privacy_level_option_mismatch", "The privacy level is not one of the creator's options")
        if not self.rulebook.rules.audited and not (account.is_private and privacy == SELF):
            raise Refusal(
                "unaudited_client_can_only_post_to_private_accounts",
                "Please review our integration guidelines at https://developers.tiktok.com/doc/content-sharing-guidelines/",
            )
        return self._open(account, "direct", post_info, body)

    def inbox_init(self, request: Request) -> Response:
        caller = self._may_init(request, "inbox_init", "video.upload")
        account, body = caller.account, json_body(request)
        if account.is_banned:
            raise Refusal("spam_risk_user_banned_from_posting", "The user is banned from making new posts")
        if self.publishes.pending_drafts(account.open_id) >= self.rulebook.rules.pending_drafts_max:
            raise Refusal("spam_risk_too_many_pending_share", "Too many pending shares in the last 24 hours")
        return self._open(account, "inbox", {}, body)

    def status(self, request: Request) -> Response:
        caller = self.tokens.caller(request)
        caller.must_have("video.publish", "video.upload")
        self.limits.count(caller.access_token, "status", self.rulebook.rules.status_fetches_per_minute)
        publish = self._own_publish(caller, json_body(request))
        ids = [int(post_id) for post_id in self.ledger.public_ids(publish.publish_id)]
        data: dict[str, object] = {
            "status": publish.status,
            # Bare 19-digit numbers, beyond what a double can hold.
            "publicaly_available_post_id": ids if publish.status == "PUBLISH_COMPLETE" else [],
            **self._progress(publish),
        }
        if publish.fail_reason:
            data["fail_reason"] = publish.fail_reason
        return ok(data)

    def cancel(self, request: Request) -> Response:
        """Best effort: only a pull that is still downloading can be cancelled."""
        caller = self.tokens.caller(request)
        caller.must_have("video.publish", "video.upload")
        publish = self._own_publish(caller, json_body(request))
        if self.cancel_pull(publish):
            return ok()
        raise Refusal("publish_not_cancellable", "The publish is not cancellable in its present state")

    def _may_init(self, request: Request, endpoint: str, scope: str) -> Caller:
        caller = self.tokens.caller(request)
        caller.must_have(scope)
        self.limits.count(caller.access_token, endpoint, self.rulebook.rules.inits_per_minute)
        return caller

    def _must_be_free_to_post(self, account: Account, *, http_status: int | None = None) -> None:
        if account.is_banned:
            raise Refusal(
                "spam_risk_user_banned_from_posting",
                "The user is banned from making new posts",
                http_status=http_status,
            )
        since = self.clock.now() - DAY_SECONDS
        used = self.ledger.count_since(account.open_id, since) + self.publishes.in_review(account.open_id)
        if used >= self.rulebook.rules.posts_per_day:
            raise Refusal(
                "spam_risk_too_many_posts",
                "The daily post cap from the API is reached for the current user",
                http_status=http_status,
            )

    def _open(self, account: Account, kind: Kind, post_info: dict[str, object], body: dict[str, object]) -> Response:
        source = member(body, "source_info")
        if source.get("source") == "PULL_FROM_URL":
            url = self._verified_url(source)
            return ok({"publish_id": self.publishes.open_pull(account.open_id, kind, post_info, url=url).publish_id})
        plan = checked_plan(source, self.rulebook.rules)
        publish = self.publishes.open(
            account.open_id, kind, post_info, size=plan.size, chunk=plan.chunk, count=plan.count
        )
        url = f"{self.api_url()}/video/?upload_id={publish.publish_id[-19:]}&upload_token={publish.upload_key}"
        return ok({"publish_id": publish.publish_id, "upload_url": url})

    def _verified_url(self, source: dict[str, object]) -> str:
        url = source.get("video_url")
        if not isinstance(url, str) or not url:
            raise Refusal("invalid_params", "The video_url is empty or incorrect")
        if not url.startswith(tuple(self.rulebook.rules.pull_prefixes)):
            raise Refusal("url_ownership_unverified", "Please review our URL ownership verification rules")
        return url

    def _progress(self, publish: Publish) -> dict[str, object]:
        if publish.publish_id.startswith(tuple(PULL_PREFIXES.values())):
            return {"downloaded_bytes": self.publishes.downloaded_bytes(publish)}
        return {"uploaded_bytes": publish.received_bytes}

    def _own_publish(self, caller: Caller, body: dict[str, object]) -> Publish:
        publish_id = body.get("publish_id")
        publish = self.publishes.find(publish_id) if isinstance(publish_id, str) else None
        if publish is None:
            raise Refusal("invalid_publish_id", "The publish_id does not exist")
        if publish.open_id != caller.account.open_id:
            raise Refusal(
                "token_not_authorized_for_specified_publish_id", "The token does not belong to this publish_id"
            )
        return publish


def _checked_post_info(post_info: dict[str, object]) -> dict[str, object]:
    title = post_info.get("title", "")
    if not isinstance(title, str) or len(title.encode("utf-16-le")) // 2 > TITLE_UNITS_MAX:
        raise Refusal("invalid_params", "The request post info is empty or incorrect: title")
    for name in SWITCHES:
        if not isinstance(post_info.get(name, False), bool):
            raise Refusal("invalid_params", f"The request post info is empty or incorrect: {name}")
    privacy = post_info.get("privacy_level")
    if not isinstance(privacy, str):
        raise Refusal("privacy_level_option_mismatch", "The privacy level is missing")
    if post_info.get("brand_content_toggle") and privacy == SELF:
        raise Refusal("invalid_params", "Branded content visibility cannot be set to private")
    return post_info
