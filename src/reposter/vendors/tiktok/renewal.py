"""A call with a living token: one that TikTok refuses is renewed once, and the call is made again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from reposter.vendors.tiktok.errors import AccessTokenRejected

T = TypeVar("T")

TokenSource = Callable[[str], str]
"""A living access token. The argument is the one that TikTok has just refused, or empty."""


def call_with(token_source: TokenSource, ask: Callable[[str], T]) -> T:
    """Make the call `ask(token)`. Repeating it is safe: a call with a refused token did nothing."""
    token = token_source("")
    try:
        return ask(token)
    except AccessTokenRejected:
        return ask(token_source(token))
