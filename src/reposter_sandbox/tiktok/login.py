"""Show the consent page and send the user back to the app with a code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, urlencode, urlsplit

from reposter_sandbox.look import page
from reposter_sandbox.tiktok.accounts import Accounts, UnknownAccount
from reposter_sandbox.tiktok.rulebook import Rulebook
from reposter_sandbox.tiktok.tokens import Tokens
from reposter_sandbox.wire.messages import Request, Response, html_response, redirect
from reposter_sandbox.wire.routes import Routes

PATH = "/v2/auth/authorize/"
SCOPES = {
    "user.info.basic": "See your name and picture",
    "user.info.profile": "See your profile text and username",
    "user.info.stats": "See your follower and like counts",
    "video.list": "See your public videos and their figures",
    "video.upload": "Put drafts into your inbox",
    "video.publish": "Publish videos to your account",
}
CARRIED = ("client_key", "response_type", "scope", "redirect_uri", "state", "code_challenge", "code_challenge_method")


@dataclass(frozen=True)
class LoginPages:
    client_key: str
    accounts: Accounts
    tokens: Tokens
    rulebook: Rulebook

    def add_to(self, routes: Routes) -> None:
        routes.add("authorize", "GET", PATH, self.show)
        routes.add("authorize", "POST", PATH, self.decide)

    def show(self, request: Request) -> Response:
        wrong = self._what_is_wrong(request.query)
        if wrong:
            return _refusal(wrong)
        return html_response(page("Log in", self._consent(request.query)))

    def decide(self, request: Request) -> Response:
        """The form's answer: `decision` allow or cancel, `account`, and one `grant_<scope>` per tick."""
        form = request.form()
        wrong = self._what_is_wrong(form)
        if wrong:
            return _refusal(wrong)
        if form.get("decision") != "allow":
            return _back(form, {"error": "access_denied", "error_description": "The user denied the request"})
        try:
            account = self.accounts.named(form.get("account", ""))
        except UnknownAccount:
            return _refusal("account")
        asked = form["scope"].split(",")
        ticked = [scope for scope in asked if f"grant_{scope}" in form]
        # A script that posts no ticks at all means "everything asked for".
        granted = ticked if any(name.startswith("grant_") for name in form) else asked
        code = self.tokens.new_code(account, granted, form["redirect_uri"], form["code_challenge"])
        return _back(form, {"code": code, "scopes": ",".join(granted)})

    def _what_is_wrong(self, asked: Mapping[str, str]) -> str:
        """The name of the first bad parameter, as the real error page shows it; "" = all good."""
        scopes = asked.get("scope", "").split(",")
        checks = (
            ("client_key", asked.get("client_key") == self.client_key),
            ("response_type", asked.get("response_type") == "code"),
            ("redirect_uri", self._is_registered(asked.get("redirect_uri", ""))),
            ("scope", all(scope in SCOPES for scope in scopes)),
            ("state", bool(asked.get("state"))),
            # TikTok's own flavour: lower-case hex of SHA-256, not RFC 7636's base64url.
            ("code_challenge", re.fullmatch(r"[0-9a-f]{64}", asked.get("code_challenge", "")) is not None),
            ("code_challenge_method", asked.get("code_challenge_method") == "S256"),
        )
        return next((name for name, is_good in checks if not is_good), "")

    def _is_registered(self, uri: str) -> bool:
        """Loopback addresses with any port match `http://127.0.0.1:*`; everything else letter by letter."""
        url = urlsplit(uri)
        if not uri or url.query or url.fragment or len(uri) >= 512:
            return False
        any_port = f"{url.scheme}://{url.hostname}:*"
        registered = self.rulebook.rules.redirect_uris
        return uri in registered or (any_port in registered and ":" in url.netloc)

    def _consent(self, asked: Mapping[str, str]) -> str:
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{escape(asked.get(name, ""))}">' for name in CARRIED
        )
        people = "".join(
            f'<label class="pick"><input type="radio" name="account" value="{escape(a.username)}"'
            f"{' checked' if index == 0 else ''}><span><b>{escape(a.nickname)}</b><br>@{escape(a.username)}"
            f"{' · private account' if a.is_private else ''}</span></label>"
            for index, a in enumerate(self.accounts.all())
        )
        ticks = "".join(
            f'<label class="pick"><input type="checkbox" name="grant_{scope}" checked>'
            f"<span>{SCOPES[scope]}<br><code>{scope}</code></span></label>"
            for scope in asked["scope"].split(",")
        )
        return (
            f'<form method="post" action="{PATH}">{hidden}<h1>Let the app use your account?</h1>'
            f"<h2>Log in as</h2>{people}<h2>The app will be able to</h2>{ticks}"
            '<p class="row"><button name="decision" value="allow" class="main">Allow</button>'
            '<button name="decision" value="cancel">Cancel</button></p></form>'
        )


def _back(form: Mapping[str, str], answer: dict[str, str]) -> Response:
    query = urlencode({**answer, "state": form["state"]}, quote_via=quote, safe="")
    return redirect(f"{form['redirect_uri']}?{query}")


def _refusal(parameter: str) -> Response:
    text = (
        "<h1>Something went wrong</h1><p>We couldn't log in with TikTok. This may be due to specific app settings.</p>"
        f"<p>If you're a developer, correct the following and try again:</p><p><code>{escape(parameter)}</code></p>"
    )
    return html_response(page("Something went wrong", text), status=400)
