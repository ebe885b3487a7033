"""Answer the token endpoints, whose errors are flat and arrive with HTTP 200."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from reposter_sandbox.identifiers import log_id
from reposter_sandbox.tiktok.tokens import GrantRefused, Tokens
from reposter_sandbox.wire.messages import Request, Response, json_response
from reposter_sandbox.wire.routes import Routes


@dataclass(frozen=True)
class OauthEndpoints:
    client_key: str
    client_secret: str
    tokens: Tokens

    def add_to(self, routes: Routes) -> None:
        routes.add("token", "POST", "/v2/oauth/token/", self.token)
        routes.add("revoke", "POST", "/v2/oauth/revoke/", self.revoke)

    def token(self, request: Request) -> Response:
        try:
            form = self._form(request)
            match form.get("grant_type"):
                case "authorization_code":
                    return json_response(self._exchange(form))
                case "refresh_token":
                    return json_response(self.tokens.refresh(_needed(form, "refresh_token")))
                case _:
                    raise GrantRefused("unsupported_grant_type", "Grant type is not supported.")
        except GrantRefused as refused:
            return _error(refused)

    def revoke(self, request: Request) -> Response:
        try:
            self.tokens.revoke(_needed(self._form(request), "token"))
        except GrantRefused as refused:
            return _error(refused)
        return json_response({})

    def _exchange(self, form: dict[str, str]) -> dict[str, object]:
        verifier = _needed(form, "code_verifier")
        challenge = hashlib.sha256(verifier.encode()).hexdigest()
        return self.tokens.exchange_code(_needed(form, "code"), _needed(form, "redirect_uri"), challenge)

    def _form(self, request: Request) -> dict[str, str]:
        if not request.header("Content-Type").startswith("application/x-www-form-urlencoded"):
            raise GrantRefused("invalid_request", "Only `application/x-www-form-urlencoded` is supported.")
        form = request.form()
        key, secret = _needed(form, "client_key"), _needed(form, "client_secret")
        if key != self.client_key or not hmac.compare_digest(secret.encode(), self.client_secret.encode()):
            raise GrantRefused("invalid_client", "Client key or secret is incorrect.")
        return form


def _needed(form: dict[str, str], name: str) -> str:
    if not form.get(name):
        raise GrantRefused("invalid_request", f"The request parameters are malformed: {name} is missing.")
    return form[name]


def _error(refused: GrantRefused) -> Response:
    return json_response({"error": refused.error, "error_description": refused.description, "log_id": log_id()})
