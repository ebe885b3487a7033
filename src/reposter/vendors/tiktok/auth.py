"""TikTok's sign-in (Login Kit v2): the consent page, the exchange of its code, refreshing and revoking tokens."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from urllib.parse import unquote, urlencode

import httpx

from reposter.vendors.tiktok.errors import error_for
from reposter.vendors.tiktok.wire import Reply, exchange, no_answer

AUTHORIZE_URL = "https://www.tiktok.com/v2/auth/authorize/"
TOKEN_DEADLINE_SECONDS = 60.0
VERIFIER_BYTES = 48  # 64 characters; TikTok takes 43 to 128


@dataclass(frozen=True)
class AppKeys:
    """The operator's own app, as registered with TikTok. `redirect_uri` must match byte for byte."""

    client_key: str
    client_secret: str
    redirect_uri: str


@dataclass(frozen=True)
class TokenGrant:
    """Lifetimes are TikTok's words of the moment (24 h until 2026, 2 h since); never assume one.

    `refresh_token` is empty and `refresh_expires_in` None where the answer left them out: keep the stored ones.
    """

    open_id: str
    access_token: str
    expires_in: int
    refresh_token: str
    refresh_expires_in: int | None
    scopes: tuple[str, ...]


def new_verifier() -> str:
    return secrets.token_urlsafe(VERIFIER_BYTES)


def challenge_of(verifier: str) -> str:
    """Lower-case hex of the SHA-256: TikTok's own reading of S256, not base64url as in RFC 7636."""
    return hashlib.sha256(verifier.encode()).hexdigest()


class TikTokOAuth:
    """`base_url` is the API's host, `authorize_url` the page that the creator's browser is sent to."""

    def __init__(self, base_url: str, keys: AppKeys, http: httpx.Client, *, authorize_url: str = AUTHORIZE_URL) -> None:
        self._base_url = base_url.rstrip("/")
        self._keys = keys
        self._http = http
        self._authorize_url = authorize_url

    @property
    def client_key(self) -> str:
        """The app that the tokens and open ids of this sign-in belong to."""
        return self._keys.client_key

    @property
    def redirect_uri(self) -> str:
        return self._keys.redirect_uri

    def authorize_url(self, *, state: str, verifier: str, scopes: tuple[str, ...]) -> str:
        query = {
            "client_key": self._keys.client_key,
            "response_type": "code",
            "scope": ",".join(scopes),
            "redirect_uri": self._keys.redirect_uri,
            "state": state,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        return f"{self._authorize_url}?{urlencode(query)}"

    def exchange_code(self, code: str, *, verifier: str) -> TokenGrant:
        """Tokens for the code of the callback.

        Raises:
            ReauthNeeded: the code is spent or too old.
            OutcomeUnknown: no readable answer; the code may be spent, so connect again.
        """
        form = {
            "grant_type": "authorization_code",
            "code": unquote(code),
            "redirect_uri": self._keys.redirect_uri,
            "code_verifier": verifier,
        }
        return read_grant(self._post("/v2/oauth/token/", form).body)

    def refresh_raw(self, refresh_token: str) -> bytes:
        """TikTok's answer to a refresh, unread: whoever called must store it before anything can go wrong.

        The old refresh token dies when a new one is issued, so a lost answer may disconnect the account for good.

        Raises:
            ReauthNeeded: TikTok refuses the token (`invalid_grant`).
            OutcomeUnknown: no whole answer; the old token may be dead.
            VendorUnavailable: nothing was sent.
        """
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return self._post("/v2/oauth/token/", form).body

    def revoke(self, access_token: str) -> None:
        """Take the app off the creator's list of connected apps."""
        self._post("/v2/oauth/revoke/", {"token": access_token})

    def _post(self, path: str, form: dict[str, str]) -> Reply:
        keys = {"client_key": self._keys.client_key, "client_secret": self._keys.client_secret}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cache-Control": "no-cache"}
        reply = exchange(
            self._http,
            "POST",
            self._base_url + path,
            headers=headers,
            body=urlencode({**keys, **form}).encode(),
            deadline_seconds=TOKEN_DEADLINE_SECONDS,
        )
        _require_success(reply)
        return reply


def read_grant(body: bytes) -> TokenGrant:
    """The tokens in a stored answer.

    Raises:
        OutcomeUnknown: the answer carries no access token.
    """
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or not answer.get("access_token") or not answer.get("open_id"):
        raise no_answer("a sign-in answer without tokens", http=200)
    refresh_expires_in = answer.get("refresh_expires_in")
    return TokenGrant(
        open_id=str(answer["open_id"]),
        access_token=str(answer["access_token"]),
        expires_in=int(answer.get("expires_in") or 0),
        refresh_token=str(answer.get("refresh_token") or ""),
        refresh_expires_in=None if refresh_expires_in is None else int(refresh_expires_in),
        scopes=tuple(scope for scope in str(answer.get("scope") or "").split(",") if scope),
    )


def _require_success(reply: Reply) -> None:
    """Errors come with any status, 200 included, and as a text in `error`, unlike everywhere else in the API."""
    answer = reply.json()
    code = answer.get("error")
    log_id = str(answer.get("log_id") or "")
    if isinstance(code, dict):  # some sign-in failures wear the API's envelope
        log_id = str(code.get("log_id") or log_id)
        code = None if code.get("code") == "ok" else code.get("code")
    if reply.http == 429:
        code = "rate_limit_exceeded"
    if isinstance(code, str) and code and reply.http < 500:
        raise error_for(
            code,
            http=reply.http,
            said=str(answer.get("error_description") or ""),
            log_id=log_id,
            retry_after_seconds=reply.retry_after_seconds(),
        )
    if reply.http >= 300:
        raise no_answer(f"HTTP {reply.http}", http=reply.http, log_id=log_id)
